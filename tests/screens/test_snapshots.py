"""Every screen in every state, as text, beside what it was before. `MAILWIZARD_SNAPSHOTS=write` keeps it as now."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

import pytest

from tests.screens.story import Story, masked, story

FOLDER = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("MAILWIZARD_SNAPSHOTS") == "write"
SIZES = [(80, 24), (120, 40)]
PICTURED = ("addresses", "records")  # as SVG too, with colour and without


def compared(path: Path, text: str) -> list[str]:
    """How `text` differs from the file; nothing when it does not, or when it was written just now."""
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    before = path.read_text() if path.exists() else ""
    return list(difflib.unified_diff(before.splitlines(), text.splitlines(), str(path), "now", lineterm=""))


async def seen(now: Story) -> dict[str, str]:
    """Every screen as it is now."""
    shown = {}
    for name in ("welcome", *now.standings, "summary"):
        await now.open(name)
        shown[name] = now.shown
    await now.press("h")
    shown["health"] = now.shown
    await now.press("escape")
    return shown


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_in_every_state(size: tuple[int, int]) -> None:
    states: dict[str, dict[str, str]] = {}
    async with story(size) as now:
        await now.wait(0)
        states["nothing is done"] = await seen(now)
        for name in ("server", "addresses", "certificate"):
            await now.apply(name)
        now.world.mirror_is_down = True
        await now.apply("mail_server")
        failed = now.shown
        await now.press("escape")
        states["partly done"] = await seen(now)
        now.world.mirror_is_down = False
        await now.apply("mail_server")
        await now.wait(0)
        await now.wait(16)
        states["waiting"] = await seen(now)
        await now.do_all()
        states["done"] = await seen(now)
    states["failed"] = {"mail_server": failed}
    differences: list[str] = []
    for name in states["done"]:
        text = "\n".join(f"=== {state}\n{screens[name]}" for state, screens in states.items() if name in screens)
        assert max(map(len, text.splitlines())) <= size[0]
        differences += compared(FOLDER / f"{size[0]}x{size[1]}" / f"{name}.txt", text)
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("colour", ["colour", "no_color"])
async def test_pictures(colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if colour == "no_color":
        monkeypatch.setenv("NO_COLOR", "1")
    differences: list[str] = []
    async with story() as now:
        for name in PICTURED:
            await now.open(name)
            picture = re.sub(r"terminal-\d+-", "terminal-", masked(now.app.export_screenshot(title="mailwizard")))
            picture = re.sub(r"\s*@font-face \{[^}]*\}", "", picture)
            plain = "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"
            differences += compared(FOLDER / colour / f"{name}.svg", plain)
    assert not differences, "\n".join(differences[:40])
