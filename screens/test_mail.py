"""The step Test mail: a mail through port 465, followed to the receiver's answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from mailwizard import values
from mailwizard.errors import MailwizardError
from mailwizard.forms.field import Field
from mailwizard.secret import Secret
from mailwizard.text import printable

from .step import StepView
from .widgets.question import Question


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
        with_button = Horizontal(Button("Send the test mail", id="send", compact=True), classes="buttons")
        return (with_button, Static(id="delivery"))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Send is this step's own button; the others are every step's."""
        if event.button.id != "send":
            super().on_button_pressed(event)
            return
        event.stop()
        fault = self.take_answers() or self._missing()
        if fault:
            self._tell(fault)
        else:
            self.run_worker(self._send(), exclusive=True, group="send")

    def _missing(self) -> str:
        for key, words in (("recipient", "Say to whom."), ("mail_password", "The sender's password is needed.")):
            if not self.query_one(f"#question_{key}", Question).text.strip():
                return words
        return ""

    async def _send(self) -> None:
        mail = self._mail
        pane = self.begin_log()
        self._tell("Sending ...")
        try:
            delivery = await self.wizard.send_test(
                mail["sender"], mail["recipient"], Secret(mail["password"]), pane.add
            )
        except MailwizardError as error:
            self._tell(str(error))
            return
        self._tell(delivery.sentence)
        self.action_look()

    def _tell(self, sentence: str) -> None:
        self.query_one("#delivery", Static).update(Content(printable(sentence)))
