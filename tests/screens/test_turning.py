"""Pages turned while looks are under way: what comes late finds another page, and disturbs nothing."""

from __future__ import annotations

import random

import pytest

from tests.screens.story import story


@pytest.mark.parametrize("seed", range(3))
async def test_pages_may_be_turned_while_they_are_looked_at(seed: int) -> None:
    chance = random.Random(seed)
    async with story() as now:
        steps = len(now.wizard.steps)
        for _ in range(40):
            now.screen.turn_to(chance.randrange(-1, steps + 1))
            await now.pilot.pause(chance.choice((0, 0.01, 0.03, 0.1)))
            await now.pilot.press(chance.choice(("r", "escape", "tab", "enter", "h", "g", "escape")))
            await now.pilot.pause(chance.choice((0, 0.005, 0.02)))
            await now.pilot.press("escape")
        while len(now.app.screen_stack) > 2:
            await now.press("escape")
        await now.open("welcome")
        assert "[ Begin ]" in now.shown or "[ Go on with" in now.shown
