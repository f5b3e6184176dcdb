"""Which lines the aliases file of a domain needs: where its mail goes, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mailwizard.answers import Domain
from mailwizard.mta.aliases import named, normal_user
from mailwizard.mta.roles import Follows, split

VIA = (1, 16)  # the first chasquid that reads "via" and "*" as a destination


@dataclass(frozen=True)
class Wish:
    """The lines wanted (local part or "*" to targets), the senders that nothing is wanted for, and `why` in a word.

    `forward`: as the answers say. `passed_on`: the domain's mail lives elsewhere, what our own users send there goes
    there. `too_old`: that would be needed, and this chasquid cannot. `nowhere`: nobody receives for the domain.
    `roles`: lines for postmaster and the like, which go where `like` goes; a line that the file has counts before.
    """

    lines: Mapping[str, tuple[str, ...]]
    homeless: tuple[str, ...]
    why: str
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    like: str = ""

    def missing_roles(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """The roles that the file `text` has no line for."""
        there = named(text)
        return {name: targets for name, targets in self.roles.items() if normal_user(name) not in there}


def wish(domain: Domain, elsewhere: tuple[str, ...], version: tuple[int, ...]) -> Wish:
    """What the aliases of `domain` are to be. `elsewhere`: the hosts of its MX records that are not this server."""
    if domain.receive or not elsewhere:
        return _forward(domain)
    if not domain.senders:
        return Wish({}, (), "passed_on")
    if version < VIA:
        return Wish({}, domain.senders, "too_old")
    hosts = "/".join(elsewhere[:5])  # chasquid tries five at most
    lines = {sender: (f"{sender}@{domain.name} via {hosts}",) for sender in domain.senders}
    return Wish({**lines, "*": (f"*@{domain.name} via {hosts}",)}, (), "passed_on")


def with_roles(wanted: Wish, roles: Iterable[str], follows: Follows) -> Wish:
    """`wanted` with a line for each of `roles` that nothing else takes; where mail is passed on whole, "*" takes it."""
    if wanted.why != "forward" or "*" in wanted.lines or not follows.targets:
        return wanted
    taken = set(map(normal_user, wanted.lines))
    left = {name: follows.targets for name in roles if normal_user(name) not in taken}
    return replace(wanted, roles=left, like=follows.like)


def _forward(domain: Domain) -> Wish:
    """A line for each sender first, its own or the catch-all's: the catch-all alone does not cover a user."""
    targets = {name: split(text) for name, text in domain.forward.items()}
    lines = {sender: targets.get(sender) or targets.get("*", ()) for sender in domain.senders}
    homeless = tuple(sender for sender, found in lines.items() if not found)
    others = {name: found for name, found in targets.items() if name != "*"}
    catch_all = {"*": targets["*"]} if targets.get("*") else {}
    wanted = {name: found for name, found in {**lines, **others, **catch_all}.items() if found}
    return Wish(wanted, homeless, "forward" if domain.receive or wanted else "nowhere")
