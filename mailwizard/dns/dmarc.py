"""DMARC records written: a new one from the answers, or one that stands already with the answers worked in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailwizard.dns.dmarc_record import REMOVED, DmarcRecord, parse, uris_of
from mailwizard.dns.mistakes_kind import plain
from mailwizard.text import listed

_BEFORE_TAG = re.compile(r"[;,\s]+(?=(?:p|sp|np|rua|ruf|fo|adkim|aspf|psd|t|pct|rf|ri)\s*=)", re.IGNORECASE)
_ORDER = ("sp", "np", "rua", "ruf", "fo", "adkim", "aspf", "psd", "t")


@dataclass(frozen=True)
class Merged:
    """The record to publish, and a sentence for each thing that it changes in the one that stands there."""

    value: str
    changes: tuple[str, ...] = ()


def compose(policy: str, rua: str = "", ruf: str = "", fo: str = "") -> str:
    """A DMARC record. `rua` and `ruf` are addresses (several: with commas); `fo` counts only beside `ruf`.

    `p` stands second, where readers from before RFC 9989 look for it.
    """
    tags = {"p": policy, "rua": ",".join(_uris(rua)), "ruf": ",".join(_uris(ruf))}
    if tags["ruf"] and fo:
        tags["fo"] = fo
    return _written(tags)


def merge(existing: Sequence[str], policy: str, rua: str = "", ruf: str = "", fo: str = "") -> Merged:
    """One record out of those that stand, with the answers worked in: other people's report addresses and other tags
    stay, of several records those of the first.

    What RFC 9989 removed goes. What is mangled (quotes, backslashes, dashes of a word processor) is read as meant.
    """
    record = parse("; ".join(map(_read_as_meant, existing)))
    if record is None:
        return Merged(compose(policy, rua, ruf, fo))
    record = replace(record, rua=_all_of(record, "rua"), ruf=_all_of(record, "ruf"))
    tags = {name: value for name, value in reversed(record.tags) if name in _ORDER}
    tags["p"] = policy
    tags["rua"] = ",".join(_joined(record.rua, _uris(rua)))
    tags["ruf"] = ",".join(_joined(record.ruf, _uris(ruf)))
    tags["fo"] = (fo or tags.get("fo", "")) if tags["ruf"] else ""
    return Merged(_written(tags), tuple(_changes(record, tags)))


def _read_as_meant(text: str) -> str:
    """`text` with its version tag in the right letters, and without what a page or a person put between."""
    tagged = re.sub(r"\A\s*v\s*=\s*dmarc1[;,\s]*", "v=DMARC1; ", plain(text).strip(), flags=re.IGNORECASE)
    return _BEFORE_TAG.sub("; ", tagged)


def _all_of(record: DmarcRecord, name: str) -> tuple[str, ...]:
    """The report addresses of all the records that became one; an address without a scheme is one of mail."""
    words = [word for tag, value in record.tags if tag == name for word in re.split(r"[,\s]+", value)]
    named = ",".join(word if ":" in word else f"mailto:{word}" for word in words if ":" in word or "@" in word)
    return _joined((), uris_of(named))


def _changes(record: DmarcRecord, tags: dict[str, str]) -> list[str]:
    said = []
    if record.policy != tags["p"] or record.p is None:
        was = f"from {record.p} " if record.p else ""
        said.append(f"The policy changes {was}to {tags['p']}.")
    for name, old in (("rua", record.rua), ("ruf", record.ruf)):
        new = [_address(uri) for uri in tags[name].split(",") if uri and uri.lower() not in _folded(old)]
        if new:
            what = "Reports" if name == "rua" else "Failure reports"
            stay = f"; {listed([_address(uri) for uri in old])} still {'get' if len(old) > 1 else 'gets'} them"
            said.append(f"{what} go to {listed(new)} as well{stay}." if old else f"{what} go to {listed(new)}.")
    if tags["fo"] and tuple(sorted(tags["fo"].split(":"))) != tuple(sorted(record.fo)):
        said.append(f"fo changes from {':'.join(record.fo)} to {tags['fo']}.")
    gone = list(dict.fromkeys(name for name, _ in record.tags if name in REMOVED))
    if gone:
        said.append(f"{listed(gone)} {'go' if len(gone) > 1 else 'goes'}, as RFC 9989 removed {_them(gone)}.")
    strange = [name for name, _ in record.tags if name not in (*_ORDER, *REMOVED, "v", "p")]
    if strange:
        said.append(f"{listed(strange)} {'go' if len(strange) > 1 else 'goes'}: no tag of DMARC has that name.")
    return said


def _them(names: list[str]) -> str:
    return "them" if len(names) > 1 else "it"


def _written(tags: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in _in_order(tags) if value)


def _in_order(tags: dict[str, str]) -> list[tuple[str, str]]:
    return [("v", "DMARC1"), ("p", tags["p"]), *((name, tags.get(name, "")) for name in _ORDER)]


def _uris(addresses: str) -> tuple[str, ...]:
    """Each address as a URI; what RFC 9989 section 4.7 keeps for itself (comma, exclamation mark) is escaped."""
    words = [word for word in re.split(r"[,\s]+", addresses) if word]
    return tuple(_uri(word) for word in words)


def _uri(word: str) -> str:
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", word):
        return word
    return "mailto:" + word.replace("%", "%25").replace("!", "%21").replace(";", "%3B")


def _address(uri: str) -> str:
    return uri[7:] if uri.lower().startswith("mailto:") else uri


def _folded(uris: tuple[str, ...]) -> set[str]:
    return {uri.lower() for uri in uris}


def _joined(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, whatever its letter case."""
    return tuple({uri.lower(): uri for uri in reversed((*old, *new))}.values())[::-1]
