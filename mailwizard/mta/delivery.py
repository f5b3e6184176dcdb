"""What became of a message: the answer that its receiver gave, in words for the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mailwizard.mta.mail_log import Event, Kind, meaning


class State(str, Enum):
    """`UNKNOWN`: the message left, and its fate could not be read from the log."""

    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Delivery:
    """How a message fared. `answer` is the receiver's (or the server's) text; `seconds` since it was handed over."""

    state: State
    sender: str
    recipient: str
    answer: str = ""
    queue_id: str = ""
    seconds: float = 0
    next_try: str = ""  # "1m52s"
    message_id: str = ""

    @property
    def sentence(self) -> str:
        """What to tell the user."""
        if self.state is State.SENT:
            return (
                f"The mail server of {self.recipient} took the message after {self.seconds:.0f} s (queue id "
                f"{self.queue_id}). Open it in the mailbox; look in the spam folder as well."
            )
        if self.state is State.FAILED:
            return f"The message to {self.recipient} was refused: {self.answer}. {meaning(self.answer).advice}"
        if self.state is State.DEFERRED:
            again = f" chasquid tries again in {self.next_try}." if self.next_try else ""
            return f"Not delivered yet: {self.answer}. {meaning(self.answer).advice}{again}"
        return f"The server took the message, but what became of it cannot be told: {self.answer}."


def queued(events: Sequence[Event], sender: str, recipient: str) -> str:
    """The queue id of the first message from `sender` to `recipient` among the events; empty when there is none."""
    for event in events:
        told = {address.lower() for address in event.recipients}
        if event.kind is Kind.QUEUED and event.sender.lower() == sender.lower() and recipient.lower() in told:
            return event.id
    return ""


def settled(events: Sequence[Event], queue_id: str) -> tuple[State, str, str] | None:
    """State, answer and time of the next try of a message, as far as the log tells; None while it is being tried.

    One refusal among several recipients counts as failed; so does a message that chasquid has given up.
    """
    last = {event.kind: event for event in events if event.id == queue_id}
    if Kind.DONE in last:
        refusal = last.get(Kind.FAILED) or (None if Kind.SENT in last else last.get(Kind.DEFERRED))
        if refusal:
            return State.FAILED, refusal.text, ""
        return (State.SENT, "", "") if Kind.SENT in last else (State.UNKNOWN, "the log does not say", "")
    if Kind.WAITING in last:
        why = last.get(Kind.DEFERRED, last[Kind.WAITING])
        return State.DEFERRED, why.text, last[Kind.WAITING].text
    return None
