"""The step Test mail: a mail through port 465, followed to the receiver's answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.widget import Widget

from mailwizard import values
from mailwizard.errors import MailwizardError
from mailwizard.forms.field import Field
from mailwizard.secret import Secret

from .signs import folded
from .step import StepView
from .widgets.press import Press, row
from .widgets.question import Question
from .widgets.text import Text


class TestMail(StepView):
    """A mail to somebody, and what became of it."""

    step: ClassVar[str] = "test_mail"

    def fields(self) -> list[Field]:
        """From whom, to whom, and the sender's password; none of it is kept in a file."""
        senders = self.wizard.answers.senders
        self._mail: dict[str, str] = {}
        return [
            Field(
                "sender",
                "From",
                senders[0] if senders else "",
                "One of your senders.",
                lambda value: self._keep("sender", value),
                values.email,
                choices=tuple((sender, sender) for sender in senders),
                may_be_empty=False,
            ),
            Field(
                "recipient",
                "To",
                "",
                "A mailbox of yours at another provider, at Gmail for example.",
                lambda value: self._keep("recipient", value),
                values.email,
            ),
            Field(
                "mail_password",
                "Password of the sender",
                self._known_password(senders[0] if senders else ""),
                "The one it logs in with. It is used now, and kept nowhere.",
                lambda value: self._keep("password", value),
                secret=True,
            ),
        ]

    def _known_password(self, sender: str) -> str:
        known = self.wizard.passwords.get(sender) or self.wizard.services.senders.generated.get(sender)
        return known.reveal() if known else ""

    def _keep(self, name: str, value: str) -> None:
        self._mail[name] = value

    def extra(self) -> Iterable[Widget]:
        """The button that sends, and what became of the mail."""
        return (row(Press("Send the test mail", "send")), Text(id="delivery", classes="todo"))

    def press(self, what: str) -> None:
        """Send is this step's own button; the others are every step's."""
        if what != "send":
            super().press(what)
            return
        fault = self.take_answers() or self._missing()
        if fault:
            self._tell(fault)
        else:
            self._send()

    def _missing(self) -> str:
        for key, words in (("recipient", "Say to whom."), ("mail_password", "The sender's password is needed.")):
            if not self.query_one(f"#question_{key}", Question).text.strip():
                return words
        return ""

    @work(exclusive=True, group="send")
    async def _send(self) -> None:
        mail = self._mail
        work = self.begin_work()
        try:
            delivery = await self.wizard.send_test(
                mail["sender"], mail["recipient"], Secret(mail["password"]), work.note
            )
            said = delivery.sentence
        except MailwizardError as error:
            said = str(error)
        self.end_work()
        self._tell(said)
        self.query_one("#send").focus()
        self.post_message(self.Wished("look"))

    def _tell(self, sentence: str) -> None:
        self.query_one("#delivery", Text).show(folded(sentence, self.width - 4))
