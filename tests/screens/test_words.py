"""The words on the screens: whole sentences, the right column, no key that does nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from mailwizard import __version__
from mailwizard.finding import Finding, Status
from mailwizard.standing import Step
from screens.ascii import ascii_of
from screens.brief import all_in_brief, in_brief
from screens.health_rows import rows_of
from screens.signs import cut, finding_rows, folded, remedy, shortened
from screens.step import StepView
from screens.welcome import summary, waiting
from screens.widgets.keys import Keys
from tests.screens.imagined import SETUP, Doing, app_of, imagined, settled, text_of
from tests.screens.story import story

WIDTH = 79  # columns for the keys at eighty
KEY = "v=DKIM1; k=rsa; p=" + "A" * 392
SET = "Set the reverse DNS (PTR) of 198.51.100.7 to mail.wizard-lab.example."
PTR = Finding("rdns.ipv4", Status.FAILED, "Reverse DNS", "198.51.100.7", "mail.wizard-lab.example", fix=SET)
LAGS = Finding(
    "dns.mx", Status.FAILED, "MX record", fix="Nothing to do but wait.", until=datetime.now(timezone.utc), cause="x"
)


async def test_the_keys_that_are_named_fit_whole_wherever_the_focus_is() -> None:
    async with story() as now:
        said: set[str] = set()
        for name in ("welcome", *now.standings, "summary"):
            await now.open(name)
            for widget in [one for one in now.app.screen.query("*") if one.focusable]:
                widget.focus()
                await now.pilot.pause()
                said.add(now.app.screen.query_one(Keys).words)
        for key in ("h", "l", "f1", "g", "j"):
            await now.pilot.press(key)  # some pages are at work as long as they are open
            await now.pilot.pause()
            said.add(now.app.screen.query_one(Keys).words)
            await now.press("escape")
    assert len(said) > 8
    assert [words for words in said if len(words) > WIDTH] == []


async def test_while_changes_are_made_only_keys_that_do_something_are_named() -> None:
    async with story() as now:
        await now.open("server")
        view = now.app.screen.query_one(StepView)
        view.begin_work()
        await now.pilot.pause()
        assert "r look again" not in now.shown and "l log" in now.shown
        view.end_work()
        await now.pilot.pause()
        assert "r look again" in now.shown or "Enter" in now.shown.splitlines()[-1]


async def test_page_down_shows_the_rest_of_the_summary() -> None:
    async with story() as now:
        await now.open("summary")
        assert "[ Quit ]" in now.shown
        await now.press(*["pagedown"] * 4)
        assert "what to type into Gmail" in now.shown


@pytest.mark.parametrize(
    ("expected", "fix", "said"),
    [
        ("", f"{SET} {'Then wait. ' * 20}", SET),
        (
            KEY,
            f"Delete the old one. Publish a TXT record at x.example with this value: {KEY}",
            "Delete the old one. Publish a TXT record at x.example with the value that the step Records shows.",
        ),
        (
            KEY,
            f"Change the value of the TXT record at x.example to: {KEY}",
            "Change the value of the TXT record at x.example to the value that the step Records shows.",
        ),
        (
            "192.0.2.1",
            "Publish an A record: 192.0.2.1",
            "Publish an A record: 192.0.2.1",
        ),
    ],
)
def test_what_is_to_be_done_is_told_in_whole_sentences(expected: str, fix: str, said: str) -> None:
    told = in_brief(Step("records", "Records"), Finding("x", Status.FAILED, "X", expected=expected, fix=fix))
    assert told.startswith(said) and told.endswith(".") == said.endswith(".") and "…" not in told
    assert len(told) <= max(170, len(said))


def test_how_much_more_there_is_to_do_is_counted() -> None:
    step = Step("reverse_dns", "Reverse DNS", (PTR, PTR))
    assert all_in_brief(step, step.findings) == f"Reverse DNS: {SET} (1 more)"


def test_what_a_resolver_remembers_is_nothing_to_begin_with() -> None:
    steps = [
        Step("records", "DNS records", (LAGS,), looked=True),
        Step("reverse_dns", "Reverse DNS", (PTR,), looked=True),
    ]
    told = waiting(steps, 70)
    assert "Reverse DNS: Set" in told and "DNS records" not in told


def test_the_welcome_tells_done_begun_and_not_chosen_apart() -> None:
    well, off = Finding("a", Status.OK, "A"), Finding("b", Status.SKIPPED, "B")
    steps = [
        Step("server", "Server", (well,), looked=True),
        Step("certificate", "Certificate", (), (Doing("one", "/one"), Doing("two", "/two")), looked=True),
        Step("reverse_dns", "Reverse DNS", (PTR,), looked=True),
        Step("backup", "Backup", (off,), looked=True),
    ]
    lines = [" ".join(line.split()) for line in summary(steps, {"certificate"}, 70, None).splitlines()]
    assert lines[2:6] == [
        "done Server",
        "begun Certificate: 2 changes left to make",
        "waiting Reverse DNS: 198.51.100.7",
        "not chosen Backup",
    ]


def test_what_is_only_expected_is_not_told_as_found() -> None:
    missing, well = (
        Finding("x", Status.FAILED, "Address", expected="2001:db8::7"),
        Finding("y", Status.OK, "Y", expected="z"),
    )
    assert finding_rows([missing, well], 76) == ["[!] Address  expected: 2001:db8::7", "[x] Y"]


async def test_what_was_found_about_a_name_is_shown_once() -> None:
    async with story() as now:
        await now.open("names")
        assert " ".join(now.shown.split()).count("the zone wizard-lab.example is serv") == 1
        assert "[x] Name servers wizard-lab.example\n" in now.shown


def test_what_is_told_in_another_place_leaves_the_line_to_the_name() -> None:
    long = Finding("x", Status.OK, "Name servers", "a-long-name." * 4 + "example", found=("served",))
    assert finding_rows([long], 76, lambda _: "") == [f"[x] Name servers {long.subject}"]
    assert finding_rows([long], 76)[0].endswith("…  served")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_long_name_on_the_welcome_is_parted_between_its_labels(size: tuple[int, int]) -> None:
    label = "xyzxyzxyz"
    name = ".".join(["mail", *[label] * 16, "example"])
    fix = f"Set the reverse DNS (PTR) of 198.51.100.7 to {name}."
    world, setup = imagined(), SETUP.replace("mail.wizard-lab.example", name)
    world.services["reverse_dns"].findings = [replace(PTR, fix=fix)]
    async with app_of(world, setup=setup).run_test(size=size) as pilot:
        await settled(pilot)
        title, *below = text_of(pilot.app).splitlines()
    assert title.startswith(f" mailwizard {__version__} · mail.{label}.") and "…" in title
    assert f".{label}.example " in title
    labels = re.findall(r"[xyz]{2,}", " ".join(below))
    assert labels == [label] * 16
    lines = [line.strip() for line in below if label in line]
    assert all(line.endswith(label) for line in lines[:-1]) and all(line.startswith(".") for line in lines[1:])


def test_a_key_fills_its_lines_and_a_name_begins_its_own() -> None:
    name = "mw2611._domainkey.wizard-lab.example.wizard-lab.example"
    assert folded(f"The record stands at {name}.", 44).splitlines() == [
        "The record stands at",
        "mw2611._domainkey.wizard-lab.example",
        ".wizard-lab.example.",
    ]
    assert folded("key " + "A" * 60, 44).splitlines() == ["key " + "A" * 40, "A" * 20]
    assert folded("at " + "a" * 50 + ".example", 44).splitlines() == ["at", "a" * 44, "a" * 6 + ".example"]
    assert shortened("mail.wizard-lab.example", 11) == "mail.…ample" and shortened("short", 5) == "short"


def test_in_ascii_what_was_cut_does_not_look_like_a_sentence_that_ends() -> None:
    assert ascii_of(cut("via the default route", 11)) == "via the de~"
    assert ascii_of("• 1 × 2 … ☂") == ". 1 x 2 ~ ?"


def test_what_the_wizard_can_change_itself_says_where() -> None:
    own, well = Finding("x", Status.FAILED, "X"), Finding("y", Status.OK, "Y")
    steps = [Step("addresses", "Addresses", (own, well), (Doing("one", "/one"),), looked=True)]
    assert remedy(steps, own) == "mailwizard does it: choose Apply in the step Addresses."
    assert remedy(steps, PTR) == SET and remedy(steps, well) == remedy([], own) == ""


def test_the_table_of_health_gives_what_was_found_the_room_that_titles_leave() -> None:
    findings = [Finding("a", Status.FAILED, "Certificate", "", "", ("x" * 90,)), Finding("b", Status.OK, "Disk")]
    row = rows_of(findings, 77)[0]
    assert row.line.startswith("FAILED   server Certificate xxx") and len(row.line) == 77
    assert row.title == "server: Certificate, FAILED"
    long = Finding("c", Status.FAILED, "A title that needs more than its room", "a-very-long-domain.name.example")
    assert [len(one.line) <= 77 for one in rows_of([*findings, long], 77)] == [True] * 3
    assert [one.findings for one in rows_of(findings, 77, "DISK")] == [(findings[1],)]
