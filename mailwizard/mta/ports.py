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
# seconds a step: where chasquid ends again and again, systemd takes connections for it that nobody answers
_PATIENCE = 5.0
_WHAT = {25: "other servers", 465: "mail programs, TLS", 587: "mail programs, STARTTLS"}


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
    secure = port == 465
    try:
        talk = await SmtpTalk.open(
            host, LOOPBACK, port, tls=secure, server_name=server_name, verify=False, timeout=_PATIENCE
        )
    except Unreachable as error:
        return Answered(port, trouble=str(error), silent="refused" not in str(error).lower())
    except HostError as error:
        return Answered(port, trouble=str(error))
    async with talk:  # one that fell silent is not waited for once more, to say goodbye
        try:
            return await _greeted(talk, port, server_name)
        except HostError as error:
            return Answered(port, str(talk.banner), trouble=str(error))


async def _greeted(talk: SmtpTalk, port: int, server_name: str) -> Answered:
    await talk.ehlo("localhost")
    if port != 465 and "STARTTLS" in talk.features:
        await talk.starttls(server_name=server_name, verify=False)
    await talk.quit()
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
