"""For which names the certificate is ordered."""

from __future__ import annotations

import pytest

from mailwizard.acme.names import MOST, covers, too_many, wanted_names
from mailwizard.answers import Answers, Certificate, Domain, Server


def answers(hostname: str, *domains: str, wildcard: bool = True) -> Answers:
    server, certificate = Server(hostname=hostname), Certificate(wildcard=wildcard)
    return Answers(server=server, certificate=certificate, domains=tuple(Domain(name) for name in domains))


@pytest.mark.parametrize(
    ("hostname", "domains", "names"),
    [
        ("smtp.example.com", ("example.com",), ("example.com", "*.example.com")),
        ("example.com", ("example.com",), ("example.com", "*.example.com")),
        ("a.b.example.com", ("example.com",), ("a.b.example.com", "example.com", "*.example.com")),
        ("mx.other.net", ("example.com",), ("mx.other.net", "example.com", "*.example.com")),
        ("mx.myexample.com", ("example.com",), ("mx.myexample.com", "example.com", "*.example.com")),
        ("mx.a.example", ("b.example", "a.example"), ("a.example", "*.a.example", "b.example", "*.b.example")),
        ("mx.eu.a.example", ("a.example", "eu.a.example"), ("a.example", "*.eu.a.example", "*.a.example")),
        ("mx.example.com", (), ("mx.example.com",)),
    ],
)
def test_every_domain_has_its_names_and_the_servers_own_is_in(
    hostname: str, domains: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert wanted_names(answers(hostname, *domains)) == names


def test_without_a_wildcard_the_servers_name_is_enough() -> None:
    assert wanted_names(answers("smtp.example.com", "example.com", wildcard=False)) == ("smtp.example.com",)


def test_the_first_name_stays_whatever_other_domains_come_and_go() -> None:
    alone = wanted_names(answers("mx.a.example", "a.example"))
    for domains in (
        ("b.example", "a.example"),
        ("a.example", "b.example", "0.example"),
        ("mx.a.example.net", "a.example"),
    ):
        names = wanted_names(answers("mx.a.example", *domains))
        assert names[: len(alone)] == alone and len(set(names)) == len(names)


def test_a_name_beside_its_wildcard_is_left_out() -> None:
    names = wanted_names(answers("mx.other.net", "a.example", "eu.a.example"))
    assert names == ("mx.other.net", "a.example", "*.a.example", "*.eu.a.example")


def test_more_names_than_an_authority_takes_are_refused_with_what_to_do() -> None:
    domains = [f"d{number}.example" for number in range(MOST // 2)]
    assert too_many(answers(f"mx.{domains[0]}", *domains)) == ""
    sentence = too_many(answers("mx.other.net", *domains))
    assert "101" in sentence and "wildcard = false" in sentence
    assert too_many(answers("mx.other.net", *domains, wildcard=False)) == ""


def test_a_wildcard_covers_one_label() -> None:
    assert covers(["*.example.com"], "a.example.com")
    assert not covers(["*.example.com"], "a.b.example.com")
    assert not covers(["*.example.com"], "example.com")
