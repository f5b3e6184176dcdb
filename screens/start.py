"""Starts the screens: how the terminal is treated is settled before Textual is imported, for it reads it then."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from contextlib import AsyncExitStack

_SETTINGS = {
    "TEXTUAL_ANIMATIONS": "none",  # nothing moves unless something happened
    "TEXTUAL_FPS": "15",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_THEME": "ansi-dark",  # the user's own colours; with NO_COLOR it must be chosen before the app is made
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
}


def run(args: argparse.Namespace) -> int:
    """Shows the wizard, or the health view, and returns the exit code. Raises what stood in the way of opening it."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from mailwizard import streams
    from mailwizard.opening import opening
    from mailwizard.text import printable

    from .app import MailwizardApp

    async with AsyncExitStack() as stack:
        notice = "demo: nothing here is real" if args.command == "demo" else ""
        app = MailwizardApp(await opening(args, stack), health=args.command == "health", notice=notice)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, app.leave, 128 + signal.SIGTERM)
        loop.add_signal_handler(signal.SIGHUP, app.hang_up, 128 + signal.SIGHUP)
        # the mouse stays the terminal's own, so that text can be selected and copied
        await app.run_async(mouse=False)
        if app.refusal:
            raise app.refusal
        if app.farewell:
            streams.tell(printable(app.farewell))
        return app.return_code or 0
