"""The signs of states and findings. Colour only repeats what a sign says."""

from __future__ import annotations

from mailwizard.finding import Finding, Status
from mailwizard.opening import signs_are_ascii
from mailwizard.standing import Standing, Step
from mailwizard.text import one_line, printable

HERE = "[>]"
_OF_STATUS = {
    Status.OK: "[x]",
    Status.FAILED: "[!]",
    Status.WARNING: "[!]",
    Status.UNKNOWN: "[?]",
    Status.SKIPPED: "[-]",
}


def of_finding(finding: Finding) -> str:
    """`[x]` seen, `[!]` failed, `[~]` waits for you or for DNS, `[?]` cannot tell, `[-]` not chosen."""
    return Standing.WAITING.value if finding.waits and finding.status is Status.FAILED else _OF_STATUS[finding.status]


def of_step(step: Step, here: bool) -> str:
    """The sign of a step in the rail; where one stands it is `[>]`."""
    return HERE if here else step.standing.value


def line_of(finding: Finding, width: int) -> str:
    """A finding in one line of at most `width` columns: sign, subject, title, what was found."""
    about = f"{finding.subject}: " if finding.subject else ""
    found = "; ".join(finding.found)
    text = one_line(f"{of_finding(finding)} {about}{finding.title}{f': {found}' if found else ''}")
    return cut(text, width)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns; what is left out is shown by dots."""
    dots = ".." if signs_are_ascii() else "…"
    return text if len(text) <= width else text[: max(width - len(dots), 0)] + dots


def rule() -> str:
    """The character of a horizontal rule."""
    return "-" if signs_are_ascii() else "─"


def evidence(finding: Finding) -> str:
    """The finding with all its evidence, in lines."""
    rows = [
        ("what", finding.title),
        ("about", finding.subject),
        ("state", "waits for you or for DNS" if finding.waits else finding.status.value),
        ("expected", finding.expected),
        ("found", "\n".join(finding.found)),
        ("asked", finding.source),
        ("cause", finding.cause.replace("_", " ")),
        ("to fix", finding.fix),
        ("by", f"{finding.until:%Y-%m-%d %H:%M:%S} UTC at the latest" if finding.until else ""),
    ]
    return "\n".join(_row(word, text) for word, text in rows if text)


def _row(word: str, text: str) -> str:
    first, *rest = printable(text).splitlines() or [""]
    return "\n".join([f"{word:<10}{first}", *(" " * 10 + line for line in rest)])
