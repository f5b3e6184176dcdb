"""chasquid's aliases file, read as strictly as chasquid 1.19 does: a line it refuses ends the running server.

Mirrors parseReader in internal/aliases/aliases.go and docs/aliases.md; drop characters "." and suffix "+" are its
defaults.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailwizard.mta.prototext import BrokenFile

_LOCAL_PART = re.compile(r"[^\s@:,|*/<>()\[\];\\\"\x00-\x1f\x7f]+")
_HOST = re.compile(r"\w([\w.-]*\w)?")
_LONGEST = 60000  # bytes a line, comments too; Go's scanner stops at 64 KiB
# what Go's TrimSpace takes away; Python's strip() takes \x1c to \x1f as well, and chasquid would meet them
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LETTERS = frozenset(("Ll", "Lu", "Lo", "Lm", "Nd", "Mn", "Mc"))
_ANYBODY = "\0"  # somebody whom no line names: the catch-all's
_DEEPEST = 10  # aliases that lead to one another, chasquid's own limit


@dataclass(frozen=True)
class Target:
    """Where an alias leads: an address, a command (`pipe`), or an address by way of certain servers (`via`)."""

    address: str = ""
    pipe: str = ""
    via: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"| {self.pipe}" if self.pipe else self.address + (f" via {'/'.join(self.via)}" if self.via else "")


Aliases = Mapping[str, tuple[Target, ...]]  # by local part, normalised; "*" is the catch-all


def parse_aliases(text: str, domain: str) -> dict[str, tuple[Target, ...]]:
    """What each local part of `domain` leads to, the last line winning. Raises BrokenFile with the line number."""
    found: dict[str, tuple[Target, ...]] = {}
    for number, raw in enumerate(text.split("\n"), 1):
        if len(raw.encode("utf-8", "replace")) > _LONGEST:
            raise BrokenFile(f"line {number}: it is too long")
        line = raw.strip(_SPACE)
        if not line or line.startswith("#"):
            continue
        try:
            name, targets = _line(line, domain)
        except BrokenFile as error:
            raise BrokenFile(f"line {number}: {error}") from error
        found[name] = targets
    return found


def normal_user(name: str) -> str:
    """A local part as chasquid compares it: lower case, without dots up to the first "+"."""
    head, plus, suffix = unicodedata.normalize("NFC", name).lower().partition("+")
    return head.replace(".", "") + plus + suffix


def lookup(aliases: Aliases, local: str) -> tuple[Target, ...]:
    """What mail for `local` leads to, the catch-all left out; empty when nothing does."""
    name = normal_user(local)
    return aliases.get(name) or aliases.get(name.partition("+")[0], ())


def merged(text: str, wanted: Mapping[str, Sequence[str]], note: str) -> str:
    """`text` with a line for each of `wanted` (local part or "*" to its targets, as they are written).

    A line that says the same already stays as it is; one that says otherwise is replaced where it stands; a line for
    another local part stays. New lines come at the end, under a comment `note`.
    """
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    names = {normal_user(name): name for name in wanted}
    kept: list[str] = []
    done: set[str] = set()
    for line in lines:
        name = _left_side(line)
        if name not in names:
            kept.append(line)
        elif name not in done:
            done.add(name)
            kept.append(_said(line, names[name], wanted[names[name]]))
    new = [f"{name}: {', '.join(wanted[name])}" for key, name in names.items() if key not in done]
    head = [f"# {note}"] if new and f"# {note}" not in kept else []
    return "\n".join([*kept, *head, *new]) + "\n" if kept or new else ""


def line_for(aliases: Aliases, local: str) -> str:
    """The name of the line that mail for `local` is taken by, "*" for the catch-all's; empty when there is none."""
    name = normal_user(local)
    return next((one for one in (name, name.partition("+")[0], "*") if one in aliases), "")


def named(text: str) -> frozenset[str]:
    """The local parts that the file has a line for, normalised; also where another line of it is broken."""
    return frozenset(filter(None, map(_left_side, text.split("\n"))))


def needs_newer_than_1_15(aliases: Iterable[tuple[Target, ...]]) -> bool:
    """True when a target is something that chasquid reads from 1.16 on: `via`, or "*" as the user."""
    return any(target.via or target.address.startswith("*@") for targets in aliases for target in targets)


def _left_side(line: str) -> str:
    name, colon, right = line.strip().partition(":")
    return normal_user(name.strip()) if colon and right.strip() and not name.startswith("#") else ""


def _said(line: str, name: str, targets: Sequence[str]) -> str:
    said = [part.strip().lower() for part in line.partition(":")[2].split(",") if part.strip()]
    return line if said == [target.lower() for target in targets] else f"{name}: {', '.join(targets)}"


