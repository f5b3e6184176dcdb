"""What a domain may publish so that mail programs find the server by themselves. Nobody has to; judged where it stands.

SRV records: RFC 6186 section 3.1 and RFC 8314 section 5.1. Autoconfig: Thunderbird's file config-v1.1.xml.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from xml.sax.saxutils import escape

from mailwizard.answers import Answers, Domain
from mailwizard.dns.answer import Lookup, Outcome
from mailwizard.dns.wanted_record import Wanted
from mailwizard.finding import Finding, Status
from mailwizard.programs.sheet import SUBMISSION, SUBMISSIONS, targets

_SERVICES = (("_submissions._tcp", SUBMISSIONS), ("_submission._tcp", SUBMISSION))
_IMAP = {  # mailboxes that people pass their mail on to: the server of the mailbox, and how one logs in there
    "gmail.com": ("imap.gmail.com", "OAuth2"),
    "googlemail.com": ("imap.gmail.com", "OAuth2"),
    "outlook.com": ("outlook.office365.com", "OAuth2"),
    "hotmail.com": ("outlook.office365.com", "OAuth2"),
    "fastmail.com": ("imap.fastmail.com", "password-cleartext"),
    "icloud.com": ("imap.mail.me.com", "password-cleartext"),
}


def optional_records(answers: Answers, domain: Domain) -> tuple[Wanted, ...]:
    """The SRV records of a domain, the better service first."""
    host = answers.server.hostname
    return tuple(
        Wanted(f"{service}.{domain.name}", "SRV", f"{priority} 1 {port} {host}", "srv")
        for priority, (service, port) in enumerate(_SERVICES)
    )


async def optional_findings(lookup: Lookup, answers: Answers, domain: Domain) -> list[Finding]:
    """A finding `dns.srv` for each of them: skipped where there is none, as none has to be."""
    return list(await asyncio.gather(*(_judged(lookup, one) for one in optional_records(answers, domain))))


async def _judged(lookup: Lookup, record: Wanted) -> Finding:
    answer = await lookup(record.name, record.type)
    about = Finding(
        "dns.srv", Status.OK, "SRV record", record.name, record.value, tuple(answer.values), source=answer.server
    )
    if answer.outcome is Outcome.UNKNOWN:
        return replace(about, status=Status.UNKNOWN, found=(answer.why,), cause="no_answer")
    if not answer.values:
        return replace(about, status=Status.SKIPPED, found=("not published",))
    strange = [value for value in answer.values if _port_and_host(value) != _port_and_host(record.value)]
    if not strange:
        return about
    fix = f"Mail programs that ask for it are led elsewhere. Make it SRV {record.value}, or delete it."
    return replace(about, status=Status.WARNING, cause="other_value", fix=fix)


def _port_and_host(value: str) -> Sequence[str]:
    """What matters of "0 1 465 mail.example.com": not its priority and weight, which the owner may choose."""
    return value.lower().split(" ")[2:]


def mailbox_of(answers: Answers, domain: Domain) -> str:
    """The one mailbox that all mail to the domain's senders goes on to; empty when there is none or more than one."""
    found = {target for address in domain.addresses for target in targets(answers, address)}
    return found.pop() if len(found) == 1 else ""


def autoconfig_places(domain: Domain) -> tuple[str, str]:
    """The two addresses at which Thunderbird looks for the file; either is enough."""
    name = domain.name
    return (
        f"https://autoconfig.{name}/mail/config-v1.1.xml",
        f"https://{name}/.well-known/autoconfig/mail/config-v1.1.xml",
    )


def autoconfig_xml(answers: Answers, domain: Domain) -> str:
    """The file. Thunderbird refuses one without an incoming server, and this server is none: the one of the mailbox
    that the domain's mail goes on to is entered where it is known, and else left to be filled in."""
    name, host = escape(domain.name), escape(answers.server.hostname)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="{name}">
    <domain>{name}</domain>
    <displayName>{name}</displayName>
{_incoming(mailbox_of(answers, domain))}
    <outgoingServer type="smtp">
      <hostname>{host}</hostname>
      <port>{SUBMISSIONS}</port>
      <socketType>SSL</socketType>
      <username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication>
    </outgoingServer>
  </emailProvider>
</clientConfig>
"""


def _incoming(mailbox: str) -> str:
    server, login = _IMAP.get(mailbox.rpartition("@")[2], ("", ""))
    if not server:
        return (
            "    <!-- Put the incomingServer of your mailbox here: without one Thunderbird does not take this file. -->"
        )
    return f"""    <incomingServer type="imap">
      <hostname>{server}</hostname>
      <port>993</port>
      <socketType>SSL</socketType>
      <username>{escape(mailbox)}</username>
      <authentication>{login}</authentication>
    </incomingServer>"""


def page(answers: Answers, domain: Domain, findings: Sequence[Finding]) -> str:
    """All of it to read and to copy: what may be published, how it stands, the file, and what to think of it."""
    from mailwizard.publishing.forms import zone_text

    records = optional_records(answers, domain)
    stand = [f"  {finding.subject}: {finding.fix or '; '.join(finding.found)}" for finding in findings]
    public = mailbox_of(answers, domain)
    warning = f"Whoever knows the address can then read in it that your mail goes to {public}." if public else ""
    return "\n".join(
        (
            "Nobody has to publish these. Programs that ask for them find this server by themselves; Gmail does not.",
            "",
            "SRV records, as a zone file has them:",
            "",
            zone_text(records),
            "",
            "How they stand now:",
            *(stand or ["  not asked yet"]),
            "",
            "A file for Thunderbird, on a web server of yours, at either of",
            *(f"  {place}" for place in autoconfig_places(domain)),
            *([warning] if warning else []),
            "",
            autoconfig_xml(answers, domain),
        )
    )
