"""One question to the user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], str]  # gives the value in its plain form, or raises ValueError with the reason
Put = Callable[[str], None]


def anything(text: str) -> str:
    """A check that takes every text, without blanks around it."""
    return text.strip()


@dataclass(frozen=True)
class Field:
    """A question. `value` is the answer so far, else what is proposed. `put` keeps a checked answer."""

    key: str
    label: str
    value: str
    help: str
    put: Put
    check: Check = anything
    choices: tuple[tuple[str, str], ...] = ()  # value and what is shown for it
    secret: bool = False
    found: str = ""  # what is used while the answer is empty
    may_be_empty: bool = True

    def fault(self, text: str) -> str:
        """Why `text` cannot be the answer, as a sentence; empty when it can."""
        if not text.strip():
            return "" if self.may_be_empty else f"{self.label} is needed to go on."
        try:
            self.check(text)
        except ValueError as error:
            return f'"{"***" if self.secret else text.strip()}" {error}'
        return ""

    def answer(self, text: str) -> None:
        """Keeps the answer. Raises ValueError when it has a fault."""
        if fault := self.fault(text):
            raise ValueError(fault)
        self.put(self.check(text) if text.strip() else "")
