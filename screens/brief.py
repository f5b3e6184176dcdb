"""What is to be done, in a line or two: the pages that show every step name it, the step itself says it all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailwizard.finding import Finding
from mailwizard.standing import Step
from mailwizard.text import one_line

LONGEST_VALUE = 60  # characters; a longer one, a DKIM key, is to be copied and not to be read
_ROOM = 170  # characters
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")


def in_brief(step: Step, finding: Finding) -> str:
    """The finding's fix in whole sentences, at least the first; a long value is named, and stands in its step."""
    fix = one_line(finding.fix)
    value = one_line(finding.expected)
    if len(value) > LONGEST_VALUE and fix.endswith(value):
        fix = fix.removesuffix(value).rstrip().removesuffix(":").removesuffix("this value").rstrip()
        fix = f"{fix} the value that the step {step.title} shows."
    first, *more = _SENTENCE_ENDS.split(fix)
    for sentence in more:
        if len(first) + 1 + len(sentence) > _ROOM:
            break
        first = f"{first} {sentence}"
    return first


def all_in_brief(step: Step, findings: Sequence[Finding]) -> str:
    """The step's name, what is to be done about the first of its findings, and how many more there are."""
    more = f" ({len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{step.title}: {in_brief(step, findings[0])}{more}"
