"""Whether this server receives for a domain, and where its mail goes on to."""

from __future__ import annotations

from mailwizard import values
from mailwizard.answers import Domain
from mailwizard.forms.field import Field
from mailwizard.forms.writing import YES_NO, domain_switch, yes
from mailwizard.wizard import Wizard


def fields(wizard: Wizard) -> list[Field]:
    """Domain by domain: receive or not, then a target for all mail and for each sender's."""
    found: list[Field] = []
    for number, domain in enumerate(wizard.answers.domains):
        found.append(_receive(wizard, number, domain))
        if domain.receive:
            found += [_target(wizard, number, domain, local) for local in ("*", *domain.senders)]
    return found


def _receive(wizard: Wizard, number: int, domain: Domain) -> Field:
    return Field(
        f"receive_{number}",
        f"Receive for {domain.name}",
        yes(domain.receive),
        "yes: an MX record to this server, and mail goes on to the addresses below. no: if you have a mailbox.",
        domain_switch(wizard, number, "receive"),
        choices=YES_NO,
    )


def _target(wizard: Wizard, number: int, domain: Domain, local: str) -> Field:
    key = "all" if local == "*" else local.replace(".", "_").replace("+", "_plus_")
    return Field(
        f"forward_{number}_{key}",
        f"{local}@{domain.name}" if local != "*" else f"all else @{domain.name}",
        domain.forward.get(local, ""),
        "The address that gets this mail, for example at Gmail. All else brings spam as well.",
        lambda value: _put(wizard, number, local, value),
        values.emails,
    )


def _put(wizard: Wizard, number: int, local: str, value: str) -> None:
    forward = dict(wizard.answers.domains[number].forward)
    if value:
        forward[local] = value
    else:
        forward.pop(local, None)
    wizard.draft.set_domain(number, "forward", forward or None)
