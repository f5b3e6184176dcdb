"""The users files of three versions of chasquid (password "s3cret-pass"), and files that none of them would read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.mta.prototext import BrokenFile, parse
from mailwizard.mta.users import parse_users
from mailwizard.secret import Secret

CASES = Path(__file__).parents[2] / "cases" / "mta"
GOOD = (CASES / "users-1.19").read_text()
DENIED = 'users: { key: "x" value: { denied: {} } }'


@pytest.mark.parametrize("version", ["1.11", "1.15", "1.19"])
def test_the_password_of_an_account_is_recognised(version: str) -> None:
    account = parse_users((CASES / f"users-{version}").read_bytes().decode("utf-8", "backslashreplace"))["i"]
    assert account.scheme == "scrypt"
    assert account.may_send
    assert account.matches(Secret("s3cret-pass")) is True
    assert account.matches(Secret("s3cret-pasS")) is False


def test_other_schemes_are_told_apart() -> None:
    accounts = parse_users(
        DENIED + "\n# a comment\n"
        "users { key: 'b' value { bcrypt { hash: '$2a$10$abc' } } };"
        'users: < key: "p" value: < plain: < password: "\\x61" \'b\\143\' > > >'
    )
    assert list(accounts) == ["x", "b", "p"]
    assert not accounts["x"].may_send
    assert accounts["x"].matches(Secret("")) is False
    assert accounts["b"].matches(Secret("x")) is None
    assert accounts["p"].matches(Secret("abc")) is True


def test_no_hash_is_shown() -> None:
    assert "salt" not in repr(parse_users(GOOD)["i"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD[:-20], "missing|cut off|out of place"),
        (GOOD.replace("users", "user"), "user is no entry"),
        (GOOD.replace("scrypt", "argon"), "no known form"),
        (GOOD.replace("logN:  14", "logN:  99"), "impossible scrypt numbers"),
        (GOOD.replace("keyLen:  32", "keyLen:  33"), "cut off"),
        (GOOD.replace('"i"', '""'), "no key"),
        (GOOD + "}", "closes nothing"),
        ('users: { key "x" }', "line 1: a colon is expected"),
        ('users: { key: "x" value: { } }', "no known form"),
        ("\n\x00", "line 2"),
        ("users: [", "missing"),
        ("users:", "too early"),
        ("a:{" * 200, "too many braces"),
    ],
)
def test_a_file_that_chasquid_would_not_read_is_told(text: str, words: str) -> None:
    with pytest.raises(BrokenFile, match=words):
        parse_users(text)


def test_an_empty_file_has_no_accounts() -> None:
    assert parse_users("") == {}


@given(st.text(alphabet="users:{}<>[]\"'\\ \n#x0,;"))
def test_no_text_crashes_the_reader(text: str) -> None:
    try:
        parse(text)
    except BrokenFile as error:
        assert str(error)


@given(st.binary())
def test_escaped_bytes_come_back(data: bytes) -> None:
    quoted = "".join(f"\\{byte:03o}" for byte in data)
    assert parse(f'a: "{quoted}"').data("a") == data
