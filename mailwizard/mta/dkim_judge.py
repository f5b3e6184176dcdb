"""The DKIM keys of a domain: is there one, is it strong enough, may chasquid read it?"""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.answers import Domain
from mailwizard.errors import FileUnreadable, MailwizardError
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import FileStat, Host
from mailwizard.mta.dkim_files import STAGED_FOLDER, DkimKeys, dkim_keys, placed_path, selector_for, staged_path


@dataclass(frozen=True)
class KeyFacts:
    """What is known of a domain's key. `trouble` is why the key itself is of no use."""

    domain: str
    selector: str
    keys: DkimKeys
    stat: FileStat | None = None
    trouble: str = ""


async def look_at_key(host: Host, domain: Domain) -> Finding:
    """The finding `dkim.key` of one domain."""
    try:
        keys = await dkim_keys(host, domain.name)
        selector = selector_for(domain, keys)
        path = keys.path_of(selector)
        trouble = await _trouble(host, path) if path else ""
        return judge_key(KeyFacts(domain.name, selector, keys, await host.stat(path) if path else None, trouble))
    except FileUnreadable as error:
        return _finding(domain.name, Status.UNKNOWN, str(error), STAGED_FOLDER)


def judge_key(facts: KeyFacts) -> Finding:
    """The finding. A key that waits for its record is a warning: until then mail goes out unsigned."""
    path = facts.keys.path_of(facts.selector)
    if not path:
        return _finding(facts.domain, Status.FAILED, "no key yet", staged_path(facts.domain, "*"))
    if facts.trouble:
        return _finding(facts.domain, Status.FAILED, facts.trouble, path, "unusable", _way_out(facts, path))
    if not facts.keys.is_placed(facts.selector):
        fix = (
            f"Publish the record of {facts.selector}._domainkey.{facts.domain}; the key is put to use once it is seen."
        )
        return _finding(facts.domain, Status.WARNING, f"{facts.selector} waits for its record", path, "staged", fix)
    if not _readable(facts.stat):
        return _finding(facts.domain, Status.FAILED, f"{facts.selector}: chasquid may not read it, or others may", path)
    others = [selector for selector, _ in facts.keys.placed if selector != facts.selector]
    words = f"{facts.selector} signs" + (f", and so do {', '.join(others)}" if others else "")
    return _finding(facts.domain, Status.OK, words, placed_path(facts.domain, facts.selector))


def _way_out(facts: KeyFacts, path: str) -> str:
    """A placed key has a twin, unless it came from elsewhere: the one that was staged."""
    twin = facts.keys.is_placed(facts.selector) and facts.selector in dict(facts.keys.staged)
    then = f"the copy in {STAGED_FOLDER} takes its place" if twin else "a new key is made, and its record shown"
    return f"Move {path} away and apply: {then}."


def _readable(stat: FileStat | None) -> bool:
    """True when chasquid's group may read the key and the rest of the world may not."""
    return stat is not None and stat.group == "chasquid" and stat.mode & 0o047 == 0o040


async def _trouble(host: Host, path: str) -> str:
    from mailwizard.dns.dkim_key import DkimKeyError, public_spki

    try:
        spki = public_spki(await host.read(path))
    except FileUnreadable:
        raise
    except DkimKeyError as error:
        return str(error)
    except MailwizardError as error:
        return str(error)
    # an RSA key of 2048 bits has a SubjectPublicKeyInfo of 294 bytes; Ed25519 (RFC 8463) one of 44
    return "" if len(spki) >= 290 or len(spki) == 44 else "the key is shorter than 2048 bits"


def _finding(domain: str, status: Status, found: str, source: str, cause: str = "", fix: str = "") -> Finding:
    return Finding(
        "dkim.key",
        status,
        "DKIM key",
        subject=domain,
        expected="an RSA key of 2048 bits or more that chasquid alone can read",
        found=(found,),
        source=source,
        cause=cause,
        fix=fix,
    )
