"""The finding that a mail from outside was seen arriving."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from mailwizard.answers import Domain
from mailwizard.finding import Status
from mailwizard.mta.aliases import parse_aliases
from mailwizard.mta.inbound import Mail, inbound
from mailwizard.mta.journal_reader import Line
from mailwizard.mta.seen_arriving import judge_seen, not_seen

DOMAIN = Domain("mine.test", ("i",), receive=True)
ALIASES = parse_aliases("i: me@gmail.com\n*: me@gmail.com\n", "mine.test")
AT = datetime(2026, 11, 24, 7, 54, 1, tzinfo=timezone.utc)
SENT = ("to=me@gmail.com sent", "all done")
FAILED = ("to=me@gmail.com failed (permanent): 550 5.7.1 looks like spam", "all done")
LATER = ("to=me@gmail.com failed (temporary): 451 4.7.1 greylisted", "completed loop, next in 1m52s")


def mails(*told: tuple[str, str, tuple[str, ...]]) -> list[Mail]:
    lines = []
    for id, to, rest in told:
        for text in (f"queued ip=209.85.1.1:25 to=[{to}]", *rest):
            lines.append(Line(AT, f"{id} from=a@x.test {text}", "c"))
    return inbound(lines, (), ("mine.test",))


def test_the_newest_one_that_was_passed_on_is_shown_with_its_time() -> None:
    seen = mails(
        ("abcdefghijk", "i@mine.test", SENT),
        ("bbcdefghijk", "x@mine.test", SENT),
        ("cbcdefghijk", "i@mine.test", FAILED),
    )
    finding = judge_seen(DOMAIN, seen, ALIASES)
    assert (finding.id, finding.subject, finding.status) == ("forwarding.seen", "mine.test", Status.OK)
    assert finding.found == (
        "2026-11-24 07:54:01 UTC: from a@x.test at 209.85.1.1 to x@mine.test by the line *",
        "passed on to me@gmail.com, whose mail server took it",
    )


@pytest.mark.parametrize(
    ("rest", "status", "words"),
    [
        (FAILED, Status.WARNING, "refused: 550 5.7.1 looks like spam"),
        (LATER, Status.OK, "not passed on yet: 451 4.7.1 greylisted; chasquid tries again in 1m52s"),
        ((), Status.OK, "not passed on yet: it is being passed on"),
    ],
)
def test_one_that_was_not_passed_on_is_shown_with_the_answer(rest: tuple[str, ...], status: Status, words: str) -> None:
    finding = judge_seen(DOMAIN, mails(("abcdefghijk", "i@mine.test", rest)), ALIASES)
    assert (finding.status, finding.found[1]) == (status, words)
    assert bool(finding.fix) == (status is Status.WARNING) and not finding.waits


def test_none_seen_yet_is_no_fault() -> None:
    finding = judge_seen(DOMAIN, [], ALIASES)
    assert finding.status is Status.SKIPPED and "write to i@mine.test" in finding.found[0]
    assert judge_seen(Domain("mine.test"), [], ALIASES).status is Status.SKIPPED


def test_a_log_that_cannot_be_read_is_unknown() -> None:
    finding = not_seen("mine.test", "No journal files were opened\x1b[1m")
    assert finding.status is Status.UNKNOWN and finding.found == ("No journal files were opened\\x1b[1m",)
    assert not finding.waits
