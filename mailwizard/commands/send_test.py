"""`mailwizard send-test FROM TO`: a mail through port 465, followed to the receiver's answer."""

from __future__ import annotations

import argparse
import sys

from mailwizard.commands.asking import password_for
from mailwizard.errors import UsageError
from mailwizard.mta.sending import State, send_test
from mailwizard.running import wait_for
from mailwizard.secret import Secret
from mailwizard.sitting import sitting
from mailwizard.text import printable
from mailwizard.values import email_fault


def run(args: argparse.Namespace) -> int:
    """0 the receiver took it, 3 it is still on its way, 1 it was refused."""
    for address in (args.sender, args.recipient):
        if fault := email_fault(address):
            raise UsageError(f'"{address}" {fault}')
    password = password_for(args.passwords, args.sender)
    return wait_for(lambda: _send(args, password))


async def _send(args: argparse.Namespace, password: Secret) -> int:
    async with sitting(args, passwords={args.sender: password}) as now:
        delivery = await send_test(now.host, now.answers, args.sender, args.recipient, password, _tell)
    print(printable(delivery.sentence))
    return {State.SENT: 0, State.FAILED: 1}.get(delivery.state, 3)


def _tell(line: str) -> None:
    print(printable(line), file=sys.stderr, flush=True)
