"""DMARC records read by RFC 9989 section 4.7: which tags count, which were removed, what an odd value falls back to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailwizard.dns.dkim_tags import TagList, colon_list, parse_tags

POLICIES = ("none", "quarantine", "reject")
REMOVED = ("pct", "rf", "ri")  # RFC 9989 appendix: readers ignore them
_KNOWN = ("v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "psd", "t")
_VERSION = re.compile(r"\s*v\s*=\s*DMARC1\s*(;|\Z)")
_SIZE = re.compile(r"!\d+[kmgt]?\Z", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s,!]+\Z")


@dataclass(frozen=True)
class DmarcRecord:
    """A DMARC record. Policies are None where the tag is absent or says nothing that is known."""

    p: str | None
    sp: str | None
    np: str | None
    adkim: str  # "r" relaxed or "s" strict
    aspf: str
    fo: tuple[str, ...]
    rua: tuple[str, ...]  # URIs, without the size that RFC 7489 allowed behind them
    ruf: tuple[str, ...]
    psd: str  # "y", "n" or "u"
    is_test: bool  # t=y: receivers apply the next weaker policy
    tags: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()

    @property
    def policy(self) -> str:
        """The policy for the domain itself as it is written; without a usable `p` it is none."""
        return self.p or "none"

    @property
    def is_usable(self) -> bool:
        """False for a wrong policy word without a report address: receivers then act as if there were no record."""
        words = [value.lower() for name, value in self.tags if name in ("p", "sp", "np")]
        return all(word in POLICIES for word in words) or bool(self.rua)


def is_dmarc(text: str) -> bool:
    """True when `text` starts with `v=DMARC1`, in these letters, as RFC 9989 section 4.7 asks for."""
    return bool(_VERSION.match(text))


def parse(text: str) -> DmarcRecord | None:
    """The record in `text`; None if it is no DMARC record at all. Never raises."""
    if not is_dmarc(text):
        return None
    found = parse_tags(text)
    return DmarcRecord(
        p=_policy(found, "p"),
        sp=_policy(found, "sp"),
        np=_policy(found, "np"),
        adkim=_one_of(found, "adkim", ("r", "s")),
        aspf=_one_of(found, "aspf", ("r", "s")),
        fo=_fo(found),
        rua=uris_of(found.get("rua")),
        ruf=uris_of(found.get("ruf")),
        psd=_one_of(found, "psd", ("u", "y", "n")),
        is_test=_one_of(found, "t", ("n", "y")) == "y",
        tags=found.tags,
        warnings=(*(f"{fault[:1].upper()}{fault[1:]}." for fault in found.faults), *_warnings(found)),
    )


def effective_policy(record: DmarcRecord) -> str:
    """What receivers do with failing mail of the domain that holds the record, `t=y` taken into account."""
    return _lowered(record.policy, record)


def subdomain_policy(record: DmarcRecord) -> str:
    """The same for mail of a subdomain that exists and has no record: `sp`, else `p`."""
    return _lowered(record.sp or record.policy, record)


def missing_subdomain_policy(record: DmarcRecord) -> str:
    """The same for mail of a subdomain that does not exist: `np`, else `sp`, else `p`."""
    return _lowered(record.np or record.sp or record.policy, record)


def _lowered(policy: str, record: DmarcRecord) -> str:
    weaker: Mapping[str, str] = {"reject": "quarantine", "quarantine": "none", "none": "none"}
    return weaker[policy] if record.is_test else policy


def _policy(found: TagList, name: str) -> str | None:
    value = (found.get(name) or "").lower()
    return value if value in POLICIES else None


def _one_of(found: TagList, name: str, words: tuple[str, ...]) -> str:
    value = (found.get(name) or "").lower()
    return value if value in words else words[0]


def _fo(found: TagList) -> tuple[str, ...]:
    words = colon_list(found.get("fo"))
    wrong = not words or any(word not in ("0", "1", "d", "s") for word in words) or {"0", "1"} <= set(words)
    return ("0",) if wrong else words


def uris_of(value: str | None) -> tuple[str, ...]:
    """The URIs in a list with commas, without the sizes that RFC 7489 allowed; what is none is left out."""
    bare = (_SIZE.sub("", part.strip()) for part in (value or "").split(","))
    return tuple(uri for uri in bare if _URI.match(uri))


def _warnings(found: TagList) -> list[str]:
    said = [
        f"{name} was removed by RFC 9989; receivers ignore it. Take it out." for name in REMOVED if name in found.names
    ]
    strange = [name for name in found.names if name not in _KNOWN + REMOVED]
    said += [f"{name} is no tag of DMARC; receivers ignore it. Take it out." for name in strange]
    for name in ("p", "sp", "np"):
        if found.get(name) is not None and _policy(found, name) is None:
            said.append(f"{name}={found.get(name)} is none of none, quarantine, reject.")
    if found.get("p") is None:
        said.append("p is missing, which counts as none.")
    for name in ("rua", "ruf"):
        parts = [part.strip() for part in (found.get(name) or "").split(",") if part.strip()]
        said += [f"{part} in {name} is no address; write mailto: before it." for part in parts if not uris_of(part)]
    return said
