"""What the DNS comparison is measured on: N mail domains of one server, and name servers in a process of their own.

    python tests/bench/beds/mail_domains.py PORT N RTT_SECONDS

prints "ready PORT" (another port where PORT may not be bound), then, for each line read, how many questions came since
the last one.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from mailwizard.dns.wanted_record import Wanted, split_text
from tests.unit.dns.name_server import Net, world, zone_text

HOST, IPV4, IPV6 = "smtp.hosting.test", "198.51.100.7", "2001:db8:7::7"
NAME_SERVERS = {"ns1.hosting.test": "127.53.1.1", "ns2.hosting.test": "127.53.1.2"}
ASK_AT, ROOT_AT = "127.53.0.53", "127.53.0.40"  # not 127.0.0.53: a machine's own resolver may sit there
REVERSE = {"100.51.198.in-addr.arpa": "7", "7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": ".".join("7" + "0" * 19)}
KEY = "v=DKIM1; k=rsa; p=" + (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu5oIUrFDWZK7F4thFxpZa2or6jBEX3cSL6b2TJdPkO5iNn9vHNXhNX31nOefN8FksX94"
    "YbLJ8NHcFPbaZTW8R2HthYxRaCyqodxlLHibg8aHdfa+bxKeiI/xABRuAM0WG0JEDSyakMFqIO40ghj/h7DUc/4OXNdeQhrKDTlgf2bd+FjpJ3bN"
    "AFcMYa3Oeju33b2Tp+PdtqIwXRZksfuXh7m0kuyavp3Uaso145DRBaJZA55lNxmHWMgMjO+YjNeuR6j4oQqyGwzPaVcSdOG8Js2mXt+J3Hr+nNmJ"
    "GxZUUW4Uw5ws08wT9opRgSpn+ThX2d1AgQePpGrWOamC3PdcwwIDAQAB"
)


def of_server() -> list[Wanted]:
    """The records of the server's name."""
    return [
        Wanted(HOST, "A", IPV4, "a"),
        Wanted(HOST, "AAAA", IPV6, "aaaa"),
        Wanted(HOST, "TXT", "v=spf1 a -all", "spf_host"),
    ]


def of_domain(n: int) -> list[Wanted]:
    """The records of the domain number `n`. Its SPF record leads to two others, one of them two steps away."""
    name = f"d{n}.test"
    return [
        Wanted(name, "MX", f"10 {HOST}", "mx"),
        Wanted(name, "TXT", f"v=spf1 a:{HOST} include:_spf.{name} include:_spf.relay.test ~all", "spf"),
        Wanted(f"_spf.{name}", "TXT", f"v=spf1 a:{HOST} ~all", "spf_include"),
        Wanted(f"mw1._domainkey.{name}", "TXT", KEY, "dkim"),
        Wanted(f"_dmarc.{name}", "TXT", f"v=DMARC1; p=quarantine; rua=mailto:rua@{name}", "dmarc"),
    ]


def zones(count: int) -> dict[str, str]:
    """Zone texts by apex: the top-level domain, the domains, the server's own zone, another sender, reverse zones."""
    servers = "".join(f"{name}. A {address}\n" for name, address in NAME_SERVERS.items())
    domains = ["hosting.test", "relay.test", *(f"d{n}.test" for n in range(count))]
    delegations = "".join(f"{domain}. NS {name}.\n" for domain in domains for name in NAME_SERVERS)
    found = {
        "test": zone_text({"ns.nic.test": "127.53.0.41"}, servers + delegations, apex="test"),
        "hosting.test": _zone("hosting.test", "".join(map(_line, of_server()))),
        "relay.test": _zone(
            "relay.test", '_spf TXT "v=spf1 include:_spf2.relay.test ~all"\n_spf2 TXT "v=spf1 ip4:192.0.2.0/24 ~all"\n'
        ),
    }
    for n in range(count):
        lines = [_line(record) for record in of_domain(n)]
        lines += ['@ CAA 0 issue "letsencrypt.org"\n', f'_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@d{n}.test"\n']
        found[f"d{n}.test"] = _zone(f"d{n}.test", "".join(lines))
    for apex, label in REVERSE.items():
        found[apex] = _zone(apex, f"{label} PTR {HOST}.\n")
    return found


def _zone(apex: str, text: str) -> str:
    return zone_text(NAME_SERVERS, text, apex=apex)


def _line(record: Wanted) -> str:
    if record.type == "TXT":
        value = " ".join(f'"{string}"' for string in split_text(record.value))
    else:
        value = record.value + ("." if record.type == "MX" else "")
    return f"{record.name}. {record.type} {value}\n"


def net(count: int, rtt: float, port: int = 0) -> Net:
    """The name servers, each of them `rtt` seconds away."""
    return net_of(zones(count), rtt, port)


def net_of(texts: dict[str, str], rtt: float, port: int = 0) -> Net:
    """Name servers for these zones."""
    found = world(texts, resolver_at=ASK_AT, root_at=ROOT_AT)
    found.fixed_port = port
    for server in found.servers.values():
        server.rtt = rtt
    return found


async def serve(there: Net) -> None:
    """Serves until standard input ends."""
    try:
        await there.__aenter__()
    except OSError:  # 53 needs root
        there.fixed_port = 0
        await there.__aenter__()
    print("ready", there.port, flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(len(there.asked), flush=True)
        there.asked.clear()
    await there.__aexit__()


if __name__ == "__main__":
    asyncio.run(serve(net(int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[1]))))
