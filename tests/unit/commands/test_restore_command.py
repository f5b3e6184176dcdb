"""`restore`: what it makes before it can read the repository is written down as every change is."""

from __future__ import annotations

import json

import pytest

from mailwizard.host.protocol import Ran
from mailwizard.journal import PATH
from tests.unit.commands.imagined_server import Server, reaching

DENIED = Ran(("git",), 128, "", "git@github.com: Permission denied (publickey).\n")


def test_the_deploy_key_is_in_the_journal_before_it_is_made(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailwizard.commands.restore.reached", reaching(server.host))
    server.host.commands["git", ...] = DENIED
    said = server("restore", "git@github.com:me/conf.git")
    assert said.code == 3 and "restore: " in said.err, said
    entries = [json.loads(line) for line in server.host.text(PATH).splitlines()]
    assert {entry["step"] for entry in entries} == {"restore"}
    assert [entry["state"] for entry in entries] == ["begun", "made"] * (len(entries) // 2)
    assert any(entry["change"]["kind"] == "make_deploy_key" for entry in entries)


@pytest.mark.parametrize("way", ["start it with sudo", "log in as root, or give ops the right to use sudo"])
def test_one_who_is_not_root_is_told_the_way_to_it(server: Server, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr("mailwizard.commands.restore.reached", reaching(server.host))
    server.host.is_root, server.host.way_to_root = False, way
    said = server("restore", "git@github.com:me/conf.git")
    assert said.code == 1 and f"Only root can restore. {way.capitalize()}." in said.err, said
