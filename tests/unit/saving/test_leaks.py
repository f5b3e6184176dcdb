"""The look before a push: what a secret is recognised by, and what is none."""

from __future__ import annotations

import pytest

from mailwizard.saving.leaks import Leak, marks_of, refuse_leaks

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
