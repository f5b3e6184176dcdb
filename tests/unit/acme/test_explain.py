"""What acme.sh said in real failures (tests/cases/acme), and what the user is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwizard.acme.explain import explain, spoken, told

CASES = Path(__file__).parents[2] / "cases" / "acme"

REAL = {
    "nokeyfile": "could not read a file that its variables name: could not read key from /nope.",
    "wrongkey": "refused the credentials: update failed: NOTAUTH(BADSIG)",
    "noserver": "could not be reached. Check the server's network and DNS",
    "wrongzone": "refused the credentials: update failed: NOTAUTH",
    "cf_novars": "lacks one of its variables: You didn't specify a Cloudflare api key and email yet",
    "cf_unreach": "could not be reached (curl's error 6)",
    "nope": "does not have this DNS plugin",
    "ovh": "lacks one of its variables: ",
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_failure_is_told_in_a_sentence(name: str) -> None:
    sentence = explain((CASES / f"{name}.txt").read_text(), "letsencrypt")
    assert REAL[name] in sentence
    assert "\x1b" not in sentence and "Tue Nov" not in sentence and sentence.endswith(".")


ACME = {
    '"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates (5) already issued for this exact '
    'set of identifiers in the last 168h0m0s, retry after 2026-11-25 10:00:00 UTC: see"': "(until 2026-11-25 10:00:00",
    '{"type":"urn:ietf:params:acme:error:caa","detail":"CAA record for example.com prevents issuance"}': "A CAA record",
    '"urn:ietf:params:acme:error:unauthorized","detail":"Incorrect TXT record \\"x\\" found"': "could not be seen by",
    "urn:ietf:params:acme:error:rejectedIdentifier": "does not issue for one of these names",
    "urn:ietf:params:acme:error:invalidContact": "does not take the e-mail address",
    "cat: write error: No space left on device": "The disk is full",
    "[Tue] Not valid yet, let's wait for 10 seconds then check the next one.": "did not show up in public",
    "/var/lib/mailwizard/acme/account.conf: line 1: x: No such file or directory": "acme.sh's own folder is damaged",
    "Only RSA or EC keys are supported. keyfile=/var/lib/mailwizard/acme/ca/x/account.key": "Move /var/lib/mailwizard/",
    "something new": "acme.sh got no certificate: something new.",
    "": "it said nothing",
}


@pytest.mark.parametrize("said", ACME)
def test_what_the_authority_says_is_told_in_a_sentence(said: str) -> None:
    assert ACME[said] in explain(said, "letsencrypt")


def test_an_authority_of_ones_own_is_named_by_its_address() -> None:
    assert "The authority at https://ca.example/dir" in explain("acme:error:rateLimited", "https://ca.example/dir")


def test_a_line_is_told_without_its_time_and_colours() -> None:
    assert told("[Tue Nov 24 08:42:43 UTC 2026] \x1b[31;1mError adding TXT\x1b[0m") == "Error adding TXT"
    assert told("-----BEGIN CERTIFICATE-----") == ""
    assert told("MIICmDCCAYCgAwIBAgIIfUe9OVY3kvgwDQYJKoZIhvcNAQELBQAwKDEmMCQGA1UE") == ""


def test_advice_to_run_acme_sh_otherwise_is_left_out() -> None:
    assert spoken("real\nPlease add '--debug' or '--log' to see more information.\n") == ["real"]
