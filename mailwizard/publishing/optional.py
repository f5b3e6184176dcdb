"""Records that nobody has to publish, judged where they stand: MTA-STS (RFC 8461) and TLS-RPT (RFC 8460)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from mailwizard.answers import Domain
from mailwizard.dns import mta_sts, tls_rpt
from mailwizard.dns.answer import Lookup, Outcome
from mailwizard.dns.mta_sts_check import StsChecked, StsState, check
from mailwizard.errors import Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Host
from mailwizard.text import one_line

_STATES = {
    StsState.ABSENT: Status.SKIPPED,
    StsState.GOOD: Status.OK,
    StsState.BROKEN: Status.WARNING,
    StsState.MISMATCH: Status.WARNING,
    StsState.UNKNOWN: Status.UNKNOWN,
}


async def optional_findings(host: Host, domain: Domain, lookup: Lookup) -> list[Finding]:
    """dns.mta_sts and dns.tls_rpt of a domain; skipped where there is none."""
    return list(await asyncio.gather(_mta_sts(host, domain, lookup), _tls_rpt(domain, lookup)))


async def _mta_sts(host: Host, domain: Domain, lookup: Lookup) -> Finding:
    async def fetch(url: str) -> tuple[int, bytes]:
        try:
            return await host.fetch(url)
        except Unreachable as error:
            raise OSError(str(error).rstrip(".")) from error

    answer = await lookup(domain.name, "MX")
    hosts = [value.split(" ", 1)[1] for value in answer.values if " " in value]
    return judge_mta_sts(await check(lookup, fetch, domain.name, hosts))


def judge_mta_sts(checked: StsChecked) -> Finding:
    """The finding about a domain's MTA-STS."""
    return Finding(
        "dns.mta_sts",
        _STATES[checked.state],
        "MTA-STS",
        subject=checked.domain,
        found=checked.faults or (("not published",) if checked.state is StsState.ABSENT else ()),
        source=_source(checked.source, mta_sts.owner(checked.domain)),
        cause="no_answer" if checked.state is StsState.UNKNOWN else "",
        fix=" ".join(checked.faults) if checked.state in (StsState.BROKEN, StsState.MISMATCH) else "",
    )


def _source(server: str, name: str) -> str:
    return f"{server}, authoritative" if server else f"TXT of {name}: no name server was found"


async def _tls_rpt(domain: Domain, lookup: Lookup) -> Finding:
    answer = await lookup(tls_rpt.owner(domain.name), "TXT")
    source = _source(answer.server, answer.name)
    finding = Finding("dns.tls_rpt", Status.OK, "TLS reports", subject=domain.name, source=source)
    if answer.outcome is Outcome.UNKNOWN:
        return replace(finding, status=Status.UNKNOWN, cause="no_answer", found=(answer.why,))
    report = tls_rpt.judge(answer.values)
    if report is None:
        return replace(finding, status=Status.SKIPPED, found=("not published",))
    if report.faults:
        fix = f"Mend the TXT record at {answer.name}, or delete it: {' '.join(report.faults)}"
        return replace(finding, status=Status.WARNING, found=answer.values, fix=one_line(fix))
    return replace(finding, found=report.rua)
