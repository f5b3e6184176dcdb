"""Opens the wizard of the demonstration."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

from mailwizard.answers import Answers
from mailwizard.demo.dns import DemoDns
from mailwizard.demo.machine import DemoHost
from mailwizard.demo.owner import Owner
from mailwizard.demo.world import CREDENTIALS, SETUP, World
from mailwizard.draft import Draft
from mailwizard.secret import Secret
from mailwizard.services import Services
from mailwizard.wizard import Wizard

NOTICE = "demo: nothing here is real"


def wizard_in(world: World) -> Wizard:
    """A wizard in the imagined world. It needs no root and no network."""
    host, dns = DemoHost(world), DemoDns(world)

    def make(answers: Answers, credentials: Mapping[str, Secret], passwords: Mapping[str, Secret]) -> Services:
        return Services(dns, credentials, passwords)

    draft = Draft()
    draft.go_back_to(SETUP)
    wizard = Wizard(host, draft, make, dns.forget, credentials=dict(CREDENTIALS))
    wizard.notice, wizard.now = NOTICE, world.now
    return wizard


async def opened(stack: AsyncExitStack) -> Wizard:
    """The wizard, and beside it the owner, who is gone when `stack` ends."""
    world = World()
    wizard = wizard_in(world)
    task = asyncio.create_task(Owner(world).live(wizard))

    async def end() -> None:
        task.cancel()
        await asyncio.wait({task})

    stack.push_async_callback(end)
    return wizard
