"""Whether mail to postmaster, abuse and the promised report addresses arrives: facts in, a finding out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailwizard.dns.answer import Answer, Outcome
from mailwizard.finding import Finding, Status
from mailwizard.mta.aliases import ends, parse_aliases
from mailwizard.text import listed, one_line

EXPECTED = "mail to postmaster and abuse (RFC 5321, RFC 2142) and to the addresses that the records promise arrives"


@dataclass(frozen=True)
class Fate:
    """What becomes of mail to `address`: OK, WARNING (it bounces) or UNKNOWN, why, and who promised the address.

    `fix` is empty when the step's changes mend it.
    """

    address: str
    status: Status
    why: str
    by: str = ""
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.address}{f' ({self.by})' if self.by else ''}: {self.why}"


def taken_here(address: str, text: str, after: str, users: Sequence[str]) -> Fate:
    """The fate by the aliases file: `text` as it is, `after` as it is to be. Raises BrokenFile."""
    local, _, domain = address.lower().rpartition("@")
    now, then = (ends(parse_aliases(one, domain), domain, users, local) for one in (text, after))
    if now:
        return Fate(address, Status.OK, f"goes to {listed(now)}")
    say = f'Say where mail for {local} goes: `forward = {{ {_key(local)} = "you@..." }}` of {domain} in your answers'
    fix = "" if then else f"{say}, or the step Forwarding."
    return Fate(address, Status.WARNING, "bounces: no line says where it goes", fix=fix)


def _key(local: str) -> str:
    """A key of TOML; a bare one has no dot."""
    bare = local.partition("+")[0]
    return f'"{bare}"' if "." in bare else bare


def taken_elsewhere(address: str, mx: Answer) -> Fate:
    """The fate by the MX records of the address's domain; whether that server knows the address only it can tell."""
    domain = address.rpartition("@")[2]
    hosts = [value.partition(" ")[2].rstrip(".") for value in mx.values]
    if mx.outcome is Outcome.UNKNOWN:
        return Fate(address, Status.UNKNOWN, f"the MX records of {domain} cannot be told: {mx.why}")
    if any(hosts):
        return Fate(address, Status.OK, f"{listed([host for host in hosts if host][:3])} takes mail for {domain}")
    why = f"{domain} takes no mail (null MX, RFC 7505)" if hosts else f"{domain} has no MX record"
    fix = f"Use an address of a domain that receives, or let this server receive for {domain} (`receive = true`)."
    return Fate(address, Status.WARNING, f"bounces: {why}", fix=fix)


def judge_reports(domain: str, source: str, fates: Sequence[Fate], unknown: Sequence[str]) -> Finding:
    """The finding `forwarding.reports`. `unknown`: the records whose promises could not be read."""
    finding = Finding("forwarding.reports", Status.OK, "Report addresses", domain, EXPECTED, source=source)
    order = sorted(fates, key=lambda fate: -fate.status.weight)
    status = order[0].status if order else Status.OK
    if unknown and status is Status.OK:
        status = Status.UNKNOWN
    found = (*map(str, order), *(f"not known whether reports are promised: {why}" for why in unknown))
    fixes = dict.fromkeys(fate.fix for fate in order if fate.fix)
    return replace(
        finding,
        status=status,
        found=tuple(map(one_line, found)),
        cause="address_bounces" if status is Status.WARNING else "",
        fix=" ".join(fixes),
    )
