"""The values to type, program by program."""

from __future__ import annotations

import pytest

from mailwizard.programs.sheet import sheets, targets
from tests.unit.programs.setup import ADDRESS, HOST, MAILBOX, answers

GMAIL = {
    "Name": "",
    "Email address": ADDRESS,
    "Treat as an alias": "ticked",
    "SMTP Server": HOST,
    "Port": "465",
    "Username": ADDRESS,
    "Password": "",
}


def test_gmail_gets_exactly_the_values_of_its_dialog() -> None:
    gmail = sheets(answers(), ADDRESS)[0]
    assert {value.label: value.text for value in gmail.values} == GMAIL
    assert "587 with TLS" in next(value.remark for value in gmail.values if value.label == "Port")
    assert gmail.needs_code
    assert f"a code to {ADDRESS}, which goes on to {MAILBOX}" in gmail.then
    assert "make default" in gmail.then and "Reply from the same address" in gmail.then
    assert "See all settings" in gmail.where and "Accounts and Import" in gmail.where


def test_every_program_has_server_port_and_the_whole_address() -> None:
    for sheet in sheets(answers(), ADDRESS):
        texts = [value.text for value in sheet.values]
        assert {HOST, "465", ADDRESS} <= set(texts), sheet.program
        assert sheet.values[-1].label == "Password" and not sheet.values[-1].text


@pytest.mark.parametrize("program", ["thunderbird", "apple", "generic"])
def test_the_others_are_told_that_there_is_no_mailbox(program: str) -> None:
    sheet = next(sheet for sheet in sheets(answers(), ADDRESS) if sheet.program == program)
    assert "keeps no mailbox, so there is no IMAP and no POP3 server" in sheet.then
    assert MAILBOX in sheet.then and not sheet.needs_code


def test_who_is_no_sender_has_no_sheet() -> None:
    with pytest.raises(ValueError, match="is no sender"):
        sheets(answers(), "other@mine.test")


def test_a_line_of_ones_own_goes_before_the_catch_all() -> None:
    given = answers(forward={"*": "all@x.test", "i": "me@x.test, you@y.test"})
    assert targets(given, ADDRESS) == ("me@x.test", "you@y.test")
    assert targets(given, "jo.e@mine.test") == ("all@x.test",)
    assert targets(answers(forward={}), ADDRESS) == ()
