"""What must hold before a mail program can be told anything, read out of the findings that there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailwizard.answers import Answers
from mailwizard.finding import Finding, Status
from mailwizard.programs.sheet import Sheet, domain_of, targets

STEPS = ("certificate", "mail_server", "records", "senders", "forwarding")  # whose findings are read
_CERTIFICATE = ("certificate.present", "certificate.names", "certificate.key", "certificate.expiry")
_PORTS = ("chasquid.service", "chasquid.port_465", "certificate.served")


def missing(findings: Iterable[Finding], answers: Answers, address: str, sheet: Sheet) -> list[str]:
    """A sentence for each thing that is missing, in the order of the steps; empty when all was seen to hold.

    What was asked without a usable answer is named as such, and what nobody looked at yet is not taken for good.
    """
    known = list(findings)
    found = [
        *_certificate(known, answers, sheet),
        *_server(known, answers),
        *_account(known, address),
    ]
    return [*found, *(_code(known, answers, address) if sheet.needs_code else [])]


def _certificate(known: Sequence[Finding], answers: Answers, sheet: Sheet) -> list[str]:
    where = "see the step Certificate"
    broken = _broken(known, _CERTIFICATE)
    if broken:
        return [f"The certificate is not good yet ({broken}), so {_who(sheet)} refuses the server: {where}."]
    if answers.certificate.authority == "letsencrypt_test" or answers.certificate.ca_bundle:
        return [f"The certificate is not of a public authority, so {_who(sheet)} refuses the server: {where}."]
    if answers.certificate.authority != "letsencrypt" and sheet.needs_code:
        return [f"Gmail takes the certificate only if {answers.certificate.authority} is a public authority."]
    return []


def _who(sheet: Sheet) -> str:
    return "Gmail" if sheet.program == "gmail" else "the program"


def _server(known: Sequence[Finding], answers: Answers) -> list[str]:
    name = answers.server.hostname
    said = []
    if broken := _broken(known, ("dns.a",)):
        said.append(f"{name} does not lead here yet ({broken}): see the step DNS records.")
    if broken := _broken(known, _PORTS):
        said.append(f"The mail server does not answer as it should ({broken}): see the step Mail server.")
    return said


def _account(known: Sequence[Finding], address: str) -> list[str]:
    one = [finding for finding in known if finding.subject == address]
    broken = _broken(one, ("senders.account",), also_warnings=True)
    return [f"{address} cannot log in yet ({broken}): see the step Senders."] if broken else []


def _code(known: Sequence[Finding], answers: Answers, address: str) -> list[str]:
    """The way that the code takes: MX, then a line of the aliases file; or a mailbox that stands elsewhere."""
    domain = domain_of(answers, address)
    one = [finding for finding in known if finding.subject == domain.name]
    aliases = next((finding for finding in one if finding.id == "forwarding.aliases"), None)
    if aliases is not None and aliases.status is Status.SKIPPED:
        return []  # another server receives for the domain, and gets the code
    ending = "so Gmail's code would never arrive"
    if not domain.receive:
        return [f"This server does not receive for {domain.name}, {ending}: see the step Forwarding."]
    said = []
    if broken := _broken(one, ("dns.mx",)):
        said.append(f"The MX record of {domain.name} is not good yet ({broken}), {ending}: see the step DNS records.")
    if broken := _broken(one, ("forwarding.aliases",)):
        said.append(f"Mail to {address} is not passed on yet ({broken}), {ending}: see the step Forwarding.")
    elif aliases is not None and aliases.status is Status.WARNING and not targets(answers, address):
        said.append(f"No line says where mail to {address} goes, {ending}: see the step Forwarding.")
    return said


def _broken(known: Sequence[Finding], ids: Sequence[str], *, also_warnings: bool = False) -> str:
    """Why not all of `ids` hold, in a few words; empty when all were seen to."""
    bad = (Status.FAILED, Status.UNKNOWN, *((Status.WARNING,) if also_warnings else ()))
    for id in ids:
        findings = [finding for finding in known if finding.id == id]
        if not findings:
            return "not looked at yet"
        for finding in findings:
            if finding.status in bad or (finding.status is Status.SKIPPED and finding.id != "dns.mx"):
                why = finding.found[0] if finding.found else finding.cause.replace("_", " ") or "it is missing"
                return f"cannot tell: {why}" if finding.status is Status.UNKNOWN else why
    return ""
