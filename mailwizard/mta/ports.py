"""What answers on the three ports, seen from the machine itself: who it says it is, and whether it offers TLS."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard.errors import HostError, Unreachable
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import Dials
from mailwizard.mta.smtp_talk import SmtpTalk
from mailwizard.text import one_line

PORTS = (25, 465, 587)
LOOPBACK = "127.0.0.1"
_WHAT = {25: "mail from other servers", 465: "mail programs, TLS from the start", 587: "mail programs, STARTTLS"}


@dataclass(frozen=True)
class Answered:
    """How a port answered. `trouble` is why it did not, `certificate` DER."""

    port: int
    banner: str = ""
    tls: bool = False
    certificate: bytes = b""
    trouble: str = ""
    silent: bool = False  # nothing can be said: it neither answered nor refused


async def ask_port(host: Dials, port: int, server_name: str) -> Answered:
    """Connects, reads the banner and goes over to TLS; the certificate is not checked here. Raises nothing."""
    try:
        talk = await SmtpTalk.open(host, LOOPBACK, port, tls=port == 465, server_name=server_name, verify=False)
    except Unreachable as error:
        return Answered(port, trouble=str(error), silent="refused" not in str(error).lower())
    except HostError as error:
        return Answered(port, trouble=str(error))
    try:
        return await _greeted(talk, port, server_name)
    except HostError as error:
        return Answered(port, str(talk.banner), trouble=str(error))
    finally:
        await talk.quit()


async def _greeted(talk: SmtpTalk, port: int, server_name: str) -> Answered:
    await talk.ehlo("localhost")
    if port != 465 and "STARTTLS" in talk.features:
        await talk.starttls(server_name=server_name, verify=False)
    return Answered(port, str(talk.banner), bool(talk.tls_version), talk.peer_certificate)


def judge_port(answered: Answered) -> Finding:
    """The finding `chasquid.port_25`, `_465` or `_587`."""
    port = answered.port
    fits = answered.banner.startswith("220") and "chasquid" in answered.banner and answered.tls
    what = f"{answered.banner or answered.trouble}{'' if answered.tls or not answered.banner else ' (no TLS)'}"
    return Finding(
        f"chasquid.port_{port}",
        Status.OK if fits else Status.UNKNOWN if answered.silent else Status.FAILED,
        f"Port {port}: {_WHAT[port]}",
        expected="chasquid answers and offers TLS",
        found=(one_line(what),),
        source=f"{LOOPBACK} port {port}",
    )
