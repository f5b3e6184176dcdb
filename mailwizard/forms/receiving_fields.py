"""Whether this server receives for a domain, and where its mail goes on to."""

from __future__ import annotations

from collections.abc import Sequence

from mailwizard import values
from mailwizard.answers import Domain
from mailwizard.forms.field import Field
from mailwizard.forms.writing import YES_NO, domain_switch, yes
from mailwizard.mta.roles import follows, roles_here
from mailwizard.text import listed
from mailwizard.wizard import Wizard


def fields(wizard: Wizard) -> list[Field]:
    """Domain by domain: receive or not, then a target for all mail, for each sender's, and for reports and the like."""
    found: list[Field] = []
    roles = roles_here(wizard.answers)
    for number, domain in enumerate(wizard.answers.domains):
        found.append(_receive(wizard, number, domain))
        if domain.receive:
            found += [_target(wizard, number, domain, local) for local in ("*", *domain.senders)]
            found += _reports(
                wizard, number, domain, [role for role in roles[domain.name] if role not in domain.senders]
            )
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
        lambda value: _put(wizard, number, [local], value),
        values.emails,
    )


def _reports(wizard: Wizard, number: int, domain: Domain, roles: Sequence[str]) -> list[Field]:
    """One question for all the addresses that must arrive, though nobody reads them daily."""
    if not roles:
        return []
    answers = wizard.answers
    ours = [one.name for one in answers.domains]
    found = domain.forward.get("*", "") or ", ".join(follows(domain, answers.certificate.email, ours).targets)
    before = domain.forward.get(roles[0], "")
    alike = [role for role in roles if domain.forward.get(role, before) == before]
    return [
        Field(
            f"forward_{number}_reports",
            "Reports, postmaster",
            before,
            f"Who gets mail to {listed(roles)}, which must arrive.",
            lambda value: _put(wizard, number, alike, value),
            values.emails,
            found=found,
        )
    ]


def _put(wizard: Wizard, number: int, names: Sequence[str], value: str) -> None:
    """The same target for each of them; what has another one already was left out of `names`."""
    forward = dict(wizard.answers.domains[number].forward)
    for local in names:
        if value:
            forward[local] = value
        else:
            forward.pop(local, None)
    wizard.draft.set_domain(number, "forward", forward or None)
