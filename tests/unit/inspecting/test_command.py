"""`mailwizard inspect` as its users meet it: a file or a pipe in, sentences or JSON out, and its exit codes."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import threading
from pathlib import Path

import pytest

from mailwizard import cli
from mailwizard.dns import dns as dns_module
from mailwizard.dns.answer import Answer
from mailwizard.finding import Status
from mailwizard.inspecting import inspection
from mailwizard.inspecting.message import read_message
from mailwizard.inspecting.patience import patient

FOLDER = Path(__file__).parents[2] / "cases" / "inspect"
SILENT = """\
schema = 1
[server]
hostname = "smtp.example.com"
[[domain]]
name = "example.com"
[dns]
resolvers = ["127.0.0.1"]
"""


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on a network: there are no resolvers but one that refuses."""
    monkeypatch.setattr(dns_module, "system_resolvers", tuple)
    monkeypatch.setattr("mailwizard.commands.inspect.RESOLVERS", ())


def inspect(*words: str) -> int:
    return cli.main(["inspect", *words])


@pytest.mark.parametrize(
    ("name", "code"), [("gmail_raw", 0), ("gmail_dmarc_fails", 1), ("gmail_domain_without_dmarc", 3)]
)
def test_the_exit_code_tells_the_verdict(name: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(str(FOLDER / f"{name}.eml")) == code
    said = capsys.readouterr()
    assert not said.err
    for title in ("TLS", "SPF", "DKIM", "DMARC", "Alignment", "IPv6", "Delay", "Its way, the oldest step first:"):
        assert title in said.out
    assert "mx.google.com took it from" in said.out


def test_json_is_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(str(FOLDER / "gmail_raw.eml"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["status"], told["receiver"]) == (1, "ok", "mx.google.com")
    ids = [finding["id"] for finding in told["findings"]]
    assert ids[:7] == [f"inspect.{name}" for name in ("tls", "spf", "dkim", "dmarc", "alignment", "ipv6", "delay")]
    assert [hop["by"] for hop in told["hops"]] == ["smtp.example.com", "mx.google.com", "2002:a05:6214:586:0:0:0:0"]
    assert [hop["seconds"] for hop in told["hops"]] == [None, 1.0, 2.0]
    assert told["hops"][1]["address"] == "198.51.100.7"


def test_a_forgery_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    inspect(str(FOLDER / "gmail_forged_results_right_below_the_real_ones.eml"))
    out = capsys.readouterr().out
    assert "in the name of mx.google.com: it stands below what mx.google.com wrote" in out
    assert "Do not trust these lines" in out


def test_a_pipe_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((FOLDER / "gmail_raw.eml").read_bytes())))
    assert inspect("-") == 0
    assert capsys.readouterr().out


def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    content = (FOLDER / "gmail_raw.eml").read_bytes()
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    assert inspect(str(tmp_path / "pipe")) == 0
    writer.join()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is no message"),
        (b"\n\n\n", "There is no message"),
        (b"hello\nworld\n", "There is no message"),
        (b"\0" * 5000, "There is no message"),
        (bytes(range(256)) * 20, "There is no message"),
        (b"From:\tI <i@example.com>\nSPF:\tPASS with IP 198.51.100.7\nDKIM:\t'PASS'\n", "only the table"),
    ],
)
def test_what_is_no_message_is_a_usage_error(
    content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mail").write_bytes(content)
    assert inspect(str(tmp_path / "mail")) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert len(said.err.splitlines()) == 1 and not said.out


@pytest.mark.parametrize("name", ["/nonexistent/mail", "/etc", "/proc/1/mem", "a\0b", "\x1b[31m"])
def test_what_cannot_be_read_is_a_usage_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(name) == 2
    said = capsys.readouterr()
    assert "cannot be read" in said.err and "\x1b" not in said.err
    assert len(said.err.splitlines()) == 1 and not said.out


def test_the_answers_resolvers_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    made = dns_module.Dns.__init__

    def remembered(self: dns_module.Dns, resolvers: tuple[str, ...]) -> None:
        asked.append(resolvers)
        made(self, ())

    monkeypatch.setattr(dns_module.Dns, "__init__", remembered)
    (tmp_path / "setup.toml").write_text(SILENT)
    assert inspect(str(FOLDER / "gmail_raw.eml"), "--answers", str(tmp_path / "setup.toml")) == 0
    assert asked == [("127.0.0.1",)]


def test_answers_that_are_named_must_be_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "setup.toml").write_text("schema = 9\n")
    for path in (tmp_path / "setup.toml", tmp_path / "none.toml"):
        assert inspect(str(FOLDER / "gmail_raw.eml"), "--answers", str(path)) == 2
        assert path.name in capsys.readouterr().err


async def test_a_dns_that_never_answers_is_not_waited_for() -> None:
    async def silent(name: str, type: str) -> Answer:
        await asyncio.sleep(3600)
        raise AssertionError

    lookup = patient(silent, 0.05)
    message = read_message((FOLDER / "gmail_domain_without_dmarc.eml").read_bytes())
    found = await asyncio.wait_for(inspection.inspect(message, lookup), 60)
    assert (found.status, found.exit_code) == (Status.UNKNOWN, 3)
    assert "no answer within" in (await lookup("example.com", "TXT")).why
