"""Results at a place where the sender could have written them as well: they count when they are true now."""

from __future__ import annotations

import pytest

from mailwizard.inspecting.inspection import Inspection, inspect
from mailwizard.inspecting.message import read_message
from tests.unit.inspecting.inspected import dns, verdicts
from tests.unit.inspecting.signing import NAME, record, signed

SAID = (
    b"Received: from smtp.example.com (smtp.example.com [198.51.100.7])\r\n"
    b"\tby mail.example.org (Postfix) with ESMTPS id 1; Tue, 24 Nov 2026 10:00:03 +0000\r\n"
    b"Authentication-Results: mail.example.org; spf=pass smtp.mailfrom=i@example.com;\r\n"
    b"\tdkim=pass header.d=example.com; dmarc=pass header.from=example.com\r\n"
)
TRUE = {
    f"{NAME} TXT": [record()],
    "example.com TXT": ["v=spf1 ip4:198.51.100.7 -all"],
    "_dmarc.example.com TXT": ["v=DMARC1; p=reject"],
}


async def seen(data: bytes, zone: dict[str, list[str]] | None) -> Inspection:
    return await inspect(read_message(data), dns(zone))


async def test_all_of_it_is_true() -> None:
    found = await seen(SAID + signed(), TRUE)
    assert found.exit_code == 0
    assert verdicts(found) | {"spf": "ok", "dkim": "ok", "dmarc": "ok"} == verdicts(found)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({f"{NAME} TXT": [record(1)]}, {"spf": "ok", "dkim": "failed", "dmarc": "ok"}),
        ({"example.com TXT": ["v=spf1 -all"]}, {"spf": "unknown", "dkim": "ok", "dmarc": "ok"}),
        ({"_dmarc.example.com TXT": []}, {"spf": "ok", "dkim": "ok", "dmarc": "failed"}),
        (
            {f"{NAME} TXT": [record(1)], "example.com TXT": ["v=spf1 -all"]},
            {"spf": "unknown", "dkim": "failed", "dmarc": "unknown", "alignment": "unknown"},
        ),
    ],
)
async def test_what_is_not_true_now_does_not_pass(change: dict[str, list[str]], verdict: dict[str, str]) -> None:
    found = await seen(SAID + signed(), TRUE | change)
    assert found.exit_code != 0
    assert verdicts(found) | verdict == verdicts(found)
    assert all(finding.found[0].endswith(".") for finding in found.findings)


async def test_while_nobody_answers_nothing_passes() -> None:
    found = await seen(SAID + signed(), None)
    assert {verdicts(found)[name] for name in ("spf", "dkim", "dmarc")} == {"unknown"}
    assert "the sender may have written it himself" in " ".join(found.lines())


async def test_what_speaks_against_the_sender_is_believed() -> None:
    said = (
        SAID.replace(b"spf=pass", b"spf=fail").replace(b"dkim=pass", b"dkim=fail").replace(b"dmarc=pass", b"dmarc=fail")
    )
    found = await seen(said + signed(), TRUE)
    assert {verdicts(found)[name] for name in ("spf", "dkim", "dmarc")} == {"failed"}


async def test_a_provider_that_always_judges_is_believed() -> None:
    found = await seen(SAID.replace(b"mail.example.org", b"mx.google.com") + signed(), {})
    assert {verdicts(found)[name] for name in ("spf", "dkim", "dmarc")} == {"ok"}


@pytest.mark.parametrize(
    "said", [b"Received-SPF: pass (mail.example.org: x) client-ip=198.51.100.7; envelope-from=i@example.com\r\n"]
)
async def test_received_spf_alone(said: bytes) -> None:
    bare = SAID.partition(b"Authentication-Results")[0]
    assert verdicts(await seen(bare + said + signed(), TRUE))["spf"] == "ok"
    assert verdicts(await seen(bare + said + signed(), {}))["spf"] == "unknown"


async def test_characters_of_html_are_put_back_and_nothing_else() -> None:
    page = (
        SAID.replace(b"mail.example.org", b"mx.google.com")
        + b"From: I <i@example.com>\r\nX: a &#10;b &amp;lt;\r\n\r\nx\r\n"
    )
    escaped = page.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    assert read_message(escaped) == read_message(page)
    raw = page.replace(b"X: a", b"X: &lt;")
    assert read_message(raw).first("x") == "&lt; &#10;b &amp;lt;"
