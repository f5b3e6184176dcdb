"""The records: server by server, in the panel's form, copied and written down."""

from __future__ import annotations

import base64

import pytest

from screens import copying, records
from screens.record_page import RecordPage
from screens.widgets.records_table import RecordsTable
from screens.widgets.text import Text
from tests.screens.story import Story, story

FILE = "/root/mailwizard-records.txt"


async def ready(now: Story) -> None:
    """Everything up to the mail server is done, and the records' step is open."""
    for name in ("server", "addresses", "certificate", "mail_server"):
        await now.apply(name)
    await now.open("records")


def line_of(now: Story, words: str) -> str:
    return next(line for line in now.shown.splitlines() if words in line)


async def choose(now: Story, name: str) -> None:
    """The cursor goes to the first record with this name."""
    table = now.app.screen.query_one(RecordsTable)
    table.focus()
    number = next(n for n, row in enumerate(table.rows) if name in row.seen.wish.record.name)
    table.highlighted = table._at[number]
    await now.press()


async def test_a_record_goes_from_missing_to_seen_everywhere() -> None:
    async with story() as now:
        await ready(now)
        await now.wait(0)
        assert line_of(now, "_domainkey").split()[2:] == ["–", "–"]
        await now.wait(16)  # the owner enters the name with the domain behind it
        await now.press("r")
        await choose(now, "_domainkey")
        assert "the page added" in " ".join(now.shown.split())
        await now.wait(26)  # and mends it
        await now.press("r")
        assert line_of(now, " mw2611._domainkey ").split()[2:6] == ["ok", "ok", "ok", "by"]
        await now.wait(60)
        await now.press("r")
        assert line_of(now, " mw2611._domainkey ").split()[2:] == ["ok"] * 5


async def test_enter_opens_the_record_in_the_panels_form() -> None:
    async with story() as now:
        await ready(now)
        await choose(now, "_dmarc")
        await now.press("enter")
        assert isinstance(now.app.screen, RecordPage)
        assert "Your DNS provider: Cloudflare." in now.shown
        assert line_of(now, "  Name").split() == ["Name", "_dmarc"]
        await now.press("n")
        assert now.app.clipboard == "_dmarc"
        await now.press("c")
        assert now.app.clipboard == "v=DMARC1; p=quarantine; rua=mailto:rua@wizard-lab.example"


async def test_the_keys_of_the_table_copy_and_write_down() -> None:
    async with story() as now:
        await ready(now)
        await choose(now, "_dmarc")
        await now.press("c")
        assert now.app.clipboard.startswith("v=DMARC1;")
        assert "Sent to your clipboard: v=DMARC1;" in now.shown
        await now.press("n")
        assert now.app.clipboard == "_dmarc"
        await now.press("f")
        assert f"All records stand in {FILE} now." in now.shown
        text = now.wizard.host.text(FILE)  # type: ignore[attr-defined]
        assert '_dmarc.wizard-lab.example. 3600 IN TXT "v=DMARC1;' in text
        await now.press("p")
        assert "This terminal has no plain page." in now.shown  # a test's terminal cannot be left


async def test_the_record_changes_as_the_fields_do() -> None:
    async with story() as now:
        await ready(now)
        await choose(now, "_dmarc")
        await now.press("d")
        assert now.app.focused is not None and now.app.focused.id == "dmarc_policy_0"
        await now.press("right")
        assert "_dmarc.wizard-lab.example  TXT  v=DMARC1; p=reject;" in now.shown
        now.app.screen.query_one("#dmarc_ruf_0").focus()
        await now.press(*"ruf@wizard-lab.example")
        shown = " ".join(now.app.screen.query_one("#preview", Text).shown.split())
        assert shown.startswith("_dmarc.wizard-lab.example TXT v=DMARC1; p=reject;")
        assert "ruf=mailto:ruf@wizard-lab.example" in shown and "fo=1" in shown
        now.app.screen.query_one(RecordsTable).focus()
        await now.press("s")
        await now.press(*"_spf.google.com")
        shown = " ".join(now.app.screen.query_one("#preview", Text).shown.split())
        assert shown.endswith("v=spf1 a:mail.wizard-lab.example include:_spf.google.com ~all")
        assert now.wizard.answers.domains[0].dmarc.policy == "reject"


async def test_it_asks_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "EVERY", 0.2)
    async with story() as now:
        await now.open("records")
        await now.wait(0)
        await now.wait(30)
        for _ in range(100):
            await now.pilot.pause(0.1)
            if line_of(now, "_dmarc").split()[2:3] == ["ok"]:
                break
        assert line_of(now, "_dmarc").split()[2:4] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("env", "begins", "ends"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]52;c;", "\a"),
        ({"TERM": "tmux-256color"}, "\x1b]52;c;", "\a\x1b\\"),
        ({"TERM": "xterm", "TMUX": "/tmp/tmux"}, "\x1b]52;c;", "\a\x1b\\"),
        ({"TERM": "screen-256color"}, "\x1bP\x1b]52;c;", "\a\x1b\\"),
    ],
)
def test_copying_is_put_in_the_envelope_of_tmux_or_screen(
    env: dict[str, str], begins: str, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    text = "v=DMARC1; ä"
    sequence = copying.osc52(text)
    assert sequence.startswith(begins)
    assert sequence.endswith(ends)
    assert base64.b64encode(text.encode()).decode() in sequence
