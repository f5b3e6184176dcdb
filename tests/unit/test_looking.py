"""Looking at a server and its domains one by one finds what the plain look finds, and tells it as it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mailwizard.answers import Answers, Domain
from mailwizard.by_domain import ByDomain, Parts
from mailwizard.change import Change
from mailwizard.commands import health
from mailwizard.dns.dkim_key import new_key
from mailwizard.dns.dns import Dns
from mailwizard.engine import Engine
from mailwizard.errors import UsageError
from mailwizard.finding import Finding, Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import Host
from mailwizard.looking import AT_ONCE
from mailwizard.services import Services
from tests.bench.beds import mail_domains, mail_machine
from tests.unit.dns.name_server import Net

GIVEN = mail_machine.answers(4)
PEM = new_key()
OWN = ("d0.test", "d1.test", "d2.test", "d3.test")


@dataclass
class Bed:
    """A server of four domains and its name servers; the files of d2.test are not as they should be."""

    host: ImaginaryHost
    net: Net
    dns: Dns

    @property
    def engine(self) -> Engine:
        return Engine(self.host, Services(self.dns, {}, {}).order)


@asynccontextmanager
async def laid_out(folder: Path) -> AsyncIterator[Bed]:
    mail_machine.lay_out(folder, GIVEN, PEM)
    (folder / "etc/chasquid/domains/d2.test/aliases").write_text("i: someone@else.test\n")
    (folder / "etc/chasquid/domains/d2.test/dkim:mw1.pem").unlink()
    at = [mail_domains.ASK_AT]
    async with mail_machine.net(len(GIVEN.domains), 0, PEM) as net, net.dns(resolvers=at, system=at) as dns:
        yield Bed(mail_machine.FolderHost(folder), net, dns)


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.id, one.subject, one.expected))


@pytest.mark.parametrize("hostname", [mail_domains.HOST, "d1.test"], ids=["apart", "the name of a domain"])
async def test_one_by_one_finds_what_the_plain_look_finds(tmp_path: Path, hostname: str) -> None:
    given = replace(GIVEN, server=replace(GIVEN.server, hostname=hostname))
    async with laid_out(tmp_path) as bed:
        plain = [finding for found in (await bed.engine.look(given)).values() for finding in found]
        async with aclosing(bed.engine.look_each(given)) as looks:
            each = {looked.domain: looked async for looked in looks}
    assert set(each) == {"", *OWN}
    assert in_order([finding for looked in each.values() for finding in looked.findings]) == in_order(plain)
    for name in OWN:
        assert {one.subject.rpartition("@")[2] for one in each[name].findings} == {name}
    bad = {one.subject for one in plain if one.id == "forwarding.aliases" and one.status is Status.FAILED}
    assert bad == {"d2.test"}


async def test_what_all_domains_share_is_asked_once(tmp_path: Path) -> None:
    async with laid_out(tmp_path) as bed, aclosing(bed.engine.look_each(GIVEN)) as looks:
        assert len([looked async for looked in looks]) == 5
        for name, type in ((mail_domains.HOST, "A"), ("7.100.51.198.in-addr.arpa", "PTR"), ("_spf2.relay.test", "TXT")):
            asked = bed.net.questions(name, type)
            assert asked and len(set(asked)) == len(asked), (name, type, asked)
        assert bed.net.questions("test.bl.test", "A") == [mail_domains.ASK_AT]
        domain = [(server, *rest) for server, *rest in bed.net.asked if rest[0] in ("d3.test", "_dmarc.d3.test")]
        assert len(set(domain)) == len(domain)


async def test_no_command_is_run_for_a_domain(tmp_path: Path) -> None:
    async with laid_out(tmp_path) as bed:
        for given in (replace(GIVEN, domains=GIVEN.domains[:1]), GIVEN):
            host = mail_machine.FolderHost(tmp_path)
            engine = Engine(host, Services(bed.dns, {}, {}).order)
            assert len([looked async for looked in engine.look_each(given)]) == len(given.domains) + 1
            if len(given.domains) == 1:
                alone = sorted(host.ran)
        assert sorted(host.ran) == alone


async def test_a_domain_by_itself_needs_nothing_of_the_others(tmp_path: Path) -> None:
    async with laid_out(tmp_path) as bed, aclosing(bed.engine.look_each(GIVEN, ["d3.test"])) as looks:
        (looked,) = [looked async for looked in looks]
        assert looked.domain == "d3.test" and len(looked.findings) > 10
        assert not any(other in name for _, name, *_ in bed.net.asked for other in OWN[:3])
        assert not bed.host.dialled
        assert not any(word in ran for ran in bed.host.ran for word in ("systemctl", "ss"))


@dataclass
class Slow(ByDomain):
    """A step whose domains each wait until they are let go."""

    name = "slow"
    title = "Slow"
    needs: tuple[str, ...] = ()
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    cancelled: int = 0

    async def parts(self, host: Host, answers: Answers) -> Parts:
        async def server() -> list[Finding]:
            return [Finding("slow.server", Status.OK, "Server")]

        async def domain(one: Domain) -> list[Finding]:
            gate = self.gates.setdefault(one.name, asyncio.Event())
            try:
                await gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            return [Finding("slow.domain", Status.OK, "Domain", one.name)]

        return Parts(server, domain)

    async def plan(self, host: Host, answers: Answers) -> list[Change]:
        return []


async def test_a_few_at_a_time_and_each_as_it_comes() -> None:
    slow, many = Slow(), Answers(domains=tuple(Domain(f"d{n}.test") for n in range(1000)))
    async with aclosing(Engine(ImaginaryHost(), [slow]).look_each(many)) as looks:
        assert (await anext(looks)).domain == ""
        while len(slow.gates) < AT_ONCE:
            await asyncio.sleep(0)
        assert len(slow.gates) == AT_ONCE
        slow.gates["d7.test"].set()
        assert (await anext(looks)).domain == "d7.test"
        slow.gates["d3.test"].set()
        assert (await anext(looks)).domain == "d3.test"
        assert len(slow.gates) <= AT_ONCE + 2
    assert slow.cancelled == len(slow.gates) - 2


async def test_json_has_the_domains_in_the_order_of_the_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with laid_out(tmp_path) as bed:
        tally = await health.as_json(GIVEN, bed.engine.look_each(GIVEN), [])
    document = json.loads(capsys.readouterr().out)
    subjects = [one["subject"].rpartition("@")[2] for one in document["findings"]]
    seen = list(dict.fromkeys(subject for subject in subjects if subject in OWN))
    assert seen == list(OWN) and document["status"] == tally.status.value == "failed"
    assert tally.exit_code == 2 and sum(tally.counts.values()) == len(document["findings"])


async def test_plain_text_ends_with_the_sum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with laid_out(tmp_path) as bed:
        only = ["d0.test"]
        assert (await health.as_text(GIVEN, bed.engine.look_each(GIVEN, only), only)).exit_code == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok       ") and "d0.test" in line for line in lines)
    assert last.startswith(f"{mail_domains.HOST}: ok ({len(lines)} ok), looked at ")


def test_a_name_that_is_not_looked_at_is_refused() -> None:
    assert health.known_names(["D0.test.", mail_domains.HOST], GIVEN) == ["d0.test", mail_domains.HOST]
    with pytest.raises(UsageError, match=r"d9\.test"):
        health.known_names(["d0.test", "d9.test"], GIVEN)
