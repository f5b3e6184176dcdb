"""The signs of states and findings, and how texts are laid in lines. Colour only repeats what a sign says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from textwrap import TextWrapper

from mailwizard.finding import Finding, Status
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
_SEAM = re.compile(r"(?=[.@][\w-])")  # where a name that is longer than a line is parted
_MOST_LEFT = 36  # columns for what was looked at; the rest is for what was found


def of_finding(finding: Finding) -> str:
    """`[x]` seen, `[!]` failed, `[~]` waits for you or for DNS, `[?]` cannot tell, `[-]` left out."""
    return Standing.WAITING.value if finding.waits and finding.status is Status.FAILED else _OF_STATUS[finding.status]


def of_step(step: Step, here: bool) -> str:
    """The sign of a step in the rail; where one stands it is `[>]`."""
    return HERE if here else step.standing.value


def told(finding: Finding) -> str:
    """What was found, in a line; where nothing was, what should be there, and that it is only expected."""
    if finding.found or finding.status is Status.OK or not finding.expected:
        return one_line("; ".join(finding.found))
    return one_line(f"expected: {finding.expected}")


def finding_rows(findings: Sequence[Finding], width: int, tell: Callable[[Finding], str] = told) -> list[str]:
    """Each finding in a line of at most `width` columns: sign, what was looked at, and what `tell` says of it.

    Where nothing is said of any of them, what was looked at has the whole line.
    """
    names = [one_line(f"{finding.title} {finding.subject}".strip()) for finding in findings]
    words = [tell(finding) for finding in findings]
    most = min(_MOST_LEFT, max(width - 24, 20)) if any(words) else width
    left = min(max(map(len, names), default=0), most)
    rows = zip(findings, names, words, strict=True)
    return [cut(f"{of_finding(one)} {cut(name, left):<{left}}  {said}".rstrip(), width) for one, name, said in rows]


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns; what is left out is shown by dots."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def shortened(name: str, width: int) -> str:
    """`name` in at most `width` columns: its beginning and its end, with dots for what is left out between them."""
    tail = (width - 1) // 2
    return name if len(name) <= width else f"{name[: width - 1 - tail]}…{name[len(name) - tail :]}"


def folded(text: str, width: int, indent: int = 0) -> str:
    """`text` in lines of at most `width` columns; all but the first are indented by `indent`. Its own lines stay."""
    lines = [row for line in printable(text).splitlines() for row in _wrapped(line, width - indent)]
    return f"\n{' ' * indent}".join(lines)


def _wrapped(line: str, width: int) -> list[str]:
    """A line that is short enough keeps its blanks."""
    return [line] if len(line) <= width else _AtSeams(width=max(width, 10), break_on_hyphens=False).wrap(line) or [""]


class _AtSeams(TextWrapper):
    """Parts a word that is longer than a line before a dot or an @ in it, so that a name stays readable."""

    def _handle_long_word(self, reversed_chunks: list[str], cur_line: list[str], cur_len: int, width: int) -> None:
        """A word with seams begins a line of its own; one without, a key, fills the line in hand."""
        word, room = reversed_chunks[-1], max(width - cur_len, 1)
        seams = [match.start() for match in _SEAM.finditer(word, 1)]
        if seams and "".join(cur_line).strip():
            return
        at = max((seam for seam in seams if seam <= room), default=room)
        cur_line.append(word[:at])
        reversed_chunks[-1] = word[at:]


def counted(number: int, one: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def remedy(steps: Sequence[Step], finding: Finding) -> str:
    """What to do about it: its own fix, else which step would change it; "" when nothing is to be done."""
    if finding.fix or finding.status in (Status.OK, Status.SKIPPED):
        return finding.fix
    titles = [step.title for step in steps if step.changes and finding in step.findings]
    return f"mailwizard does it: choose Apply in the step {titles[0]}." if titles else ""


def evidence(finding: Finding, fix: str, width: int) -> str:
    """The finding with all its evidence, in lines, and `fix`, what to do about it."""
    rows = [
        ("about", finding.subject),
        ("state", _state(finding)),
        ("expected", finding.expected),
        ("found", "\n".join(finding.found)),
        ("asked", finding.source),
        ("cause", finding.cause.replace("_", " ")),
        ("to fix", fix),
        ("by", f"{finding.until:%Y-%m-%d %H:%M:%S} UTC at the latest" if finding.until else ""),
    ]
    return "\n".join(f"{word:<10}{folded(text, width, 10)}" for word, text in rows if text)


def _state(finding: Finding) -> str:
    words = {
        Status.OK: "seen to hold",
        Status.FAILED: "does not hold",
        Status.WARNING: "holds, and wants your attention",
        Status.UNKNOWN: "cannot tell",
        Status.SKIPPED: "left out",
    }
    return f"{of_finding(finding)} {words[finding.status]}"