def _line(line: str, domain: str) -> tuple[str, tuple[Target, ...]]:
    left, colon, right = (part.strip(_SPACE) for part in line.partition(":"))
    if not colon:
        raise BrokenFile('the ":" is missing')
    if not left or not right:
        raise BrokenFile("the address or its target is missing")
    if "@" in left:
        raise BrokenFile('the left side is a name without "@"')
    if not (left == "*" or _LOCAL_PART.fullmatch(left)):
        raise BrokenFile(f"{left!r} is not a name that can stand before an @")
    return normal_user(left), _targets(right, domain)


def _targets(right: str, domain: str) -> tuple[Target, ...]:
    if right.startswith("|"):
        command = right[1:].strip(_SPACE)
        if not command:
            raise BrokenFile("the command after | is missing")
        return (Target(pipe=command),)
    targets = tuple(_target(part.strip(_SPACE), domain) for part in right.split(",") if part.strip(_SPACE))
    if not targets:
        raise BrokenFile("the target is missing")
    return targets


def _target(text: str, domain: str) -> Target:
    address, via, servers = text.partition(" via ")
    hosts = tuple(server.strip() for server in servers.split("/")) if via else ()
    if not all(_HOST.fullmatch(server) for server in hosts):
        raise BrokenFile(f"{text!r} has no server after via")
    user, at, where = address.strip().partition("@")
    where = where if at else domain
    if not (user == "*" or _LOCAL_PART.fullmatch(user)) or not _HOST.fullmatch(where):
        raise BrokenFile(f"{text!r} is not an address")
    if not (_is_user_name(user) and _is_domain(where)):
        raise BrokenFile(f"{text!r} has characters that no address has")
    return Target(address=f"{user}@{where}".lower(), via=hosts)


def _is_user_name(user: str) -> bool:
    """Whether the UsernameCaseMapped profile (RFC 8265) takes it; right-to-left scripts are left out, to be safe."""
    return all(
        char.isascii()
        or (
            unicodedata.category(char) in _LETTERS
            and unicodedata.normalize("NFKC", char) == char
            and unicodedata.bidirectional(char) not in ("R", "AL", "AN")
        )
        for char in unicodedata.normalize("NFC", user)
    )


def _is_domain(domain: str) -> bool:
    """Whether each label in Punycode can be read as such (RFC 3492)."""
    try:
        return all(
            label[4:].encode("ascii").decode("punycode") for label in domain.lower().split(".") if label[:4] == "xn--"
        )
    except (UnicodeError, ValueError):
        return False


def endless(aliases: Aliases, domain: str, users: Collection[str]) -> list[str]:
    """The local parts whose mail leads round in a circle within `domain`; chasquid delivers none of it.

    The catch-all takes whatever has no line, but for `users`, who have an account.
    """
    known = frozenset(map(normal_user, users))
    return [name for name in aliases if _circles(aliases, domain, known, _ANYBODY if name == "*" else name, 0)]


def ends(aliases: Aliases, domain: str, users: Collection[str], local: str) -> tuple[str, ...]:
    """Where mail for `local` leaves `domain` for: addresses, commands; empty when it bounces, or goes in a circle.

    As with `endless`, the catch-all takes nothing for `users`, who have an account.
    """
    return tuple(dict.fromkeys(_ends(aliases, domain, frozenset(map(normal_user, users)), local, 0)))


def _ends(aliases: Aliases, domain: str, known: frozenset[str], name: str, depth: int) -> Iterator[str]:
    if depth >= _DEEPEST:
        return
    for target in _next(aliases, known, name):
        user, _, where = target.address.partition("@")
        if target.via or target.pipe or where != domain:
            yield str(target)
        else:
            yield from _ends(aliases, domain, known, name if user == "*" else user, depth + 1)


def _next(aliases: Aliases, known: frozenset[str], name: str) -> tuple[Target, ...]:
    """What a name leads to, the catch-all's targets where it has no line and no account."""
    account = normal_user(name).partition("+")[0]
    return lookup(aliases, name) or (() if account in known else aliases.get("*", ()))


def _circles(aliases: Aliases, domain: str, known: frozenset[str], name: str, depth: int) -> bool:
    if depth >= _DEEPEST:
        return True
    targets = _next(aliases, known, name)
    locals_ = [target.address.partition("@") for target in targets if not target.via and not target.pipe]
    return any(
        _circles(aliases, domain, known, name if user == "*" else user, depth + 1)
        for user, _, where in locals_
        if where == domain
    )
