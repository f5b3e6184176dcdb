"""The old server's answers made to fit a new one: addresses that are not this machine's are taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwizard.answers import ANSWERS_PATH, Answers
from mailwizard.answers_file import decoded, parse
from mailwizard.errors import AnswersError
from mailwizard.host.protocol import Host
from mailwizard.network import netplan
from mailwizard.network.routes import listed
from mailwizard.saving.manifest import BrokenBackup


@dataclass(frozen=True)
class Fitted:
    """setup.toml for this machine, what it says, and a line about each key that was taken out."""

    text: str
    answers: Answers
    told: tuple[str, ...] = ()


async def own_addresses(host: Host) -> frozenset[str]:
    """Every address that the machine has, and the IPv6 address that netplan's files have ready. Only reads."""
    ran = await host.run(("ip", "-j", "address", "show"), timeout=10)
    rows = [info for link in listed(ran.out) for info in _infos(link)]
    ready = netplan.ready(await netplan.files(host)).address
    return frozenset({str(info.get("local", "")) for info in rows} | {ready}) - {""}


def fitted(content: bytes, own: frozenset[str]) -> Fitted:
    """The answers for a machine with the addresses `own`. Raises BrokenBackup when they are none that can be used.

    A machine that has the old IPv4 address is the old one, installed anew: then IPv6, which may be off still, stays.
    """
    try:
        answers = parse(decoded(content, "setup.toml"), ANSWERS_PATH)
    except AnswersError as error:
        raise BrokenBackup(f"The backup's answers cannot be used: {error}.") from error
    server, gone = answers.server, list[str]()
    if server.ipv4 and server.ipv4 not in own:
        gone.append("ipv4")
    same = server.ipv4 in own
    if server.ipv6 not in ("", "off") and server.ipv6 not in own and not same:
        gone += ["ipv6", *(["ipv6_gateway"] if server.ipv6_gateway not in ("", "auto") else [])]
    text = _without(content.decode(), gone) if gone else content.decode()
    told = tuple(
        f"{key} = {getattr(server, key)} was the old server's: it is taken out, and found anew" for key in gone
    )
    return Fitted(text, parse(text, ANSWERS_PATH), told)


def _without(text: str, keys: list[str]) -> str:
    """The text without these keys of [server], each left as a comment where there is room for one."""
    import tomlkit
    from tomlkit.items import InlineTable, Table

    document = tomlkit.parse(text)
    server = document["server"]
    for key in keys:
        if isinstance(server, Table):
            old = tomlkit.dumps({"x": server[key]}).partition("=")[2].strip()
            server.add(tomlkit.comment(f"{key} = {old}  (the old server's)"))
            server.remove(key)
        elif isinstance(server, InlineTable):  # server = {...}
            server.remove(key)
        else:  # server.ipv4 = ...
            return _commented_out(text, keys)
    return tomlkit.dumps(document)


def _commented_out(text: str, keys: list[str]) -> str:
    line = re.compile(rf"^[ \t]*server[ \t]*\.[ \t]*(?:{'|'.join(keys)})[ \t]*=", re.MULTILINE)
    return line.sub(lambda match: f"# (the old server's) {match.group()}", text)


def _infos(link: dict[str, object]) -> list[dict[str, object]]:
    found = link.get("addr_info")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
