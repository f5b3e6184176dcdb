"""What `health` finds about a zone that name servers of the test serve: the services, the DNS and a small host."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from mailwizard.answers import Answers, Certificate, Dmarc, Domain, Server
from mailwizard.dns.dkim_key import new_key, public_spki
from mailwizard.dns.dkim_record import compose
from mailwizard.dns.dns import Dns
from mailwizard.finding import Finding
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.services import certificate, names, records, reverse_dns
from tests.unit.dns.name_server import Net, world, zone_text

NAME, V4, V6 = "smtp.example.com", "198.51.100.7", "2001:db8:7::7"
SELECTOR = "mw1"
SERVERS = {"ns1.example.com": "127.0.0.2", "ns2.example.com": "127.0.0.3"}
REVERSE = {
    "7.100.51.198.in-addr.arpa": "smtp.example.com",
    "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": "smtp.example.com",
}


@lru_cache(maxsize=1)
def pem() -> bytes:
    """The key that this server signs with."""
    return new_key()


def dkim_value() -> str:
    """The record of that key."""
    return compose(public_spki(pem()))


def strings(value: str, *cuts: int) -> str:
    """A TXT record's data in a zone file, cut at these places (by default each 255 characters)."""
    at = [0, *(cuts or range(255, len(value), 255)), len(value)]
    parts = (value[a:b].replace("\\", "\\\\").replace('"', '\\"') for a, b in itertools.pairwise(at))
    return " ".join(f'"{part}"' for part in parts)


def rows(changes: Mapping[str, str] | None = None) -> str:
    """A right zone's lines by what they are; `changes` replaces some of them ("" takes one out)."""
    good = {
        "a": f"smtp A {V4}",
        "aaaa": f"smtp AAAA {V6}",
        "spf_host": 'smtp TXT "v=spf1 a -all"',
        "mx": "@ MX 10 smtp",
        "spf": '@ TXT "v=spf1 a:smtp.example.com ~all"',
        "dkim": f"{SELECTOR}._domainkey TXT {strings(dkim_value())}",
        "dmarc": '_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:rua@example.com"',
    }
    return "$TTL 3600\n" + "\n".join({**good, **(changes or {})}.values())


def answers(**changes: object) -> Answers:
    """The answers for example.com; `changes` are fields of its domain."""
    domain = {
        "name": "example.com",
        "selector": SELECTOR,
        "receive": True,
        "dmarc": Dmarc("quarantine", "rua@example.com"),
    }
    return Answers(
        server=Server(hostname=NAME, ipv4=V4, ipv6=V6),
        certificate=Certificate(email="admin@example.com", dns_plugin="dns_cf"),
        domains=(Domain(**{**domain, **changes}),),  # type: ignore[arg-type]
    )


def served(text: str, zones: Mapping[str, str] | None = None, servers: Mapping[str, str] = SERVERS) -> Net:
    """The world with example.com as `text`, other `zones`, and the addresses' reverse names."""
    reverse = {
        apex: zone_text({"ns1.example.com": "127.0.0.2"}, f"@ PTR {target}.", apex=apex)
        for apex, target in REVERSE.items()
    }
    return world({"example.com": zone_text(servers, text, apex="example.com"), **reverse, **(zones or {})})


def host() -> ImaginaryHost:
    """A machine with the key."""
    return ImaginaryHost({f"/etc/chasquid/domains/example.com/dkim:{SELECTOR}.pem": pem()})


async def look(
    net: Net, given: Answers | None = None, resolvers: Sequence[str] = ("127.0.0.53",)
) -> dict[str, Finding]:
    """The DNS findings by id; of several with one id by `id subject`, or `id subject title`."""
    given, dns = given or answers(), net.dns(resolvers=resolvers)
    async with dns:
        found = await asyncio.gather(*(service.look(host(), given) for service in _services(dns)))
    flat = [finding for some in found for finding in some if finding.id.startswith(("dns.", "rdns."))]
    ids, subjects = Counter(f.id for f in flat), Counter((f.id, f.subject) for f in flat)
    return {_name(f, ids[f.id] > 1, subjects[f.id, f.subject] > 1): f for f in flat}


def _name(finding: Finding, with_subject: bool, with_title: bool) -> str:
    parts = (finding.id, finding.subject if with_subject else "", finding.title if with_title else "")
    return " ".join(part for part in parts if part)


def _services(dns: Dns) -> list[names.Names | records.Records | reverse_dns.ReverseDns | certificate.Certificate]:
    return [names.Names(dns), records.Records(dns), reverse_dns.ReverseDns(dns), certificate.Certificate(dns, {})]
