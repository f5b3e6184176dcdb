"""Text out of the terminal: by OSC 52 where it is taken, and on a plain page where the mouse marks it."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from mailwizard.text import one_line, printable

from .signs import cut
from .thrift import ThriftyApp

if TYPE_CHECKING:
    from textual.app import App


def osc52(text: str) -> str:
    """What asks the terminal to take `text` in its clipboard; tmux and screen hand it on in an envelope."""
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
    term = os.environ.get("TERM", "")
    if "TMUX" in os.environ or term.startswith("tmux"):
        inner = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{inner}\x1b\\"  # tmux takes the first with set-clipboard, the second with passthrough
    if "STY" in os.environ or term.startswith("screen"):
        return _in_screen(plain)
    return plain


def _in_screen(sequence: str) -> str:
    """screen(1) hands on what is in a DCS, of which it takes some 700 bytes at a time."""
    parts = (sequence[at : at + 500] for at in range(0, len(sequence), 500))
    return "".join(f"\x1bP{part}\x1b\\" for part in parts)


def copied(what: str) -> str:
    """What to say after copying; whether the terminal took it cannot be known."""
    return f"Sent to your clipboard: {cut(one_line(what), 23)}  (not there? p: plain page)"


def show_plainly(app: App[int], text: str) -> str:
    """Shows `text` outside the screens, until Enter. Returns what to say, when it could not."""
    try:
        with app.suspend():
            print(f"\n{printable(text)}\n\nMark it with the mouse; Enter takes you back.", flush=True)
            _wait()
    except SuspendNotSupported:
        return "This terminal has no plain page."
    finally:
        if isinstance(app, ThriftyApp):
            app.forget_terminal()
        app.refresh(layout=True)
    return ""


def _wait() -> None:
    try:
        input()
    except EOFError:
        return  # the terminal is gone; the hang-up ends the program
