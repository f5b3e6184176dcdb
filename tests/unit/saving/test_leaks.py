"""The look before a push: what a secret is recognised by, and what is none."""

from __future__ import annotations

import pytest

from mailwizard.answers import Answers, Domain, Server
from mailwizard.saving.leaks import Leak, marks_of, refuse_leaks, said_openly

USERS = "/etc/chasquid/domains/example.com/users"
ACCOUNT = 'users: { key: "%s" value: { scrypt: { salt: "saltsaltsaltsalt" encrypted: "hash-of-the-password" } } }\n'


@pytest.mark.parametrize("name", ["i", "notifications", "customer-service.europe"])
def test_an_accounts_name_is_no_secret_and_its_hash_is(name: str) -> None:
    text = (ACCOUNT % name).encode()
    assert marks_of(USERS, text) == {b"saltsaltsaltsalt", b"hash-of-the-password"}
    refuse_leaks(
        {"files/etc/chasquid/domains/example.com/aliases": f"{name}: me@example.net\n".encode()}, {USERS: text}
    )
    with pytest.raises(Leak, match="holds a secret"):
        refuse_leaks({"files/etc/chasquid/chasquid.conf": b"# hash-of-the-password\n"}, {USERS: text})


CREDENTIALS = "/etc/mailwizard/credentials.env"
ACME = "/var/lib/mailwizard/acme/account.conf"


@pytest.mark.parametrize(
    ("path", "line", "mark"),
    [
        (CREDENTIALS, 'OVH_AS="application-secret"', b"application-secret"),
        (CREDENTIALS, 'DA_Api="https://me:word@da.example:8443"', b"https://me:word@da.example:8443"),
        (CREDENTIALS, 'PDNS_Url="https://me:word@pdns.example"', b"https://me:word@pdns.example"),
        (CREDENTIALS, "LEXICON_X_TOKEN=a-token", b"a-token"),  # no plugin of the catalogue has it
        (ACME, "SAVED_MB_AS='mythic-secret'", b"mythic-secret"),
        (ACME, "SAVED_NIC_Token='made-by-the-plugin-itself'", b"made-by-the-plugin-itself"),
        (ACME, "CA_EAB_HMAC_KEY='an-hmac-key-of-the-authority'", b"an-hmac-key-of-the-authority"),
    ],
)
def test_a_variables_value_is_secret_unless_it_is_known_to_be_harmless(path: str, line: str, mark: bytes) -> None:
    assert marks_of(path, line.encode()) == {mark}
    with pytest.raises(Leak):
        refuse_leaks({"files/etc/chasquid/chasquid.conf": b"# " + mark}, {path: line.encode()})


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (CREDENTIALS, 'CF_Email="me@example.net"'),
        (CREDENTIALS, 'OVH_END_POINT="ovh-eu"'),
        (ACME, "SAVED_NSUPDATE_SERVER='ns.example.net'"),
        (ACME, "Le_Domain='mail-server-number-one.example.com'"),
        (ACME, "SAVED_OS_SOMETHING='default'"),
        ("/var/lib/mailwizard/acme/example.com_ecc/example.com.csr.conf", "subjectAltName=DNS:mail.example.com"),
    ],
)
def test_what_everybody_may_see_does_not_stop_a_backup(path: str, line: str) -> None:
    assert marks_of(path, line.encode()) == set()


def test_an_unknown_variable_may_hold_what_the_answers_say_anyway() -> None:
    answers = Answers(server=Server(hostname="mail.example.com"), domains=(Domain("example.com", ("i",)),))
    secrets = {CREDENTIALS: b"ZONE_OF_MINE=example.com\nTOKEN_OF_MINE=abcdef\n"}
    open_file = {"files/etc/mailwizard/setup.toml": b'name = "example.com"\n'}
    refuse_leaks(open_file, secrets, said_openly(answers))
    with pytest.raises(Leak):
        refuse_leaks({**open_file, "files/x": b"abcdef"}, secrets, said_openly(answers))
