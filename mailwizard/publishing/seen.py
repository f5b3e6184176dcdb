"""What was asked about one record that is to be published, and the finding that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from mailwizard.dns.answer import Answer, Record
from mailwizard.dns.clock import latest_moment
from mailwizard.dns.mistakes import Mistake
from mailwizard.dns.mistakes_kind import shown
from mailwizard.dns.mistakes_text import counting, near
from mailwizard.dns.propagation import latest_sight
from mailwizard.finding import Finding, Status
from mailwizard.publishing.wanted import Wish
from mailwizard.text import listed

IDS = {"a": "dns.a", "aaaa": "dns.aaaa", "mx": "dns.mx", "dkim": "dns.dkim", "dmarc": "dns.dmarc"}
TITLES = {
    "a": "A record (IPv4)",
    "aaaa": "AAAA record (IPv6)",
    "mx": "MX record",
    "spf": "SPF record",
    "spf_host": "SPF record",
    "spf_include": "SPF record of the server's addresses",
    "dkim": "DKIM record",
    "dmarc": "DMARC record",
}


@dataclass(frozen=True)
class Seen:
    """What was asked about one record, and what came of it."""

    wish: Wish
    apex: str
    authoritative: list[Answer]
    resolvers: list[Answer]
    mistake: Mistake | None
    remarks: tuple[str, ...] = ()  # what is unwise in a record that is as wanted
    refresh: int = 0  # seconds after which every server of the zone has asked for its newest version; 0: not known

    @property
    def replaced(self) -> tuple[Record, ...]:
        """What stands at the record's name and has to go when it is published; of TXT records only the same kind."""
        wanted = self.wish.record
        records = tuple(record for answer in self.authoritative for record in answer.records)
        if wanted.type == "TXT":
            values = tuple(record.value for record in records)
            meant = {*counting(wanted, values), *near(wanted, values)}
            records = tuple(record for record in records if record.value in meant)
        return tuple(dict.fromkeys(record for record in records if record.type == wanted.type))


def judged(seen: Seen) -> Finding:
    """The finding about one record."""
    wish, record = seen.wish, seen.wish.record
    finding = Finding(
        IDS.get(record.purpose, "dns.spf"),
        Status.OK,
        TITLES[record.purpose],
        subject=wish.subject,
        expected=record.value,
        found=tuple(dict.fromkeys(shown(record.value) for record in seen.replaced)),
        source=_source(seen.authoritative),
    )
    if seen.mistake:
        return _mistaken(finding, seen.mistake, seen)
    return _lagging(_remarked(finding, seen), seen)


def _source(answers: Sequence[Answer]) -> str:
    servers = [answer.server for answer in answers if answer.server]
    return f"{', '.join(servers)}, authoritative" if servers else "the resolvers: no name server was found"


def _mistaken(finding: Finding, mistake: Mistake, seen: Seen) -> Finding:
    changes = seen.wish.changes if finding.found else ()
    # what is wrong, then what to do; it ends with the value to copy, so that nothing may stand behind it
    why = "" if mistake.cause == "missing" and not mistake.found else mistake.sentence
    fix = " ".join(part for part in (why, *changes, mistake.fix) if part)
    finding = replace(finding, status=mistake.status, cause=mistake.cause, fix=fix, until=_until(mistake, seen))
    if mistake.cause == "no_answer":  # some servers may have answered
        return replace(finding, found=tuple(dict.fromkeys((*finding.found, *mistake.found))))
    return replace(finding, found=mistake.found or finding.found)


def _until(mistake: Mistake, seen: Seen) -> datetime | None:
    """When the servers that lag have the zone's newest version at the latest (RFC 1035, 3.3.13), and nobody what they
    said before."""
    if mistake.cause != "not_yet_everywhere" or not seen.refresh:
        return None
    now = datetime.now(timezone.utc)
    moments = [latest_moment(answer, now) for answer in seen.authoritative]
    last = max((moment for moment in moments if moment), default=now)
    return last + timedelta(seconds=seen.refresh)


def _remarked(finding: Finding, seen: Seen) -> Finding:
    """Good, and yet unwise: a DKIM key in test mode, an SPF record with `ptr`."""
    if not seen.remarks:
        return finding
    return replace(finding, status=Status.WARNING, fix=" ".join(seen.remarks))


def _lagging(finding: Finding, seen: Seen) -> Finding:
    """Published everywhere; is it seen everywhere? One resolver that gives no answer tells nothing."""
    sight = latest_sight(seen.wish.record, seen.resolvers, seen.authoritative)
    who = listed([answer.server for answer in sight.lagging])
    if sight.lagging:
        one = len(sight.lagging) == 1
        return replace(
            finding,
            status=Status.FAILED,
            cause="not_yet_everywhere",
            until=sight.until,
            found=tuple(dict.fromkeys(_remembered(answer) for answer in sight.lagging)),
            source=f"{finding.source}; {who}, resolver{'' if one else 's'}",
            fix=f"Nothing to do but wait: {who} still {'remembers' if one else 'remember'} what stood there before.",
        )
    return finding if sight.seen else _unresolved(finding, sight.silent)


def _remembered(answer: Answer) -> str:
    values = "; ".join(map(shown, answer.values)) or " ".join(f"CNAME {alias.value}" for alias in answer.aliases)
    return f"{answer.server}: {values or 'no such record'}"


def _unresolved(finding: Finding, silent: Sequence[Answer]) -> Finding:
    """Published, and yet no resolver can say what it sees: with a broken DNSSEC chain nobody gets the record."""
    said = tuple(f"{answer.server}: {answer.why}" for answer in silent)
    fix = "Your name servers hold the record, but no resolver could fetch it. Ask again in a minute."
    if any("SERVFAIL" in answer.why for answer in silent):
        fix += (
            " If it stays so, look at DNSSEC: the DS record at your registrar must belong to the key of your zone."
            " Delete the DS record there if your DNS provider does not sign the zone."
        )
    source = f"{finding.source}; {listed([answer.server for answer in silent])}, resolvers"
    return replace(
        finding, status=Status.UNKNOWN, cause="no_answer", found=(*finding.found, *said), source=source, fix=fix
    )
