"""What to do about a finding that does not say so itself: most often `apply` mends it, and the step's plan tells."""

from __future__ import annotations

import shlex
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace

from mailwizard.answers import ANSWERS_PATH, Answers
from mailwizard.errors import HostError, Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.looking import Looked
from mailwizard.service import Service
from mailwizard.text import listed

_BY_APPLY = "mailwizard does it: run `mailwizard apply`."


async def with_remedies(
    host: Host, services: Sequence[Service], answers: Answers, looks: AsyncGenerator[Looked, None]
) -> AsyncGenerator[Looked, None]:
    """What is looked at, each failure and warning with what to do. A step is planned once, and only where one of its
    findings does not say it. Only reads. Raises Unreachable."""
    plans: dict[str, str] = {}
    by_name = {service.name: service for service in services}
    async with aclosing(looks):
        async for looked in looks:
            steps = dict(looked.steps)
            for name, findings in looked.steps.items():
                if any(map(_is_open, findings)):
                    if name not in plans:
                        plans[name] = await _by_plan(by_name[name], host, answers)
                    steps[name] = [told(finding, findings, plans[name]) for finding in findings]
            yield Looked(looked.domain, {name: spelled_out(found, host, answers) for name, found in steps.items()})


def spelled_out(findings: Iterable[Finding], host: Host, answers: Answers) -> list[Finding]:
    """The findings, with the commands in their fixes as they are to be typed."""
    return [replace(finding, fix=as_typed(finding.fix, host, answers)) for finding in findings]


def as_typed(text: str, host: Host, answers: Answers) -> str:
    """`text`, in which each command of mailwizard (in backquotes) says which machine and which answers it is for, where
    they are not this machine and its own."""
    file = "" if answers.path == ANSWERS_PATH else f"--answers {shlex.quote(answers.path)}"
    words = " ".join(filter(None, ("`mailwizard", host.option, file)))
    return text.replace("`mailwizard ", f"{words} ")


async def _by_plan(service: Service, host: Host, answers: Answers) -> str:
    """That `apply` does what is to do in this step; why it cannot be told; empty when nothing is planned."""
    try:
        return _BY_APPLY if await service.plan(host, answers) else ""
    except Unreachable:
        raise
    except HostError as error:  # it says what to do, for example to become root
        return str(error)


def told(finding: Finding, beside: Sequence[Finding], by_plan: str) -> Finding:
    """`finding`, saying what to do. `beside` are the findings of its step, `by_plan` what the step's plan comes to."""
    return replace(finding, fix=by_plan or _without_plan(finding, beside)) if _is_open(finding) else finding


def _without_plan(finding: Finding, beside: Sequence[Finding]) -> str:
    before = [f"“{one.title}”" for one in beside if one.status is Status.FAILED and one.fix]
    if before:
        return f"Do first what is said of {listed(list(dict.fromkeys(before)))}."
    if finding.status is Status.FAILED and finding.source:
        return f"mailwizard has nothing to change here: look yourself ({finding.source})."
    return ""


def _is_open(finding: Finding) -> bool:
    return finding.status in (Status.FAILED, Status.WARNING) and not finding.fix
