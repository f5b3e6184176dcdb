"""`mailwizard sender add|check|remove|list`: the accounts that send mail."""

from __future__ import annotations

import argparse
import json

from mailwizard.commands.asking import password_for
from mailwizard.errors import UsageError
from mailwizard.mta import accounts
from mailwizard.running import wait_for
from mailwizard.secret import Secret
from mailwizard.sitting import sitting
from mailwizard.values import email_fault


def run(args: argparse.Namespace) -> int:
    """0 when it is done, or the password is right."""
    if args.action == "list":
        return wait_for(lambda: _list(args))
    args.address = args.address.lower()
    if fault := email_fault(args.address):
        raise UsageError(f'"{args.address}" {fault}')
    if args.action == "remove":
        return wait_for(lambda: _remove(args))
    password = password_for(args.passwords, args.address, new=args.action == "add")
    return wait_for(lambda: (_add if args.action == "add" else _check)(args, password))


async def _list(args: argparse.Namespace) -> int:
    async with sitting(args) as now:
        addresses = await accounts.listed(now.host, now.answers)
    print(json.dumps({"schema": 1, "senders": addresses}) if args.json else "\n".join(addresses))
    return 0


async def _add(args: argparse.Namespace, password: Secret) -> int:
    async with sitting(args, passwords={args.address: password}) as now, now.changing():
        await accounts.add(now.host, args.address, password, _report)
    print(f"{args.address} can send now; a login on port 465 was tried and works.")
    return 0


async def _check(args: argparse.Namespace, password: Secret) -> int:
    async with sitting(args, passwords={args.address: password}) as now:
        await accounts.check(now.host, now.answers, args.address, password)
    print(f"The password of {args.address} is right: the login on port 465 succeeded.")
    return 0


async def _remove(args: argparse.Namespace) -> int:
    async with sitting(args) as now, now.changing():
        await accounts.remove(now.host, args.address, _report)
    print(f"{args.address} is removed.")
    return 0


def _report(line: str) -> None:
    """What the change's command prints goes to the log alone."""
