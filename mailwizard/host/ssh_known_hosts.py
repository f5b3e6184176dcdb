"""The host keys that this user has accepted (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True)
class HostKey:
    """A public key: its type ("ssh-ed25519") and its bytes."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """ "SHA256:...", as ssh shows it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


class Verdict(Enum):
    """What the files say about a key that a machine shows."""

    KNOWN = "known"
    UNKNOWN = "unknown"  # the machine has no key in the files
    CHANGED = "changed"  # it has another one
    REVOKED = "revoked"


@dataclass(frozen=True)
class KnownHosts:
    """The accepted and the revoked keys of one machine."""

    accepted: frozenset[HostKey]
    revoked: frozenset[HostKey]

    def judge(self, shown: HostKey) -> Verdict:
        """Whether `shown` is to be trusted; a key of a type never seen, where another is accepted, is a changed one."""
        if shown in self.revoked:
            return Verdict.REVOKED
        if shown in self.accepted:
            return Verdict.KNOWN
        return Verdict.CHANGED if self.accepted else Verdict.UNKNOWN

    def preferred(self, offered: Iterable[str]) -> list[str]:
        """`offered` algorithms, those of the accepted keys first: else a machine with two keys would show the other."""
        types = {key.type for key in self.accepted}
        known = types | ({"rsa-sha2-512", "rsa-sha2-256"} if "ssh-rsa" in types else set())
        return sorted(offered, key=lambda name: name not in known)


def known_hosts(files: Iterable[str], name: str) -> KnownHosts:
    """The keys that the files have for `name` ("host" or "[host]:port"); a file that cannot be read says nothing."""
    accepted, revoked = set[HostKey](), set[HostKey]()
    for line in _lines(files):
        words = line.split()
        marker = words.pop(0) if words[0].startswith("@") else ""
        if len(words) < 3 or marker == "@cert-authority" or not _names(words[0], name):
            continue
        try:
            key = HostKey(words[1], base64.b64decode(words[2], validate=True))
        except binascii.Error:
            continue
        (revoked if marker == "@revoked" else accepted).add(key)
    return KnownHosts(frozenset(accepted), frozenset(revoked))


def _lines(files: Iterable[str]) -> Iterator[str]:
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8", errors="replace")
        except OSError:  # then the machine is unknown, and is refused
            continue
        yield from (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def _names(patterns: str, name: str) -> bool:
    """True when one of the comma-separated patterns fits and none with a "!" does."""
    if patterns.startswith("|1|"):
        return _is_hash_of(patterns, name)
    wanted, fits = name.lower(), False
    for pattern in patterns.lower().split(","):
        # a bracket is no wildcard here, as it is for fnmatch
        if fnmatchcase(wanted, pattern.lstrip("!").replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            fits = True
    return fits


def _is_hash_of(hashed: str, name: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part) for part in hashed.split("|")[2:4])
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), digest)
