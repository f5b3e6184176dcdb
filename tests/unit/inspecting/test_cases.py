"""Messages as providers write them, each with what must be told of it (tests/cases/inspect)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailwizard.inspecting.inspection import inspect
from mailwizard.inspecting.message import read_message
from mailwizard.inspecting.trust import read_trust
from mailwizard.text import printable
from tests.unit.inspecting.inspected import dns, verdicts

FOLDER = Path(__file__).parents[2] / "cases" / "inspect"
CASES = sorted(FOLDER.glob("*.eml"))


def expected(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(case.with_suffix(".json").read_text())
    return found


def test_there_are_many_shapes() -> None:
    assert len(CASES) >= 60
    assert {case.stem for case in CASES} == {case.stem for case in FOLDER.glob("*.json")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
async def test_a_message_is_explained(case: Path) -> None:
    wanted = expected(case)
    message = read_message(case.read_bytes())
    found = await inspect(message, dns(wanted.get("dns")))
    trust = read_trust(message)
    border = trust.border
    seen = {
        **verdicts(found),
        "exit": found.exit_code,
        "receiver": found.receiver,
        "hops": len(found.hops),
        "address": str(border.address) if border else "",
        "tls": border.tls if border else None,
        "ignored": [[one.server, one.is_forged] for one in found.ignored],
        "spf_domain": subject(found.findings, "inspect.spf"),
        "author": subject(found.findings, "inspect.dmarc"),
        "dkim_domains": subject(found.findings, "inspect.dkim").split(", "),
        "arc": bool(message.first("arc-seal")),
    }
    assert {key: seen[key] for key in wanted if key != "dns"} == {key: wanted[key] for key in wanted if key != "dns"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
async def test_what_is_shown_is_safe_for_a_terminal(case: Path) -> None:
    found = await inspect(read_message(case.read_bytes()), dns(None))
    for line in found.lines():
        assert line == printable(line)
        assert "\n" not in line and "\t" not in line
    shown = json.dumps(found.as_json())
    assert shown.isascii() and shown.isprintable()


def subject(findings: Any, id: str) -> str:
    return next(str(finding.subject) for finding in findings if finding.id == id)
