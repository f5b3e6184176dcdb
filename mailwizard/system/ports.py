"""Are the ports that mail needs free, and what is done when they are not?"""

from __future__ import annotations

from mailwizard.change import Change
from mailwizard.finding import Finding, Status
from mailwizard.system.holders import Holder
from mailwizard.system.replacing import ReplaceMailServer
from mailwizard.text import listed

_SOURCE = "ss -Hltnp"


def finding(held: list[Holder] | None, replace_mta: bool) -> Finding:
    """`os.ports_free`: are they free, or chasquid's?"""
    expected, title = "free for chasquid", "Ports 25, 465 and 587"
    if held is None:
        return Finding(
            "os.ports_free", Status.UNKNOWN, title, "", expected, ("ss did not answer",), _SOURCE, "no_answer"
        )
    others = [holder for holder in held if not holder.is_chasquid]
    found = tuple(holder.shown for holder in others or held) or ("free",)
    if not others:
        return Finding("os.ports_free", Status.OK, title, "", expected, found, _SOURCE)
    if any(not holder.program for holder in others):
        return Finding("os.ports_free", Status.UNKNOWN, title, "", expected, found, _SOURCE, "no_right")
    fix = _fix(others, replace_mta)
    return Finding("os.ports_free", Status.FAILED, title, "", expected, found, _SOURCE, "other_program", fix)


_REPLACE = "Answer yes to “Replace another mail server” (replace_mta = true in setup.toml)"


def _fix(others: list[Holder], replace_mta: bool) -> str:
    contained = [holder for holder in others if holder.in_container]
    alone = [holder for holder in others if not holder.unit and not holder.in_container]
    more = [holder for holder in others if holder.unit and not holder.can_be_stopped]
    mail = [] if replace_mta else [holder for holder in others if holder.can_be_stopped]
    sentences = (
        (contained, "Stop the container that has the port ({names}) yourself."),
        (alone, "Stop {names} yourself: no service of systemd runs it."),
        (more, "Let {names} use another port: more than mail may hang on it, so that it is not stopped for you."),
        (mail, f"{_REPLACE} to have {{names}} stopped, or remove it yourself."),
    )
    return " ".join(words.format(names=_names(holders)) for holders, words in sentences if holders)


def _names(holders: list[Holder]) -> str:
    return listed(sorted({holder.name for holder in holders}))


def plan(held: list[Holder] | None, replace_mta: bool) -> list[Change]:
    """The other mail server's units stopped and disabled; nothing unless the answers allow it."""
    others = [holder for holder in held or [] if holder.can_be_stopped and not holder.is_chasquid]
    units = {holder.unit: holder.name for holder in others}
    return [ReplaceMailServer(unit, name) for unit, name in units.items()] if replace_mta else []
