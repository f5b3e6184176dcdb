"""What the user may do on the machine: root, root through sudo, or only look."""

from __future__ import annotations

import shlex
from contextlib import suppress
from enum import Enum

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.ssh_asking import Asker
from mailwizard.host.ssh_connection import Connection
from mailwizard.host.ssh_running import Runner
from mailwizard.host.ssh_shell import Rights

_TRIES = 3
# the last one is sudo-rs's
_NOT_ALLOWED = ("not in the sudoers", "is not allowed to", "may not run sudo", "afraid I can't do that")


class Verdict(Enum):
    """What sudo says to a password."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    NOT_ALLOWED = "not allowed"  # whatever the password


async def rights_on(connection: Connection, asker: Asker, password_question: str) -> Rights:
    """The most that the user may do. Asks for sudo's password when it wants one. Raises Unreachable, HostError."""
    plain = Rights(is_root=False)
    ended = await Runner(connection, plain).call("id -u; command -v sudo")
    number, *sudo = ended.out.decode("ascii", "replace").split()
    if number == "0":
        return Rights(is_root=True)
    if not sudo:
        return plain
    without = Rights(is_root=True, sudo=True)
    if await _holds(connection, without):
        return without
    return await by_password(connection, asker, password_question)


async def by_password(connection: Connection, asker: Asker, password_question: str) -> Rights:
    """Root's rights through sudo with a password: most often that of the login, else it is asked for.

    Without a right one those of a user who may only look. Raises Unreachable, Stopped.
    """
    place = connection.place
    only_look = Rights(is_root=False, way_to_root=f"log in as root, or give {place.user} the right to use sudo")
    typed = asker.known(password_question)
    if typed is None and not asker.can_ask:
        return Rights(is_root=False, way_to_root=f"start it on a terminal, for {place.user}'s sudo wants a password")
    typed = typed or asker.ask(f"Password of {place.label} for sudo (empty: only look)")
    for _ in range(_TRIES):
        if typed is None:
            break
        rights = Rights(is_root=True, sudo=True, password=typed)
        verdict = await judged(connection, rights)
        if verdict is Verdict.ACCEPTED and await _holds(connection, rights):
            return rights
        if verdict is not Verdict.WRONG:
            break
        typed = asker.ask(f"sudo did not accept this. Password of {place.label} for sudo (empty: only look)")
    return only_look


async def judged(connection: Connection, rights: Rights) -> Verdict:
    """What sudo says to the password. It gets nothing else to read: each further line would count as a wrong one.

    Raises Unreachable.
    """
    channel = await connection.session(shlex.join(["env", "LC_ALL=C", *rights.before(["true"])]))
    said = b""
    try:
        with suppress(Unreachable):  # it may end before it reads: its exit code tells
            await channel.write(rights.typed)
            await channel.end_input()
        while not (channel.is_silent and (channel.has_ended or channel.is_lost)):
            await channel.stir()
            said += channel.take()[1]
    finally:
        channel.shut()
    if channel.code is None:
        raise channel.broken()
    words = said.decode("utf-8", "replace")
    if channel.code == 0:
        return Verdict.ACCEPTED
    return Verdict.NOT_ALLOWED if any(sign in words for sign in _NOT_ALLOWED) else Verdict.WRONG


async def _holds(connection: Connection, rights: Rights) -> bool:
    try:
        return (await Runner(connection, rights).call("id -u")).out.strip() == b"0"
    except Unreachable:
        raise
    except HostError:  # sudo refused, and said why on the way out
        return False
