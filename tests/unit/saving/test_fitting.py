"""The old server's answers on a new machine."""

from __future__ import annotations

import pytest

from mailwizard.saving.fitting import fitted
from mailwizard.saving.manifest import BrokenBackup

TEXT = """# mine
schema = 1

[server]
hostname = "mail.example.com"
ipv4 = "198.51.100.7"   # from Contabo
ipv6 = "2001:db8::7"
ipv6_gateway = "fe80::1"

[[domain]]
name = "example.com"
"""


def test_the_old_servers_addresses_are_taken_out_and_told() -> None:
    fit = fitted(TEXT.encode(), frozenset({"203.0.113.9"}))
    assert (fit.answers.server.ipv4, fit.answers.server.ipv6, fit.answers.server.ipv6_gateway) == ("", "", "")
    assert fit.answers.server.hostname == "mail.example.com"
    assert '# ipv4 = "198.51.100.7"' in fit.text
    assert "# mine" in fit.text
    assert len(fit.told) == 3


DOMAIN = '[[domain]]\nname = "example.com"\n'


@pytest.mark.parametrize(
    "text",
    [
        'schema = 1\nserver = {hostname = "mail.example.com", ipv4 = "198.51.100.7", ipv6 = "2001:db8::7"}\n' + DOMAIN,
        'schema = 1\nserver.hostname = "mail.example.com"\nserver . ipv4 = "198.51.100.7"\nserver.ipv6 = "::7"\n'
        + DOMAIN,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace('"198.51.100.7"', '"""\n198.51.100.7"""'),
    ],
)
def test_however_the_table_is_written(text: str) -> None:
    fit = fitted(text.encode(), frozenset({"203.0.113.9"}))
    assert (fit.answers.server.ipv4, fit.answers.server.ipv6) == ("", "")
    assert fit.answers.server.hostname == "mail.example.com"


def test_the_same_server_installed_anew_keeps_all() -> None:
    fit = fitted(TEXT.encode(), frozenset({"198.51.100.7"}))
    assert (fit.text, fit.told) == (TEXT, ())


def test_ipv6_off_stays_off() -> None:
    fit = fitted(TEXT.replace('"2001:db8::7"', '"off"').encode(), frozenset())
    assert fit.answers.server.ipv6 == "off"


def test_answers_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(BrokenBackup, match="cannot be used"):
        fitted(b"schema = 9\n", frozenset())
