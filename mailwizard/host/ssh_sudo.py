"""What the user may do on the machine: root, root through sudo, or only look."""

from __future__ import annotations

from mailwizard.errors import HostError, Unreachable
from mailwizard.host.ssh_asking import Asker
from mailwizard.host.ssh_connection import Connection
from mailwizard.host.ssh_running import Runner
from mailwizard.host.ssh_shell import Rights

_TRIES = 3


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
    return await _with_password(connection, asker, password_question) or plain


async def _holds(connection: Connection, rights: Rights) -> bool:
    try:
        return (await Runner(connection, rights).call("id -u")).out.strip() == b"0"
    except Unreachable:
        raise
    except HostError:  # sudo refused, and said why on the way out
        return False


async def _with_password(connection: Connection, asker: Asker, password_question: str) -> Rights | None:
    """Most often it is the password of the login; else it is asked for. None when the user has none to give."""
    label = connection.place.label
    typed = asker.known(password_question) or asker.ask(f"Password of {label} for sudo (empty: only look)")
    for _ in range(_TRIES):
        if typed is None:
            return None
        rights = Rights(is_root=True, sudo=True, password=typed)
        if await _holds(connection, rights):
            return rights
        typed = asker.ask(f"sudo did not accept this. Password of {label} for sudo (empty: only look)")
    return None
