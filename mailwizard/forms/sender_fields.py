"""The accounts that send, and their passwords. A password goes to the mail server alone, in no file of answers."""

from __future__ import annotations

from mailwizard import values
from mailwizard.answers import Domain
from mailwizard.forms.field import Field
from mailwizard.forms.writing import domain_words, each, joined
from mailwizard.secret import Secret
from mailwizard.wizard import Wizard


def fields(wizard: Wizard) -> list[Field]:
    """Who sends, domain by domain, then a password for each."""
    found = [_senders(wizard, number, domain) for number, domain in enumerate(wizard.answers.domains)]
    return [*found, *(_password(wizard, address) for address in wizard.answers.senders)]


def _senders(wizard: Wizard, number: int, domain: Domain) -> Field:
    return Field(
        f"senders_{number}",
        f"Senders @{domain.name}",
        joined(domain.senders),
        "What stands before the @ of each address that sends. Several: with commas.",
        domain_words(wizard, number, "senders"),
        each(values.local_part),
    )


def _password(wizard: Wizard, address: str) -> Field:
    known = wizard.passwords.get(address)
    return Field(
        f"password_{address.replace('@', '_at_').replace('.', '_').replace('+', '_plus_')}",
        f"Password of {address}",
        known.reveal() if known else "",
        "For a new account, or a new password. Empty: a new account gets one that is shown once.",
        lambda value: _put(wizard, address, value),
        secret=True,
    )


def _put(wizard: Wizard, address: str, value: str) -> None:
    if value:
        wizard.passwords[address] = Secret(value)
    else:
        wizard.passwords.pop(address, None)
