"""`mailwizard sender add|check|remove|list`: the accounts that send mail."""

from __future__ import annotations

import argparse
import json

from mailwizard import streams
from mailwizard.commands.asking import (
    account_address,
    mail_address,
    password_given,
    password_typed,
    password_typed_twice,
)
from mailwizard.mta import accounts
from mailwizard.running import wait_for
from mailwizard.secret import Secret
from mailwizard.sitting import sitting


def run(args: argparse.Namespace) -> int:
    """0 when it is done, or the password is right."""
    if args.action == "list":
        return wait_for(lambda: _list(args))
    if args.action == "add":
        args.address = account_address(args.address)
        typed = password_typed_twice(args, args.address)
        return wait_for(lambda: _add(args, typed))
    args.address = mail_address(args.address).lower()
    if args.action == "remove":
        return wait_for(lambda: _remove(args))
    typed = password_typed(args, args.address)
    return wait_for(lambda: _check(args, typed))


async def _list(args: argparse.Namespace) -> int:
    async with sitting(args) as now:
        addresses = await accounts.listed(now.host, now.answers)
    lines = [json.dumps({"schema": 1, "senders": addresses})] if args.json else addresses
    for line in lines:
        print(line)
    return 0


async def _add(args: argparse.Namespace, typed: Secret | None) -> int:
    password = typed or await password_given(args, args.address)
    async with sitting(args, passwords={args.address: password}) as now, now.changing():
        await now.engine.make("senders", accounts.AddSender(args.address, password))
        answered = args.address in now.answers.senders
    print(f"{args.address} can send now; a login on port 465 was tried and works.")
    if not answered:
        streams.tell(
            f"Write it under `senders` in {args.answers} too: `mailwizard health` warns of accounts not there."
        )
    return 0


async def _check(args: argparse.Namespace, typed: Secret | None) -> int:
    password = typed or await password_given(args, args.address)
    async with sitting(args, passwords={args.address: password}) as now:
        await accounts.check(now.host, now.answers, args.address, password)
    print(f"The password of {args.address} is right: the login on port 465 succeeded.")
    return 0


async def _remove(args: argparse.Namespace) -> int:
    async with sitting(args) as now, now.changing():
        await now.engine.make("senders", await accounts.removal(now.host, args.address))
    print(f"{args.address} is removed.")
    return 0
