"""Name servers inside the test: authoritative ones and a recursor, on loopback addresses, with faults on demand.

    async with world({"example.com": ZONE_TEXT}) as net:
        dns = net.dns()          # a Dns that asks this world
        net.at("127.0.0.2").rcode = 5    # this server refuses from now on
        net.asked                # [(server, name, type, "udp" | "tcp"), ...]

`world` makes the root zone and the delegations, puts each zone on the addresses (127.0.0.0/8 or ::1) that its name
servers have in the zone texts, a recursor on 127.0.0.53 and the root on 127.0.0.40. Parsing is dnspython's, so that
the code under test is not checked against itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import struct
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import dns.name
import dns.rdatatype
import dns.zone

from mailwizard.dns.dns import Dns

RECURSOR, ROOT = "127.0.0.53", "127.0.0.40"
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
NS, CNAME, SOA = 2, 5, 6
_SIMPLE = re.compile(r"[a-z0-9_.-]*").fullmatch
RRset = list[bytes]  # records on the wire, owner included, uncompressed


def _key(name: str) -> str:
    return name.rstrip(".").lower()


@dataclass
class ZoneData:
    """A zone, its records ready for the wire."""

    apex: str
    sets: dict[tuple[str, int], RRset] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)  # with empty non-terminals
    texts: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    cuts: set[str] = field(default_factory=set)

    @classmethod
    def parse(cls, apex: str, text: str) -> ZoneData:
        """From zone text (RFC 1035, 5); the origin is `apex`."""
        origin = dns.name.from_text(apex or ".")
        parsed = dns.zone.from_text(text, origin=origin, relativize=False, check_origin=False, allow_include=False)
        zone = cls(_key(apex))
        for name, node in parsed.nodes.items():
            owner = _key(name.to_text())
            for rdataset in node.rdatasets:
                key = (owner, int(rdataset.rdtype))
                zone.sets[key] = [_record(owner, key[1], rdataset.ttl, rdata.to_wire()) for rdata in rdataset]
                if key[1] == NS and owner != zone.apex:
                    zone.cuts.add(owner)
                zone.texts[key] = [rdata.to_text() for rdata in rdataset]
            labels = owner.split(".")
            zone.names |= {".".join(labels[n:]) for n in range(len(labels))} if owner else {""}
        return zone

    def cut_above(self, name: str) -> str | None:
        """The delegated name at or above `name`, below the apex."""
        labels = name.split(".")
        above = (".".join(labels[n:]) for n in range(len(labels) - 1, -1, -1))
        return next((owner for owner in above if owner in self.cuts), None)

    def find(self, name: str, kind: int) -> RRset | None:
        """The records, a wildcard expanded (RFC 4592); None when there are none."""
        if (name, kind) in self.sets:
            return self.sets[name, kind]
        source = self.wildcard(name)
        found = self.sets.get((source, kind)) if source else None
        return [_wire_name(name) + record[len(_wire_name(source or "")) :] for record in found] if found else None

    def wildcard(self, name: str) -> str | None:
        """The wildcard that stands for `name`, which is not there itself."""
        if name in self.names:
            return None
        labels = name.split(".")
        for n in range(1, len(labels)):
            encloser = ".".join(labels[n:])
            if encloser in self.names:
                return f"*.{encloser}" if f"*.{encloser}" in self.names else None
        return None

    def exists(self, name: str) -> bool:
        """True when there is anything at or below the name."""
        return name in self.names or self.wildcard(name) is not None


def _within(name: str, zone: str) -> bool:
    return not zone or name == zone or name.endswith("." + zone)


def _wire_name(name: str) -> bytes:
    return dns.name.from_text(name or ".").to_wire() or b""


def _record(owner: str, kind: int, ttl: int, data: bytes | None) -> bytes:
    return _wire_name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data or b"")) + (data or b"")


@dataclass
class Reply:
    """What a server says to one question."""

    rcode: int = NOERROR
    flags: int = 0x0400  # AA
    answer: list[bytes] = field(default_factory=list)
    authority: list[bytes] = field(default_factory=list)
    additional: list[bytes] = field(default_factory=list)


@dataclass
class Server:
    """One address. Faults can be set while it runs."""

    zones: dict[str, ZoneData] = field(default_factory=dict)
    recursive: bool = False
    rtt: float = 0.0  # seconds before each reply
    loss: float = 0.0  # share of packets lost, both ways together
    silent: bool = False
    rcode: int | None = None  # says only this
    truncates: bool = False  # UDP replies are empty, with TC
    garbage: bytes | None = None  # these bytes after the id, in the place of a reply
    folds_case: bool = False  # repeats the question in lower case
    no_edns: bool = False  # FORMERR to EDNS
    remembered: dict[tuple[str, str], Reply] = field(default_factory=dict)  # a recursor's old answers
    broken: set[str] = field(default_factory=set)  # zones that a recursor answers with SERVFAIL

    def reply(self, name: str, kind: int, desired: bool = True) -> Reply:
        """The answer to a question (RFC 1034, 4.3.2); `desired` is its RD bit: without it a recursor asks nobody."""
        if self.rcode is not None:
            return Reply(self.rcode, 0)
        if self.recursive:
            return self._old(name, kind) or (self._recurse(name, kind) if desired else Reply(REFUSED, 0x0080))
        zone = self._deepest(name)
        return _from_zone(zone, name, kind) if zone else Reply(REFUSED, 0)

    def _deepest(self, name: str) -> ZoneData | None:
        labels = name.split(".")
        for n in range(len(labels)):
            if ".".join(labels[n:]) in self.zones:
                return self.zones[".".join(labels[n:])]
        return self.zones.get("")

    def _old(self, name: str, kind: int) -> Reply | None:
        return self.remembered.get((name, dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind))))

    def _recurse(self, name: str, kind: int) -> Reply:
        whole: list[bytes] = []
        for _ in range(10):
            zone = self._deepest(name)
            if zone is None or any(_within(name, broken) for broken in self.broken):
                return Reply(SERVFAIL, 0x0080)
            reply = _from_zone(zone, name, kind)
            whole += reply.answer
            target = zone.texts.get((name, CNAME)) if kind != CNAME else None
            if not target or len(reply.answer) > 1:
                return Reply(reply.rcode, 0x0080, whole, [] if reply.flags == 0 else reply.authority)
            name = _key(target[0])
        return Reply(SERVFAIL, 0x0080)


def _from_zone(zone: ZoneData, name: str, kind: int, hops: int = 8) -> Reply:
    cut = zone.cut_above(name)
    if cut is not None:
        return _referral(zone, cut)
    found = zone.find(name, kind)
    if found:
        return Reply(answer=found)
    alias = zone.find(name, CNAME)
    if alias:
        return _through_alias(zone, name, kind, alias, hops)
    soa = zone.sets.get((zone.apex, SOA), [])
    return Reply(NOERROR if zone.exists(name) else NXDOMAIN, authority=soa)


def _through_alias(zone: ZoneData, name: str, kind: int, alias: RRset, hops: int) -> Reply:
    texts = zone.texts.get((name, CNAME)) or zone.texts[zone.wildcard(name) or "", CNAME]
    target = _key(texts[0])
    if not _within(target, zone.apex) or target == name or not hops:
        return Reply(answer=alias)
    rest = _from_zone(zone, target, kind, hops - 1)
    return Reply(rest.rcode, 0x0400, alias + rest.answer, rest.authority, rest.additional)


def _referral(zone: ZoneData, cut: str) -> Reply:
    glue = [
        record
        for target in zone.texts[cut, NS]
        for kind in (1, 28)
        for record in zone.sets.get((_key(target), kind), [])
    ]
    return Reply(NOERROR, 0, [], zone.sets[cut, NS], glue)


class Net:
    """Servers by address, all on one port. An async context manager."""

    def __init__(self, servers: Mapping[str, Server], seed: int = 1) -> None:
        self.servers = dict(servers)
        self.port = self.fixed_port = 0  # 0: any that is free on all addresses
        self.asked: list[tuple[str, str, str, str]] = []
        self.lost = 0
        self._random = random.Random(seed)
        self._transports: list[asyncio.DatagramTransport] = []
        self._listeners: list[asyncio.AbstractServer] = []

    def at(self, address: str) -> Server:
        """The server at an address."""
        return self.servers[address]

    def dns(self, resolvers: Sequence[str] = (RECURSOR,), system: Sequence[str] = (RECURSOR,)) -> Dns:
        """A `Dns` that asks this world and nothing else."""
        return Dns(resolvers, port=self.port, system=system, https={})

    def questions(self, name: str, type: str) -> list[str]:
        """Which servers were asked this."""
        return [server for server, asked, kind, _ in self.asked if (asked, kind) == (name, type)]

    async def __aenter__(self) -> Net:
        for _ in range(50):
            self.port = self.fixed_port or random.randint(20000, 32000)
            try:
                await self._listen()
                return self
            except OSError:
                await self._stop()
                if self.fixed_port:
                    raise
        raise OSError("no port is free on all loopback addresses")

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for address in self.servers:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            link = socket.socket(family, socket.SOCK_DGRAM)
            with contextlib.suppress(OSError):
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            try:
                link.bind((address, self.port))
            except OSError:
                link.close()
                raise
            transport, _ = await loop.create_datagram_endpoint(lambda a=address: _Udp(self, a), sock=link)  # type: ignore[misc]
            self._transports.append(transport)
            tcp = await asyncio.start_server(lambda r, w, a=address: self._tcp(a, r, w), address, self.port)  # type: ignore[misc]
            self._listeners.append(tcp)

    async def _stop(self) -> None:
        for transport in self._transports:
            transport.close()
        for listener in self._listeners:
            listener.close()
        self._transports, self._listeners = [], []

    def wire(self, address: str, packet: bytes, transport: str) -> bytes | None:
        """The reply on the wire; None when there is none."""
        server = self.servers[address]
        name, at = _question_name(packet)
        kind = int.from_bytes(packet[at : at + 2], "big")
        self.asked.append((address, name, dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind)), transport))
        if server.silent or (transport == "udp" and self._random.random() < server.loss):
            self.lost += 1
            return None
        if server.garbage is not None:
            return packet[:2] + server.garbage
        if server.no_edns and packet[10:12] != b"\0\0":
            return packet[:2] + b"\x80\1" + bytes(8)
        reply = server.reply(name, kind, bool(packet[2] & 1))
        section = packet[12 : at + 4]
        if server.truncates and transport == "udp":
            reply = Reply(NOERROR, reply.flags | 0x0200)
        flags = 0x8000 | reply.flags | reply.rcode | (packet[2] & 1) << 8
        counts = struct.pack("!HHHH", 1, len(reply.answer), len(reply.authority), len(reply.additional))
        section = section.lower() if server.folds_case else section
        body = b"".join(reply.answer + reply.authority + reply.additional)
        whole = packet[:2] + flags.to_bytes(2, "big") + counts + section + body
        if transport == "udp" and len(whole) > 1232:
            empty = struct.pack("!HHHH", 1, 0, 0, 0)
            return packet[:2] + (flags | 0x0200).to_bytes(2, "big") + empty + section
        return whole

    async def _tcp(self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            packet = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            await asyncio.sleep(self.servers[address].rtt * 2)
            reply = self.wire(address, packet, "tcp")
            if reply is not None:
                writer.write(len(reply).to_bytes(2, "big") + reply)
                await writer.drain()
        writer.close()


def _question_name(packet: bytes) -> tuple[str, int]:
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("latin-1").lower())
        at += 1 + packet[at]
    name = ".".join(labels)
    if not _SIMPLE(name):
        name = _key(dns.name.Name([label.encode("latin-1") for label in [*labels, ""]]).to_text())
    return name, at + 1


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, net: Net, address: str) -> None:
        self._net, self._address = net, address
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._net.wire(self._address, data, "udp")
        rtt = self._net.servers[self._address].rtt
        if reply is None or self._transport is None:
            return
        if rtt:
            asyncio.get_running_loop().call_later(rtt, self._transport.sendto, reply, addr)
        else:
            self._transport.sendto(reply, addr)


def zone_text(servers: Mapping[str, str], text: str = "", *, apex: str, serial: int = 1) -> str:
    """Zone text with SOA (negative TTL 300), NS and the addresses of the servers that lie in the zone."""
    lines = [f"@ 3600 IN SOA {next(iter(servers))}. hostmaster.{apex or 'root'}. {serial} 7200 3600 1209600 300"]
    for name, address in servers.items():
        lines.append(f"@ 3600 IN NS {name}.")
        if _within(name, apex):
            lines.append(f"{name}. 3600 IN {'AAAA' if ':' in address else 'A'} {address}")
    return "\n".join(lines) + "\n" + textwrap.dedent(text) + "\n"


def world(
    zones: Mapping[str, str], seed: int = 1, *, resolver_at: str = RECURSOR, root_at: str = ROOT, **recursor: object
) -> Net:
    """All of the DNS that a test needs, from zone texts by apex; what has no parent is delegated by the root."""
    data = {_key(apex): ZoneData.parse(apex, text) for apex, text in zones.items()}
    if "" not in data:
        data[""] = _root(data, root_at)
    servers = {resolver_at: Server(dict(data), recursive=True), root_at: Server({"": data[""]})}
    for apex, zone in data.items():
        for target in zone.texts.get((apex, NS), []):
            for address in _addresses(data, _key(target)):
                servers.setdefault(address, Server()).zones[apex] = zone
    for option, value in recursor.items():
        setattr(servers[resolver_at], option, value)
    return Net(servers, seed)


def _addresses(data: Mapping[str, ZoneData], name: str) -> list[str]:
    found = [zone.texts.get((name, kind), []) for kind in (1, 28) for zone in data.values()]
    return list(dict.fromkeys(address for some in found for address in some))


def _root(data: Mapping[str, ZoneData], root_at: str) -> ZoneData:
    lines = [
        ". 86400 IN SOA a.root. hostmaster.root. 1 7200 3600 1209600 86400",
        ". 86400 IN NS a.root.",
        f"a.root. 86400 IN A {root_at}",
    ]
    for apex, zone in data.items():
        if apex and not any(_within(apex, other) for other in data if other and other != apex):
            for target in zone.texts.get((apex, NS), []):
                lines.append(f"{apex}. 86400 IN NS {target}")
                addresses = _addresses(data, _key(target))
                lines += [f"{target} 86400 IN {'AAAA' if ':' in a else 'A'} {a}" for a in addresses]
    return ZoneData.parse(".", "\n".join(dict.fromkeys(lines)))
