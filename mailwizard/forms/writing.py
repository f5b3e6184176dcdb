"""How an answer is put in the draft: texts, lists, switches, and keys of a domain."""

from __future__ import annotations

from collections.abc import Sequence

from mailwizard.forms.field import Check, Put
from mailwizard.wizard import Wizard

YES_NO = (("no", "no"), ("yes", "yes"))


def text(wizard: Wizard, *place: str) -> Put:
    """Puts a text at `place`; an empty one takes the key away."""
    return lambda value: wizard.draft.set(place, value or None)


def switch(wizard: Wizard, *place: str) -> Put:
    """Puts true for "yes"."""
    return lambda value: wizard.draft.set(place, value == "yes")


def words(wizard: Wizard, *place: str) -> Put:
    """Puts a list of the words between commas."""
    return lambda value: wizard.draft.set(place, split(value))


def domain_text(wizard: Wizard, number: int, *place: str) -> Put:
    """Puts a text in the domain `number`; an empty one takes the key away."""
    return lambda value: wizard.draft.set_domain(number, place, value or None)


def domain_words(wizard: Wizard, number: int, *place: str) -> Put:
    """Puts a list of the words between commas in the domain `number`."""
    return lambda value: wizard.draft.set_domain(number, place, split(value))


def domain_switch(wizard: Wizard, number: int, *place: str) -> Put:
    """Puts true for "yes" in the domain `number`."""
    return lambda value: wizard.draft.set_domain(number, place, value == "yes")


def each(check: Check) -> Check:
    """A check for a list: every word between commas by itself."""
    return lambda value: ", ".join(check(word) for word in split(value))


def split(value: str) -> list[str]:
    """The words between commas and blanks, without doubles."""
    return list(dict.fromkeys(value.replace(",", " ").split()))


def joined(found: Sequence[str]) -> str:
    """A list as its field shows it."""
    return ", ".join(found)


def yes(value: bool) -> str:
    """A switch as its field shows it."""
    return "yes" if value else "no"
