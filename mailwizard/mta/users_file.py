"""Where chasquid keeps a domain's accounts, and how a new version is made without the running server noticing.

A users file that chasquid cannot read ends it (1.15 and later). So chasquid-util works on a copy in a folder of our
own; the copy is read, and only then placed whole, readable for chasquid.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from mailwizard.answers import STATE_FOLDER
from mailwizard.errors import FileChanged, FileMissing, HostError
from mailwizard.host.protocol import Host, Ran, text_of
from mailwizard.mta.prototext import BrokenFile
from mailwizard.mta.users import Account, parse_users

DOMAINS = "/etc/chasquid/domains"
MODE, OWNER, GROUP = 0o640, "root", "chasquid"
_STAGE = f"{STATE_FOLDER}/users-in-work"
Work = Callable[[str], Coroutine[Any, Any, Ran]]  # gets the option that names the copy's folder: "-C=/..."


def path_of(domain: str) -> str:
    """The path of a domain's users file."""
    return f"{DOMAINS}/{domain}/users"


async def accounts_of(host: Host, domain: str) -> dict[str, Account]:
    """The accounts by user name; none when there is no file yet. Raises FileUnreadable or BrokenFile."""
    try:
        return _parsed(await text_of(host, path_of(domain)), path_of(domain))
    except FileMissing:
        return {}


async def change(host: Host, domain: str, work: Work, check: Callable[[dict[str, Account]], bool]) -> None:
    """Lets `work` change a copy, and places it when `check` finds the accounts as they should be then.

    Raises HostError; what chasquid reads is untouched in that case. The server is told to read it anew.
    """
    path = path_of(domain)
    before = await _content(host, path)
    if await host.stat(f"{DOMAINS}/{domain}") is None:
        raise HostError(f"{domain} is not set up on this server yet. Run `mailwizard apply` first.")
    async with _stage(host) as folder:
        copy = f"{folder}/domains/{domain}/users"
        await host.make_dir(f"{folder}/domains/{domain}", mode=0o700)
        if before is not None:
            await host.write(copy, before, mode=0o600)
        (await work(f"-C={folder}")).must()
        (await host.run(["chasquid-util", f"-C={folder}", "check-userdb", domain])).must()
        after = await host.read(copy)
    if not check(_parsed(after.decode("utf-8", "backslashreplace"), path)):
        raise HostError(f"chasquid-util left another users file than expected. {path} stays as it was.")
    await _place(host, path, before, after)


async def tell_chasquid(host: Host) -> None:
    """Lets a running chasquid read users and aliases anew at once; else it does so within 30 seconds."""
    await host.run(["systemctl", "kill", "--signal=HUP", "--kill-who=main", "chasquid.service"])


async def _place(host: Host, path: str, before: bytes | None, after: bytes) -> None:
    if await _content(host, path) != before:
        raise FileChanged(f"{path} was changed by somebody else just now. Try again.")
    await host.write(path, after, mode=MODE, owner=OWNER, group=GROUP)
    await tell_chasquid(host)


def _parsed(text: str, path: str) -> dict[str, Account]:
    try:
        return parse_users(text)
    except BrokenFile as error:
        raise BrokenFile(
            f"{path}: {error}. chasquid cannot run with this file: put a good copy in its place."
        ) from error


async def _content(host: Host, path: str) -> bytes | None:
    try:
        return await host.read(path)
    except FileMissing:
        return None


@asynccontextmanager
async def _stage(host: Host) -> AsyncIterator[str]:
    """A folder of our own, gone afterwards; one that a crash left behind is cleared first."""
    await host.run(["rm", "-rf", _STAGE])
    await host.make_dir(_STAGE, mode=0o700)
    try:
        yield _STAGE
    finally:
        await host.run(["rm", "-rf", _STAGE])
