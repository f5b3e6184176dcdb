"""Opens a wizard: on a machine, or on one that is imagined."""

from __future__ import annotations

import argparse
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from mailwizard.answers import Answers
from mailwizard.errors import BusyError, FileUnreadable
from mailwizard.secret import Secret
from mailwizard.text import sentence

if TYPE_CHECKING:
    from mailwizard.host.protocol import Host
    from mailwizard.services import Services
    from mailwizard.wizard import Wizard


async def opening(args: argparse.Namespace, stack: AsyncExitStack) -> Callable[[], Awaitable[Wizard]]:
    """What opens the wizard on the machine that the command line names; what it holds is let go of when `stack` ends.

    Another machine is reached at once: a login may ask, on a terminal that the screens have later. Raises Unreachable.
    """
    if args.command == "demo":
        from mailwizard.demo.opening import opened

        return partial(opened, stack)
    return partial(_opened, args, stack, await _reached(args, stack) if args.host else None)


async def _reached(args: argparse.Namespace, stack: AsyncExitStack) -> Host:
    from mailwizard.sitting import reached

    return await stack.enter_async_context(reached(args))


async def _opened(args: argparse.Namespace, stack: AsyncExitStack, there: Host | None) -> Wizard:
    """Where the machine may not be changed (no root, another one runs) the wizard only looks, and says why."""
    from mailwizard.acme.credentials import kept_credentials
    from mailwizard.dns.dns import Dns
    from mailwizard.draft import Draft
    from mailwizard.wizard import Wizard

    host = there or await _reached(args, stack)
    draft = await Draft.load(host, args.answers)
    dns = await stack.enter_async_context(Dns(draft.answers().dns.resolvers))

    def make(answers: Answers, credentials: Mapping[str, Secret], passwords: Mapping[str, Secret]) -> Services:
        from mailwizard.services import Services

        return Services(dns, credentials, passwords)

    kept = (await kept_credentials(host)).variables or {}
    wizard = Wizard(host, draft, make, dns.forget, credentials=dict(kept))
    if args.command != "health":
        await _take(wizard, stack)
    return wizard


async def _take(wizard: Wizard, stack: AsyncExitStack) -> None:
    if not wizard.host.is_root:
        why = f"You are not root: mailwizard can look, and change nothing. {sentence(wizard.host.way_to_root)}"
        wizard.read_only_because = why
        return
    try:
        stack.push_async_callback(await wizard.lock())
    except (BusyError, FileUnreadable) as error:
        wizard.read_only_because = str(error)


def signs_are_ascii() -> bool:
    """True when the terminal's locale has no UTF-8, so that only ASCII can be shown."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return not locale.upper().replace("-", "").endswith("UTF8")
