"""For which names the certificate is ordered."""

from __future__ import annotations

import pytest

from mailwizard.acme.names import covers, wanted_names
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
        ("mx.other.net", ("example.com",), ("mx.other.net",)),
        ("mx.myexample.com", ("example.com",), ("mx.myexample.com",)),
        ("mx.a.example", ("b.example", "a.example"), ("a.example", "*.a.example")),
        ("mx.eu.a.example", ("a.example", "eu.a.example"), ("eu.a.example", "*.eu.a.example")),
    ],
)
def test_the_servers_name_is_in_once(hostname: str, domains: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert wanted_names(answers(hostname, *domains)) == names


def test_without_a_wildcard_the_servers_name_is_enough() -> None:
    assert wanted_names(answers("smtp.example.com", "example.com", wildcard=False)) == ("smtp.example.com",)


def test_a_wildcard_covers_one_label() -> None:
    assert covers(["*.example.com"], "a.example.com")
    assert not covers(["*.example.com"], "a.b.example.com")
    assert not covers(["*.example.com"], "example.com")
