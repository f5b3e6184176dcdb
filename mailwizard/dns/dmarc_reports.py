"""Whether a foreign address may be sent DMARC reports (RFC 9990 section 4), and which identifiers are aligned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

from mailwizard.dns.answer import Lookup, Outcome
from mailwizard.dns.dmarc_record import is_dmarc
from mailwizard.dns.dmarc_walk import walk

AUTHORISATION = "v=DMARC1"  # what the owner of the report address publishes


class Consent(str, Enum):
    """Whether the domain of a report address agrees to get the reports."""

    NOT_NEEDED = "not needed"
    GIVEN = "given"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ReportConsent:
    """`destination` is the domain of the report address; `record` the name where its owner has to publish."""

    consent: Consent
    destination: str
    record: str


def report_domain(uri: str) -> str:
    """The domain of a `mailto:` URI in lower case; empty for any other URI."""
    scheme, _, rest = uri.partition(":")
    address = unquote(rest.partition("?")[0])
    return address.rpartition("@")[2].rstrip(".").lower() if scheme.lower() == "mailto" and "@" in address else ""


async def report_consent(domain: str, uri: str, lookup: Lookup) -> ReportConsent | None:
    """Whether reports about `domain` may go to `uri`; None for a URI that is no mail address.

    Domains of one organisation (by the tree walk) need no consent. A wildcard at the destination counts.
    """
    destination = report_domain(uri)
    if not destination:
        return None
    owner = domain.rstrip(".").lower()
    name = f"{owner}._report._dmarc.{destination}"
    if destination == owner:
        return ReportConsent(Consent.NOT_NEEDED, destination, name)
    walks = await walk(owner, lookup), await walk(destination, lookup)
    if walks[0].organisation == walks[1].organisation:
        return ReportConsent(Consent.NOT_NEEDED, destination, name)
    answer = await lookup(name, "TXT")
    if any(is_dmarc(value) for value in answer.values):
        return ReportConsent(Consent.GIVEN, destination, name)
    unsure = answer.outcome is Outcome.UNKNOWN or any(one.unknown for one in walks)
    return ReportConsent(Consent.UNKNOWN if unsure else Consent.MISSING, destination, name)


def aligned_strictly(author: str, signer: str) -> bool:
    """Strict alignment (RFC 9989 section 4.4): the very same domain."""
    return author.rstrip(".").lower() == signer.rstrip(".").lower()


async def aligned_relaxed(author: str, signer: str, lookup: Lookup) -> bool | None:
    """Relaxed alignment: the same organisational domain. None when the DNS did not say."""
    if aligned_strictly(author, signer):
        return True
    walks = await walk(author, lookup), await walk(signer, lookup)
    if any(one.unknown for one in walks):
        return None
    return walks[0].organisation == walks[1].organisation
