"""Whether a domain's mail was ever taken elsewhere: the mail log tells, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone

import pytest

from mailwizard.answers import Domain
from mailwizard.errors import Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Ran
from mailwizard.mta.journal_reader import Line
from mailwizard.mta.taken_mail import Taken, judge_taken, taken_in, taken_mail
from mailwizard.standing import Standing, Step

NAMES = ["example.com", "example.net"]
DOMAIN = Domain("example.com", senders=("i",))
ID = "1S2BTmr8vqE"
SENT = f"{ID} from=i@example.com to=a@bigmail.example sent"


def found(*texts: str) -> Finding:
    lines = [
        Line(datetime(2026, 11, 25, 0, minute, tzinfo=timezone.utc), text, "c") for minute, text in enumerate(texts)
    ]
    return judge_taken([DOMAIN, Domain("example.net")], taken_in(lines, NAMES))


def test_a_message_that_was_taken_is_told_with_its_time() -> None:
    finding = found("something else", SENT)
    assert (finding.status, finding.fix) == (Status.OK, "")
    assert finding.found == ("i@example.com to a@bigmail.example: taken at 2026-11-25 00:01 UTC",)


@pytest.mark.parametrize(
    "text",
    [
        f"{ID} from=i@example.com queued ip=127.0.0.1:4 to=[a@bigmail.example]",
        f"{ID} from=i@example.com to=a@bigmail.example failed (permanent): 550 no",
        f"{ID} from=i@example.com to=a@bigmail.example failed (temporary): 450 later",
        f"{ID} from=i@example.com to=any@example.net sent",  # it never left the house
        f"{ID} from=i+fwd_from=a=b.test@example.com to=a@bigmail.example sent",
        f"{ID} from=i@example.net to=a@bigmail.example sent",
        f"{ID} from=<> to=a@bigmail.example sent",
    ],
)
def test_what_else_is_in_the_log_is_no_such_message(text: str) -> None:
    finding = found(text)
    assert (finding.status, finding.waits, finding.is_offered) == (Status.SKIPPED, False, True)
    assert "mailwizard send-test i@example.com ADDRESS" in finding.fix


def test_what_a_receivers_name_holds_is_shown_harmless() -> None:
    (words,) = found(f"{ID} from=i@example.com to=\x1b[31ma@bigmail.example sent").found
    assert "\x1b" not in words and words.endswith("UTC")


def test_a_step_in_which_nothing_was_sent_is_not_done_and_one_without_senders_offers_nothing() -> None:
    good = Finding("forecast.spf", Status.OK, "Forecast: SPF")
    assert Step("test_mail", "Test mail", (good, found()), looked=True).standing is Standing.WAITING
    assert Step("test_mail", "Test mail", (good, found(SENT)), looked=True).standing is Standing.DONE
    assert not judge_taken([Domain("example.com")], {}).is_offered


def test_each_domain_has_to_send_one() -> None:
    domains = [DOMAIN, *(Domain(f"d{number}.test", senders=("i",)) for number in range(5))]
    finding = judge_taken(domains, {"example.com": Taken(datetime.now(timezone.utc), "a@example.com", "b@c.test")})
    assert finding.found == ("none of d0.test, d1.test, d2.test and 2 more is in the log",)
    assert "send-test i@d0.test " in finding.fix


@pytest.mark.parametrize(
    ("code", "out", "is_root", "status"),
    [
        (0, "", True, Status.SKIPPED),
        (0, "", False, Status.UNKNOWN),
        (1, "", True, Status.UNKNOWN),
        (0, json.dumps({"__REALTIME_TIMESTAMP": "1", "__CURSOR": "c", "MESSAGE": SENT}), True, Status.OK),
    ],
)
async def test_a_log_that_cannot_be_read_is_not_an_empty_one(
    code: int, out: str, is_root: bool, status: Status
) -> None:
    host = ImaginaryHost({}, root=is_root)
    host.commands[("journalctl", ...)] = Ran((), code, out, "no journal")
    taken = await taken_mail(host, NAMES)
    assert judge_taken([DOMAIN], taken).status is status


async def test_a_machine_that_is_lost_is_not_a_log_that_cannot_be_read() -> None:
    host = ImaginaryHost(commands={("journalctl", ...): _lost})
    with pytest.raises(Unreachable):
        await taken_mail(host, ["example.com"])


def _lost(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
    raise Unreachable("the connection was lost")
