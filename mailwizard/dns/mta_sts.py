"""MTA-STS: the promise that a domain's mail servers speak TLS (RFC 8461). Optional: a TXT record and a policy file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_AGE = 31_557_600  # seconds, about a year (RFC 8461, section 3.2)
_SHORT_AGE = 86_400  # a day: shorter ages hardly protect (RFC 8461, section 10.2)
_ID = re.compile(r"[A-Za-z0-9]{1,32}\Z")
_PATTERN = re.compile(r"(\*\.)?(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+\Z")
_MODES = ("enforce", "testing", "none")


@dataclass(frozen=True)
class StsRecord:
    """The TXT record: an id that changes with the policy; what is wrong with it in sentences."""

    id: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class StsPolicy:
    """The policy file: mode, age in seconds, patterns of mail servers; what is wrong with it in sentences."""

    mode: str = ""
    max_age: int = 0
    mx: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def covers(self, host: str) -> bool:
        """True when a pattern matches `host` (RFC 8461, section 4.1)."""
        return any(matches(pattern, host) for pattern in self.mx)


def owner(domain: str) -> str:
    """The name at which the TXT record of `domain` stands."""
    return f"_mta-sts.{domain}"


def policy_url(domain: str) -> str:
    """The address at which the policy file of `domain` is fetched (RFC 8461, section 3.3)."""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


def judge_txt(texts: Sequence[str]) -> StsRecord | None:
    """The one record among the TXT values at `owner(domain)`; None without one. Two count as none: a fault says so."""
    records = [text for text in texts if re.match(r"v=STSv1[ \t]*(;|\Z)", text)]
    if len(records) > 1:
        return StsRecord("", (f"There are {len(records)} records, and senders then use none. Delete all but one.",))
    return parse_txt(records[0]) if records else None


def parse_txt(text: str) -> StsRecord:
    """The record `v=STSv1; id=...;` read (RFC 8461, section 3.1). Never raises: see `faults`."""
    fields = [field.partition("=") for field in text.split(";") if field.strip()]
    if not fields or (fields[0][0].strip(), fields[0][2].strip()) != ("v", "STSv1"):
        return StsRecord("", ("It does not begin with v=STSv1;",))
    ids = [value.strip() for name, _, value in fields if name.strip() == "id"]
    if len(ids) != 1 or not _ID.match(ids[0]):
        return StsRecord("", ("The field id must stand once, with 1 to 32 letters and digits.",))
    return StsRecord(ids[0])


def parse_policy(body: str) -> StsPolicy:
    """The policy file read (RFC 8461, section 3.2). Never raises: see `faults`."""
    lines = [line.partition(":") for line in body.replace("\r\n", "\n").split("\n") if line.strip()]
    pairs = [(key.strip(), value.strip()) for key, _, value in lines]
    first = dict(reversed(pairs))  # of keys that stand twice the first counts
    patterns = tuple(value.lower().rstrip(".") for key, value in pairs if key == "mx")
    age = first.get("max_age", "")
    seconds = int(age) if re.match(r"[0-9]{1,10}\Z", age) else -1
    faults = [*_faults(first, seconds), *_pattern_faults(patterns, first.get("mode", ""))]
    return StsPolicy(first.get("mode", ""), max(seconds, 0), patterns, tuple(faults))


def _faults(first: dict[str, str], seconds: int) -> list[str]:
    faults = []
    if first.get("version") != "STSv1":
        faults.append("The line “version: STSv1” is missing.")
    if first.get("mode") not in _MODES:
        faults.append("The mode must be enforce, testing or none.")
    if not 0 <= seconds <= LONGEST_AGE:
        faults.append(f"max_age must be a number of seconds up to {LONGEST_AGE}.")
    elif seconds < _SHORT_AGE and first.get("mode") == "enforce":
        faults.append("max_age is less than a day, so that senders hardly ever remember the policy.")
    return faults


def _pattern_faults(patterns: Sequence[str], mode: str) -> list[str]:
    if not patterns and mode != "none":
        return ["No mail server is named: add a line “mx: …”."]
    return [f"“{pattern}” is no name of a mail server." for pattern in patterns if not _PATTERN.match(pattern)]


def matches(pattern: str, host: str) -> bool:
    """True when `pattern` names `host`: `*.` stands for exactly one label (RFC 8461, section 4.1)."""
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if pattern.startswith("*."):
        label, dot, rest = host.partition(".")
        return bool(label and dot) and rest == pattern[2:]
    return pattern == host


def policy_text(hosts: Sequence[str], mode: str = "testing", max_age: int = 604_800) -> str:
    """The policy file to publish: lines end in CRLF, `max_age` in seconds."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts), f"max_age: {max_age}"]
    return "".join(f"{line}\r\n" for line in lines)


def record(policy: str) -> str:
    """The TXT value for the policy file `policy`; its id changes when the file does."""
    return f"v=STSv1; id={hashlib.sha256(policy.encode()).hexdigest()[:20]};"
