"""chasquid's users file: who has an account, and whether a password is theirs. Mirrors internal/userdb."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from mailwizard.mta.prototext import BrokenFile, Message, parse
from mailwizard.secret import Secret

_SCHEMES = ("scrypt", "bcrypt", "plain", "denied")
_MOST_MEMORY = 1 << 28  # bytes; logN 14 with r 8 takes 16 MiB


@dataclass(frozen=True)
class Account:
    """One user. `scheme` is scrypt, bcrypt, plain, or denied (receives only, can never log in)."""

    user: str
    scheme: str
    _proof: Message = field(repr=False)

    @property
    def may_send(self) -> bool:
        """True when there is a password to log in with."""
        return self.scheme != "denied"

    def matches(self, password: Secret) -> bool | None:
        """Whether `password` is this user's; None when that cannot be told here (bcrypt)."""
        given = password.reveal().encode()
        if self.scheme == "scrypt":
            return hmac.compare_digest(_scrypt(given, self._proof), self._proof.data("encrypted"))
        if self.scheme == "plain":
            return hmac.compare_digest(given, self._proof.data("password"))
        return False if self.scheme == "denied" else None


def parse_users(text: str) -> dict[str, Account]:
    """The accounts by user name (without domain). Raises BrokenFile for a file that chasquid would not read."""
    accounts: dict[str, Account] = {}
    for name, value in parse(text).fields:
        if name != "users" or not isinstance(value, Message):
            raise BrokenFile(f"{name} is no entry of a users file")
        account = _account(value)
        accounts[account.user] = account
    return accounts


def _account(entry: Message) -> Account:
    user = entry.text("key")
    passwords = entry.messages("value")
    if not user or len(passwords) != 1 or {name for name, _ in entry.fields} != {"key", "value"}:
        raise BrokenFile("an entry has no key or no value")
    name, proof = (passwords[0].fields or (("", ""),))[0]
    if name not in _SCHEMES or len(passwords[0].fields) != 1 or not isinstance(proof, Message):
        raise BrokenFile(f"the password of {user} has no known form")
    if name == "scrypt":
        _check_scrypt(user, proof)
    return Account(user, name, proof)


def _check_scrypt(user: str, proof: Message) -> None:
    numbers = [proof.text(name) for name in ("logN", "r", "p", "keyLen")]
    if not all(number.isdigit() and int(number) > 0 for number in numbers) or int(numbers[0]) > 24:
        raise BrokenFile(f"the password of {user} has impossible scrypt numbers")
    if len(proof.data("encrypted")) != int(numbers[3]):
        raise BrokenFile(f"the password of {user} was cut off")


def _scrypt(given: bytes, proof: Message) -> bytes:
    cost, block, parallel, length = (int(proof.text(name)) for name in ("logN", "r", "p", "keyLen"))
    try:
        return hashlib.scrypt(
            given, salt=proof.data("salt"), n=1 << cost, r=block, p=parallel, dklen=length, maxmem=_MOST_MEMORY
        )
    except (ValueError, MemoryError) as error:
        raise BrokenFile(f"a password's scrypt numbers are beyond what this machine can compute: {error}") from error
