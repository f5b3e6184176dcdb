"""Every screen in every state, and every page that lies over them, beside what it was before.

`MAILWIZARD_SNAPSHOTS=write` keeps it as now. A difference is told in text, and drawn as SVG before and now.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from textual.pilot import Pilot

from mailwizard.demo.opening import wizard_in
from mailwizard.demo.world import World
from mailwizard.host.protocol import Ran
from mailwizard.standing import Step
from mailwizard.wizard import Wizard
from screens.app import MailwizardApp
from screens.beginning import Beginning
from screens.widgets.log_pane import ROWS, LogPane
from tests.screens.imagined import app_on, settled
from tests.screens.pictures import KEPT, MODES, Picture, draw, joined, kept, taken
from tests.screens.story import Story, masked, story

WRITE = os.environ.get("MAILWIZARD_SNAPSHOTS") == "write"
SIZES = [(80, 24), (120, 40)]
WHOLE = ("addresses", "records")  # as Textual's own SVG too

Pictures = dict[str, dict[str, Picture]]  # of each screen, in each state


def compared(path: Path, text: str) -> list[str]:
    """How `text` differs from the file; nothing when it does not, or when it was written just now."""
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    before = path.read_text() if path.exists() else ""
    return list(difflib.unified_diff(before.splitlines(), text.splitlines(), str(path), "now", lineterm=""))


def differences(pictures: Pictures, size: tuple[int, int], drawn: Path) -> Iterator[str]:
    """What differs from what is kept, line by line; the pictures of both are drawn in the folder `drawn`."""
    folder = KEPT / f"{size[0]}x{size[1]}"
    for screen, states in pictures.items():
        before = kept(folder, screen)
        styles = {f"{state}, {mode}": picture.styles[mode] for state, picture in states.items() for mode in MODES}
        found = compared(folder / f"{screen}.txt", joined({state: picture.text for state, picture in states.items()}))
        found += compared(folder / f"{screen}.styles", joined(styles))
        if found:
            draw(before, drawn / "before", screen, size)
            draw(states, drawn / "now", screen, size)
            yield from (*found, f"Both are drawn in {drawn}.")


async def add(now: Story, state: str, into: Pictures) -> None:
    """Every screen as it is now, with colour and without."""
    for name in ("welcome", *now.standings, "summary"):
        await now.open(name)
        into.setdefault(name, {})[state] = now.picture
    await now.press("h")
    into.setdefault("health", {})[state] = now.picture
    await now.press("escape")


async def first_pictures(size: tuple[int, int]) -> dict[str, Picture]:
    """What is painted before there is a wizard, and the welcome as long as nothing was seen; both are held there."""
    wizard, loaded = wizard_in(World(pace=0)), asyncio.Event()
    looking, looked = asyncio.Event(), asyncio.Event()

    async def opening() -> Wizard:
        await loaded.wait()
        return wizard

    async def look_at_all(seen: Callable[[Step], None]) -> int:
        looking.set()
        await looked.wait()
        return await Wizard.look_at_all(wizard, seen)

    app = MailwizardApp(opening, notice=wizard.notice)
    with patch.object(wizard, "look_at_all", look_at_all):
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: isinstance(app.screen, Beginning))
            beginning = taken(app)
            loaded.set()
            await asyncio.wait_for(looking.wait(), 10)
            await until(pilot, lambda: bool(app.screen.query("#welcome")))
            welcome = taken(app)
            looked.set()
            await settled(pilot)
    return {"before anything is loaded": beginning, "before anything was looked at": welcome}


async def at_work(now: Story, step: str, last: str, *command: str) -> Picture:
    """A step whose changes are being made, held before it runs `command`, its live log drawn to the line that begins
    with `last`; then they are made."""
    host, there, on = now.wizard.host, asyncio.Event(), asyncio.Event()
    run = host.run

    async def held(argv: Sequence[str], **others: Any) -> Ran:
        if tuple(argv) == command:
            there.set()
            await on.wait()
        return await run(argv, **others)

    await now.open(step)
    with patch.object(host, "run", held):
        await now.pilot.press("a")
        await asyncio.wait_for(there.wait(), 10)
        log = now.app.screen.query_one(LogPane)
        await until(now.pilot, lambda: log.shown.strip().split("\n")[-1].strip().startswith(last))
        assert len(log.shown.splitlines()) == ROWS
        picture = now.picture
        on.set()
        await settled(now.pilot)
    return picture


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Returns when this holds, and is drawn."""
    for _ in range(200):
        if holds():
            break
        await pilot.pause(0.05)
    assert holds()
    await pilot.pause()


