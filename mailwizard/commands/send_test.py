"""`mailwizard send-test FROM TO`: a mail through port 465, followed to the receiver's answer."""

from __future__ import annotations

import argparse

from mailwizard import streams
from mailwizard.commands.asking import mail_address, password_given, password_typed
from mailwizard.mta.sending import State, send_test
from mailwizard.running import wait_for
from mailwizard.secret import Secret
from mailwizard.sitting import sitting
from mailwizard.text import printable


def run(args: argparse.Namespace) -> int:
    """0 the receiver took it, 3 it is still on its way, 1 it was refused."""
    args.sender, args.recipient = mail_address(args.sender).lower(), mail_address(args.recipient)
    typed = password_typed(args, args.sender)
    return wait_for(lambda: _send(args, typed))


async def _send(args: argparse.Namespace, typed: Secret | None) -> int:
    password = typed or await password_given(args, args.sender)
    async with sitting(args, passwords={args.sender: password}) as now:
        delivery = await send_test(now.host, now.answers, args.sender, args.recipient, password, _tell)
    print(printable(delivery.sentence))
    return {State.SENT: 0, State.FAILED: 1}.get(delivery.state, 3)


def _tell(line: str) -> None:
    streams.tell(printable(line))
