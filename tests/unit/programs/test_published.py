"""The records and the file that a domain may publish for mail programs."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from mailwizard.answers import Answers
from mailwizard.dns.answer import Answer, Lookup, Outcome, Record
from mailwizard.finding import Status
from mailwizard.programs.published import autoconfig_xml, mailbox_of, optional_findings, optional_records, page
from mailwizard.publishing.forms import zone_text
from tests.unit.programs.setup import DOMAIN, HOST, MAILBOX, answers

FIRST, SECOND = f"0 1 465 {HOST}", f"1 1 587 {HOST}"


def dns(*values: str, outcome: Outcome = Outcome.FOUND) -> Lookup:
    async def lookup(name: str, type: str) -> Answer:
        assert type == "SRV"
        found = tuple(Record(name, type, 60, value) for value in values if name.startswith("_submissions."))
        return Answer(name, type, outcome if found else Outcome.NO_NAME, found, server="ns1.mine.test", why="timed out")

    return lookup


def test_the_records_are_those_of_rfc_6186_and_8314() -> None:
    given = answers()
    assert zone_text(optional_records(given, given.domains[0])).splitlines() == [
        f"_submissions._tcp.{DOMAIN}. 3600 IN SRV {FIRST}.",
        f"_submission._tcp.{DOMAIN}. 3600 IN SRV {SECOND}.",
    ]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ((), Status.SKIPPED),
        ((FIRST,), Status.OK),
        ((f"10 5 465 {HOST}",), Status.OK),  # priority and weight are the owner's
        (("0 1 465 smtp.elsewhere.test",), Status.WARNING),
        ((f"0 1 587 {HOST}",), Status.WARNING),
        (("0 0 0 .",), Status.WARNING),
    ],
)
async def test_they_are_judged_where_they_stand(values: tuple[str, ...], status: Status) -> None:
    given = answers()
    first, second = await optional_findings(dns(*values), given, given.domains[0])
    assert (first.status, second.status) == (status, Status.SKIPPED)
    assert bool(first.fix) is (status is Status.WARNING)


async def test_no_answer_is_not_missing() -> None:
    async def silent(name: str, type: str) -> Answer:
        return Answer(name, type, Outcome.UNKNOWN, why="timed out")

    given = answers()
    assert {one.status for one in await optional_findings(silent, given, given.domains[0])} == {Status.UNKNOWN}


def servers(given: Answers) -> dict[str, dict[str, str | None]]:
    provider = ElementTree.fromstring(autoconfig_xml(given, given.domains[0])).find("emailProvider")
    assert provider is not None and provider.get("id") == DOMAIN
    return {one.tag: {part.tag: part.text for part in one} for one in provider if one.tag.endswith("Server")}


def test_the_file_has_the_server_and_the_mailbox() -> None:
    found = servers(answers())
    assert found["outgoingServer"] == {
        "hostname": HOST,
        "port": "465",
        "socketType": "SSL",
        "username": "%EMAILADDRESS%",
        "authentication": "password-cleartext",
    }
    assert found["incomingServer"]["hostname"] == "imap.gmail.com"
    assert found["incomingServer"]["username"] == MAILBOX


@pytest.mark.parametrize("forward", [{}, {"i": MAILBOX, "jo.e": "other@gmail.com"}, {"*": "me@unheard-of.test"}])
def test_a_mailbox_that_is_not_known_is_left_to_be_filled_in(forward: dict[str, str]) -> None:
    given = answers(forward=forward)
    assert "incomingServer" not in servers(given)
    assert "Put the incomingServer of your mailbox here" in autoconfig_xml(given, given.domains[0])


def test_the_page_says_what_becomes_public() -> None:
    given = answers()
    assert mailbox_of(given, given.domains[0]) == MAILBOX
    text = page(given, given.domains[0], [])
    assert f"your mail goes to {MAILBOX}" in text and "Nobody has to publish these." in text
    assert f"https://autoconfig.{DOMAIN}/mail/config-v1.1.xml" in text
