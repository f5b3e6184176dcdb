"""The zone files of tests/cases/dns, each with what is expected in its head, and what example.com wants to publish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mailwizard.dns.wanted_record import Wanted
from tests.unit.dns.name_server import REFUSED, SERVFAIL, Net, ZoneData, world

FOLDER = Path(__file__).parents[2] / "cases" / "dns"
NS1, NS2 = "127.0.0.2", "127.0.0.3"
ADDRESSES = ("198.51.100.7", "2001:db8:7::7")
_RCODES = {"refused": REFUSED, "servfail": SERVFAIL}


def _key() -> str:
    line = re.search(r"^mw1\._domainkey TXT (.*)$", (FOLDER / "correct.zone").read_text(), re.MULTILINE)
    assert line
    return "".join(re.findall(r'"([^"]*)"', line[1]))


WANTED = (
    Wanted("smtp.example.com", "A", ADDRESSES[0], "a"),
    Wanted("smtp.example.com", "AAAA", ADDRESSES[1], "aaaa"),
    Wanted("smtp.example.com", "TXT", "v=spf1 a -all", "spf_host"),
    Wanted("example.com", "MX", "10 smtp.example.com", "mx"),
    Wanted("example.com", "TXT", "v=spf1 a:smtp.example.com include:_spf.example.com ~all", "spf"),
    Wanted("_spf.example.com", "TXT", "v=spf1 a:smtp.example.com ~all", "spf_include"),
    Wanted("mw1._domainkey.example.com", "TXT", _key(), "dkim"),
    Wanted(
        "_dmarc.example.com",
        "TXT",
        "v=DMARC1; p=quarantine; rua=mailto:rua@example.com; ruf=mailto:ruf@example.com; fo=1",
        "dmarc",
    ),
    Wanted("example.com", "CAA", '0 issue "letsencrypt.org"', "caa"),
    Wanted("_mta-sts.example.com", "TXT", "v=STSv1; id=20261124T020000", "mta_sts"),
    Wanted("_smtp._tls.example.com", "TXT", "v=TLSRPTv1; rua=mailto:tls@example.com", "tls_rpt"),
    Wanted("_submissions._tcp.example.com", "SRV", "0 1 465 smtp.example.com", "srv"),
)


@dataclass(frozen=True)
class ZoneCase:
    """One zone file. `wanted`: the purposes of the records that its mistake concerns; none in a correct zone."""

    name: str
    text: str
    head: dict[str, str]

    @property
    def cause(self) -> str:
        """The cause that is to be named, "" in a correct zone."""
        return self.head.get("cause", "")

    @property
    def wanted(self) -> set[str]:
        """The purposes of the records that the mistake concerns."""
        purposes = self.head.get("wanted", "").split()
        return {record.purpose for record in WANTED} if purposes == ["all"] else set(purposes)

    def net(self) -> Net:
        """Its name servers, not yet running."""
        zones = {self.head.get("apex", "example.com"): self.text}
        if also := self.head.get("also"):
            apex, file = also.split()
            zones[apex] = (FOLDER / file).read_text()
        net = world(zones)
        for label, address in (("ns1", NS1), ("ns2", NS2)):
            fault = self.head.get(label, "")
            if fault in _RCODES:
                net.at(address).rcode = _RCODES[fault]
            elif fault:
                net.at(address).zones["example.com"] = ZoneData.parse("example.com", (FOLDER / fault).read_text())
        return net


def zone_cases() -> list[ZoneCase]:
    """All of them, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.zone"))]


def _read(path: Path) -> ZoneCase:
    text = path.read_text()
    head = {match[1]: match[2] for match in re.finditer(r"^; (\w+): (.*)$", text, re.MULTILINE)}
    return ZoneCase(path.stem, text, head)
