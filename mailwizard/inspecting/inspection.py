"""A received message explained: every verdict, who gave it, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from mailwizard.dns.answer import Lookup
from mailwizard.finding import Finding, Status
from mailwizard.inspecting.author import author_domains
from mailwizard.inspecting.dkim_verdict import dkim_finding, dkim_of
from mailwizard.inspecting.dmarc_verdict import alignment_finding, dmarc_finding, dmarc_of
from mailwizard.inspecting.message import Message
from mailwizard.inspecting.path_verdict import Step, delay_finding, ipv6_finding, steps, tls_finding
from mailwizard.inspecting.signature import signatures
from mailwizard.inspecting.spf_verdict import spf_finding, spf_of
from mailwizard.inspecting.trust import Ignored, Trust, read_trust
from mailwizard.inspecting.verify import check_signature
from mailwizard.plain import WORDS
from mailwizard.text import one_line

_NEEDED = ("inspect.spf", "inspect.dkim", "inspect.dmarc")  # what has to pass
_EXIT_CODES = {Status.OK: 0, Status.FAILED: 1, Status.UNKNOWN: 3}


@dataclass(frozen=True)
class Inspection:
    """What an inspection found. Hops are oldest first."""

    receiver: str
    findings: tuple[Finding, ...]
    hops: tuple[Step, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    @property
    def status(self) -> Status:
        """FAILED when something fails, OK when SPF, DKIM and DMARC pass, else UNKNOWN."""
        if any(finding.status is Status.FAILED for finding in self.findings):
            return Status.FAILED
        needed = [finding.status for finding in self.findings if finding.id in _NEEDED]
        return Status.OK if all(status is Status.OK for status in needed) else Status.UNKNOWN

    @property
    def exit_code(self) -> int:
        """0 all pass, 1 something fails, 3 cannot tell."""
        return _EXIT_CODES[self.status]

    def as_json(self) -> dict[str, object]:
        """The document of `inspect --json`, schema 1."""
        return {
            "schema": 1,
            "status": self.status.value,
            "receiver": self.receiver,
            "findings": [finding.as_json() for finding in self.findings],
            "hops": [step.as_json() for step in self.hops],
            "ignored": [
                {"server": one.server, "said": list(one.said), "forged": one.is_forged, "why": one.why}
                for one in self.ignored
            ],
        }

    def lines(self) -> list[str]:
        """The same for people; safe for a terminal, whatever the message holds."""
        found = [line for finding in self.findings for line in _lines(finding)]
        way = [f"{number:>9}. {one_line(step.sentence)}" for number, step in enumerate(self.hops, 1)]
        return [*found, *(["         Its way, the oldest step first:", *way] if way else [])]


def _lines(finding: Finding) -> list[str]:
    """`ok       SPF          pass: ...`, further sentences below."""
    fix = (f"To do: {finding.fix}",) if finding.fix else ()
    heads = [f"{WORDS[finding.status]:<8} {finding.title:<11}"]
    texts = zip_longest(heads, (*finding.found, *fix), fillvalue=" " * 20)
    return [f"{head} {one_line(text)}" for head, text in texts]


async def inspect(message: Message, lookup: Lookup) -> Inspection:
    """Everything that can be told of `message`. Never raises: what cannot be told is UNKNOWN.

    `lookup` is asked for DKIM keys, DMARC records, and for SPF only where the receiver did not write its verdict down.
    """
    trust = read_trust(message)
    checked = [await check_signature(message, one, lookup) for one in signatures(message)]
    spf, dkim = await spf_of(trust, lookup), dkim_of(trust, checked)
    dmarc = await dmarc_of(author_domains(message), trust, spf, dkim, lookup)
    is_unsure = spf.passes is None or dkim.passes is None
    is_whole = bool(trust.hops) and bool(message.first("from"))
    findings = [
        tls_finding(trust),
        spf_finding(spf),
        dkim_finding(dkim, is_whole=is_whole),
        dmarc_finding(dmarc, is_unsure),
        alignment_finding(dmarc, is_unsure),
        ipv6_finding(trust),
        delay_finding(trust),
        *_arc(message, trust),
        *_claims(trust),
    ]
    return Inspection(trust.receiver, tuple(findings), tuple(steps(trust)), trust.ignored)


def _arc(message: Message, trust: Trust) -> list[Finding]:
    """A chain of forwarders (RFC 8617). It is told, and not counted."""
    seals = message.all("arc-seal")
    if not seals:
        return []
    said = trust.worst("arc")
    verdict = f"; its receiver says arc={said.verdict}" if said else ""
    words = (
        f"{len(seals)} server{'s' * (len(seals) > 1)} sealed what they saw (ARC){verdict}. It changes nothing above."
    )
    return [Finding("inspect.arc", Status.SKIPPED, "ARC", found=(words,), source=trust.source)]


def _claims(trust: Trust) -> list[Finding]:
    """Verdicts that bear somebody's name and do not count."""
    if not trust.ignored:
        return []
    words = [_claim(one) for one in trust.ignored[:10]]
    forged = any(one.is_forged for one in trust.ignored)
    return [
        Finding(
            "inspect.ignored",
            Status.WARNING if forged else Status.SKIPPED,
            "Not counted",
            found=tuple(words),
            fix="Do not trust these lines, and be careful with the message." if forged else "",
        )
    ]


def _claim(one: Ignored) -> str:
    said = ", ".join(one.said[:8]) or "nothing"
    return f"“{said}” in the name of {one.server or 'nobody'}: {one.why}."
