"""A real login on port 465 of the machine itself: the proof that an account works."""

from __future__ import annotations

import asyncio
import ssl

from mailwizard.errors import FileMissing, HostError, Unreachable
from mailwizard.host.protocol import Host, text_of
from mailwizard.mta.smtp_talk import Reply, SmtpTalk
from mailwizard.mta.tls_stream import UntrustedCertificate
from mailwizard.secret import Secret

CERTIFICATES = "/etc/chasquid/certs"
LOOPBACK = "127.0.0.1"
SUBMISSIONS = 465  # RFC 8314: TLS from the first byte
_END = "-----END CERTIFICATE-----"


class LoginRefused(HostError):
    """The server does not take this address with this password."""


async def log_in(host: Host, address: str, password: Secret) -> None:
    """Logs in and out. The password goes only to a server with a certificate that lies in chasquid's own folder.

    Raises LoginRefused, UntrustedCertificate or Unreachable.
    """
    ours = await own_certificates(host)
    async with await open_submissions(host, verify=False) as talk:
        if talk.peer_certificate not in ours:
            raise UntrustedCertificate(
                f"Port {SUBMISSIONS} presents a certificate that is not in {CERTIFICATES}. "
                "Restart chasquid: systemctl restart chasquid."
            )
        reply = await _authenticated(talk, address, password)
        await talk.quit()
    if not reply.ok:
        raise LoginRefused(
            f"chasquid does not let {address} log in: {reply}. Check the password, or set a new one: "
            f"`mailwizard sender add {address}`."
        )


async def open_submissions(host: Host, *, server_name: str = "", verify: bool = True, ca: str = "") -> SmtpTalk:
    """A conversation on port 465 of the machine itself. Raises UntrustedCertificate, or Unreachable with what to do."""
    try:
        return await SmtpTalk.open(host, LOOPBACK, SUBMISSIONS, tls=True, server_name=server_name, verify=verify, ca=ca)
    except Unreachable as error:
        raise Unreachable(f"{error} Is chasquid set up, and does it run? See: `mailwizard health`.") from None


async def log_in_within(host: Host, address: str, password: Secret, seconds: float) -> None:
    """As `log_in`, again and again until it works: chasquid reads its users anew every 30 seconds only.

    Raises what the last try raised.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        try:
            return await log_in(host, address, password)
        except LoginRefused:
            if loop.time() > end:
                raise
        await asyncio.sleep(0.5)


async def _authenticated(talk: SmtpTalk, address: str, password: Secret) -> Reply:
    greeted = await talk.ehlo("localhost")
    return await talk.auth_plain(address, password) if greeted.ok else greeted


async def own_certificates(host: Host) -> frozenset[bytes]:
    """The certificates (DER) that chasquid is given to present. Raises FileUnreadable."""
    try:
        names = await host.list(CERTIFICATES)
    except FileMissing:
        return frozenset()
    found = await asyncio.gather(*(_leaf(host, f"{CERTIFICATES}/{name}/fullchain.pem") for name in names))
    return frozenset(leaf for leaf in found if leaf)


async def _leaf(host: Host, path: str) -> bytes:
    try:
        text = await text_of(host, path)
    except FileMissing:
        return b""
    try:
        return ssl.PEM_cert_to_DER_cert(text.partition(_END)[0].strip() + f"\n{_END}\n")
    except ValueError:
        return b""  # no certificate: chasquid does not present it either
