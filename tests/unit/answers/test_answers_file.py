"""Which setup.toml is taken, and what is said of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit

from mailwizard.answers import Answers, Dmarc
from mailwizard.answers_file import decoded, parse, parse_unfinished
from mailwizard.errors import AnswersError

CASES = Path(__file__).parents[2] / "cases/answers"
GOOD = """schema = 1
[server]
hostname = "smtp.example.com"
[certificate]
email = "a@example.com"
dns_plugin = "dns_cf"
[[domain]]
name = "example.com"
senders = ["i"]
"""
REFUSED = tomlkit.parse((CASES / "refused.toml").read_text()).unwrap()["case"]


def changed(case: dict[str, str]) -> str:
    if "text" in case:
        return case["text"]
    if "append" in case:
        return f"{GOOD}{case['append']}\n"
    assert case["find"] in GOOD
    # a newline in `put` that stands inside a TOML string is written as \n there
    put = case["put"] if not case["put"].startswith('"') else case["put"].replace("\n", "\\n")
    return GOOD.replace(case["find"], put)


@pytest.mark.parametrize("case", REFUSED, ids=[case["name"] for case in REFUSED])
def test_a_wrong_file_is_refused_in_one_line(case: dict[str, str]) -> None:
    with pytest.raises(AnswersError) as refused:
        parse(changed(case), "/etc/mailwizard/setup.toml")
    assert str(refused.value) == case["says"]
    assert "\n" not in str(refused.value) and refused.value.exit_code == 2


def test_the_example_of_the_contract_is_taken_whole() -> None:
    answers = parse((CASES / "whole.toml").read_text(), "/x/setup.toml")
    assert answers.server.ipv6 == "2001:db8:7::7" and answers.server.ipv6_gateway == "fe80::1"
    assert answers.senders == ("i@example.com",)
    domain = answers.domains[0]
    assert domain.dmarc == Dmarc("quarantine", "rua@example.com", "ruf@example.com", "1")
    assert domain.receive and dict(domain.forward) == {"*": "me@gmail.com", "i": "me@gmail.com"}
    assert domain.spf_include == ("_spf.google.com",)
    assert answers.backup.remote == "git@github.com:me/conf.git"
    assert answers.path == "/x/setup.toml"


def test_what_is_absent_has_its_default() -> None:
    answers = parse(GOOD, "setup.toml")
    assert answers.dns == Answers().dns and answers.probes == Answers().probes and answers.backup == Answers().backup
    assert answers.certificate.authority == "letsencrypt" and answers.certificate.wildcard
    assert not answers.domains[0].receive, "a new MX is never published unasked"


def test_names_and_senders_are_lower_cased() -> None:
    answers = parse(GOOD.replace("smtp.example.com", "SMTP.Example.com").replace('"i"', '"Info"'), "setup.toml")
    assert answers.server.hostname == "smtp.example.com" and answers.domains[0].senders == ("info",)


def test_no_blocklist_is_an_answer() -> None:
    assert parse(f"{GOOD}[probes]\nblocklists = []\n", "setup.toml").probes.blocklists == ()


def test_several_forward_addresses_are_joined_by_commas() -> None:
    answers = parse(f'{GOOD}forward = {{ i = "a@b.example,c@d.example" }}\n', "setup.toml")
    assert answers.domains[0].forward["i"] == "a@b.example, c@d.example"


def test_unfinished_answers_need_neither_name_nor_domain() -> None:
    assert parse_unfinished("schema = 1\n", "setup.toml") == Answers(path="setup.toml")


def test_a_binary_file_is_no_text() -> None:
    with pytest.raises(AnswersError, match=r"^setup.toml: byte 128 is not UTF-8"):
        decoded(bytes(range(256)) * 40, "setup.toml")
