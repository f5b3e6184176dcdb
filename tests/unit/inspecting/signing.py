"""Real signatures for tests: a key, its record, and messages signed by dkimpy's own function."""

from __future__ import annotations

from functools import lru_cache

import dkim

from mailwizard.dns.dkim_key import new_key, public_spki
from mailwizard.dns.dkim_record import compose

NAME = "mw._domainkey.example.com"
PLAIN = (
    b"From: I <i@example.com>\r\nTo: me@example.org\r\nSubject: Hello\r\n there\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <a1@example.com>\r\n\r\nHello  you,\r\n \r\nbye \r\n\r\n"
)


@lru_cache(maxsize=2)
def key(number: int) -> bytes:
    """A private key, made once for each number."""
    return new_key()


def record(number: int = 0) -> str:
    """The TXT value of that key."""
    return compose(public_spki(key(number)))


def signed(plain: bytes = PLAIN, form: bytes = b"relaxed/relaxed", **more: object) -> bytes:
    """`plain` with a signature of example.com above it."""
    pair = tuple(form.split(b"/"))
    header: bytes = dkim.sign(plain, b"mw", b"example.com", key(0), canonicalize=pair, **more)
    return header + plain
