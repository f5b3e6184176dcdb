"""The mail server whose N domains are looked at: its answers, and its files, which are real ones in a folder."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from mailwizard.answers import Answers, Certificate, Dmarc, DnsAnswers, Domain, Probes, Server
from mailwizard.dns.dkim_key import public_spki
from mailwizard.dns.dkim_record import compose
from mailwizard.host import disk
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import FileStat
from mailwizard.mta.aliases import merged
from mailwizard.mta.passing_on import VIA, wish
from mailwizard.services.forwarding import NOTE
from tests.bench.beds import mail_domains
from tests.unit.dns.name_server import Net, zone_text

BLOCKLIST = "bl.test"
_DOMAINS = "/etc/chasquid/domains"
_LISTED = "2.0.0.127 A 127.0.0.2\ntest A 127.0.0.2\n" + ".".join("2000000f7ffff" + "0" * 19) + " A 127.0.0.2\n"


def answers(count: int) -> Answers:
    """The answers for so many of the bed's domains."""
    return Answers(
        Server(mail_domains.HOST, mail_domains.IPV4, mail_domains.IPV6, provider="hetzner"),
        Certificate("admin@hosting.test", "dns_cf"),
        tuple(map(_domain, range(count))),
        dns=DnsAnswers((mail_domains.ASK_AT,)),
        probes=Probes((), (), (BLOCKLIST,)),
    )


def _domain(n: int) -> Domain:
    name = f"d{n}.test"
    return Domain(
        name,
        senders=("i",),
        spf_include=(f"_spf.{name}", "_spf.relay.test"),
        dmarc=Dmarc("quarantine", f"rua@{name}", fo=""),
        receive=True,
        forward=MappingProxyType({"*": "me@elsewhere.test"}),
    )


def lay_out(folder: Path, given: Answers, pem: bytes) -> None:
    """Writes the files of all domains below `folder`; all of them sign with the same key."""
    for domain in given.domains:
        place = folder / _DOMAINS[1:] / domain.name
        place.mkdir(parents=True)
        (place / "dkim:mw1.pem").write_bytes(pem)
        (place / "aliases").write_text(merged("", wish(domain, (), VIA).lines, NOTE))
        (place / "users").write_text(_users())


def _users() -> str:
    proof = hashlib.scrypt(b"password", salt=b"salt", n=16, r=8, p=1, dklen=32)
    octal = "".join(f"\\{byte:03o}" for byte in proof)
    scrypt = f'logN: 4 r: 8 p: 1 keyLen: 32 salt: "salt" encrypted: "{octal}"'
    return f'users: {{ key: "i" value: {{ scrypt: {{ {scrypt} }} }} }}\n'


class FolderHost(ImaginaryHost):
    """A machine with its domains' files in a folder, owned as chasquid wants; the rest is imagined, its log empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__(commands={("journalctl", ...): ""})
        self._folder = str(folder)

    async def read(self, path: str) -> bytes:
        return disk.read(self._folder + path) if path.startswith(_DOMAINS) else await super().read(path)

    async def stat(self, path: str) -> FileStat | None:
        if not path.startswith(_DOMAINS):
            return await super().stat(path)
        found = disk.stat(self._folder + path)
        return found and replace(found, mode=0o640, owner="root", group="chasquid")

    async def list(self, path: str) -> list[str]:
        return disk.names(self._folder + path) if path.startswith(_DOMAINS) else await super().list(path)


def net(count: int, rtt: float, pem: bytes, port: int = 0) -> Net:
    """The bed's name servers, with the record of this key in all domains, and a blocklist."""
    mail_domains.KEY = compose(public_spki(pem))
    texts = mail_domains.zones(count)
    texts[BLOCKLIST] = zone_text(mail_domains.NAME_SERVERS, _LISTED, apex=BLOCKLIST)
    return mail_domains.net_of(texts, rtt, port)