async def over(now: Story, step: str, part: str, *keys: str) -> Picture:
    """The page that opens over a step by these keys, from one of its parts; it is left again."""
    await now.open(step)
    if part:
        now.app.screen.query_one(part).focus()
    await now.press(*keys)
    picture = now.picture
    while len(now.app.screen_stack) > 2:
        await now.press("escape")
    return picture


async def pages(now: Story) -> dict[str, Picture]:
    """Each page that lies over a screen, when the server is partly done."""
    return {
        "help": await over(now, "records", "", "f1"),
        "keys": await over(now, "records", "", "question_mark"),
        "log": await over(now, "server", "", "l"),
        "what was found": await over(now, "addresses", "#found", "enter"),
        "what would change": await over(now, "mail_server", "#changes", "enter"),
        "hoster": await over(now, "reverse_dns", "#found", "t"),
        "record": await over(now, "records", "#records", "down", "enter"),
        "copied": await over(now, "records", "#records", "down", "enter", "c"),
        "search": await over(now, "certificate", "#dns_plugin", "enter", *"route"),
        "health, a row": await over(now, "welcome", "", "h", "enter"),
        "health, filtered": await over(now, "welcome", "", "h", "slash", *"ipv6"),
        "mail programs": await watching(now, "welcome", "I look twice a second.", "g"),
        "records for mail programs": await watching(now, "welcome", "For mail programs that ask", "g", "o"),
        "mail server's log": await watching(now, "welcome", "Nothing was logged yet.", "j"),
        "mail from outside": await watching(now, "forwarding", "I look twice a second.", "w"),
    }


async def watching(now: Story, step: str, words: str, *keys: str) -> Picture:
    """A page that is at work as long as it is open, when it shows these words."""
    await now.open(step)
    await now.pilot.press(*keys)
    for _ in range(200):
        if words in now.shown:
            break
        await now.pilot.pause(0.05)
    picture = now.picture
    while len(now.app.screen_stack) > 2:
        await now.pilot.press("escape")
        await now.pilot.pause()
    await now.press()
    return picture


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_in_every_state(size: tuple[int, int], tmp_path: Path) -> None:
    pictures: Pictures = {"welcome": await first_pictures(size)}
    async with story(size) as now:
        await now.wait(0)
        await add(now, "nothing is done", pictures)
        for name in ("server", "addresses", "certificate"):
            await now.apply(name)
        now.world.mirror_is_down = True
        await now.apply("mail_server")
        pictures["pages"] = {"a change could not be made": now.picture}
        await now.press("escape")
        await add(now, "partly done", pictures)
        pictures["pages"] |= await pages(now)
        now.world.mirror_is_down = False
        pictures["mail_server"]["under way"] = await at_work(
            now, "mail_server", "Setting up chasquid", "systemctl", "daemon-reload"
        )
        await now.wait(0)
        await now.wait(16)
        await add(now, "waiting", pictures)
        await now.do_all()
        await add(now, "done", pictures)
        await now.spoil()
        await add(now, "failed", pictures)
        pictures["pages"]["nothing may be changed"] = await only_looked_at(now, size)
    every = [picture for states in pictures.values() for picture in states.values()]
    assert max(len(line) for picture in every for line in picture.text.splitlines()) <= size[0]
    found = list(differences(pictures, size, tmp_path))
    assert not found, "\n".join(found)


async def only_looked_at(now: Story, size: tuple[int, int]) -> Picture:
    """The same server, from a second terminal."""
    now.wizard.read_only_because = "Another mailwizard is changing this server (process 4711). You can look meanwhile."
    second = app_on(now.wizard)
    async with second.run_test(size=size) as pilot:
        await settled(pilot)
        picture = taken(second)
        return Picture(masked(picture.text), picture.styles)


@pytest.mark.parametrize("colour", MODES)
async def test_whole_pictures(colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if colour == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    found: list[str] = []
    async with story() as now:
        for name in WHOLE:
            await now.open(name)
            seen = now.picture.styles["colour"]  # as this app draws it, which was made with or without NO_COLOR
            assert seen == kept(KEPT / "80x24", name)["nothing is done"].styles[colour]
            picture = re.sub(r"terminal-\d+-", "terminal-", masked(now.app.export_screenshot(title="mailwizard")))
            picture = re.sub(r"\s*@font-face \{[^}]*\}", "", picture)
            plain = "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"
            found += compared(KEPT / colour.lower() / f"{name}.svg", plain)
    assert not found, "\n".join(found[:40])
