"""The imagined mail server as it is heard on its ports, with real TLS; and the big operators' port 25."""

from __future__ import annotations

import base64
import secrets
import ssl
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

from mailwizard.demo.world import World
from mailwizard.mta.users import parse_users
from mailwizard.secret import Secret

if TYPE_CHECKING:
    from mailwizard.demo.machine import DemoHost

OPERATORS = {"gmail-smtp-in.l.google.com": "26", "outlook-com.olc.protection.outlook.com": "27"}


def greeting_of(address: str, world: World) -> str:
    """How the operator at this address greets; empty when nobody is there or no way leads there."""
    for name, number in OPERATORS.items():
        if address == f"192.0.2.{number}" or (address == f"2001:db8:25::{number}" and world.ipv6_up):
            return f"{name} ESMTP ready"
    return ""


def conversation(world: World, host: DemoHost, port: int) -> Callable[[bytes], bytes | None]:
    """One connection to the mail server: what it says to what it hears."""
    talk = _Talk(world, host)
    return _Encrypted(host, talk, at_once=port == 465).hear


class _Talk:
    """SMTP, line by line."""

    def __init__(self, world: World, host: DemoHost) -> None:
        self.world, self.host = world, host
        self.name = host.text("/proc/sys/kernel/hostname").strip()
        self.wants_tls = self.has_tls = self.in_data = False
        self.user = self.sender = ""
        self.recipients: list[str] = []
        self._buffer = b""

    def greet(self) -> bytes:
        return f"220 {self.name} ESMTP chasquid\r\n".encode()

    def hear(self, data: bytes) -> bytes:
        """The answers to whole lines; the rest of one is kept."""
        self._buffer += data
        said = b""
        while b"\n" in self._buffer and not self.wants_tls:
            line, _, self._buffer = self._buffer.partition(b"\n")
            if answer := self._answer(line.decode("utf-8", "replace").strip("\r")):
                said += f"{answer}\r\n".encode()
        return said

    def _answer(self, line: str) -> str:
        if self.in_data:
            return self._taken() if line == "." else ""
        verb, _, rest = line.partition(" ")
        answers: dict[str, Callable[[str], str]] = {
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
        }
        if verb.upper() == "QUIT":
            return "221 2.0.0 See you"
        answer = answers.get(verb.upper())
        return answer(rest) if answer else "500 5.5.1 Unknown command"

    def _ehlo(self, rest: str) -> str:
        return f"250-{self.name} - Your hour of destiny has come.\r\n250-8BITMIME\r\n" + (
            "250 AUTH PLAIN" if self.has_tls else "250 STARTTLS"
        )

    def _starttls(self, rest: str) -> str:
        self.wants_tls = True
        return "220 2.0.0 Ready to start TLS"

    def _auth(self, rest: str) -> str:
        _, address, password = base64.b64decode(rest.split()[-1]).decode().split("\0")
        user, _, domain = address.partition("@")
        path = f"/etc/chasquid/domains/{domain}/users"
        accounts = parse_users(self.host.text(path)) if path in self.host.files else {}
        if user in accounts and accounts[user].matches(Secret(password)):
            self.user = address
            self.world.write(f"127.0.0.1:40000 auth succeeded for {address}", mail=True)
            return "235 2.7.0 Authentication successful"
        return "535 5.7.8 Incorrect user or password"

    def _mail(self, rest: str) -> str:
        self.sender = rest.partition("<")[2].partition(">")[0]
        return "250 2.1.5 You feel like you are being watched"

    def _rcpt(self, rest: str) -> str:
        if not self.user:
            return "503 5.7.1 Relay not allowed"
        self.recipients.append(rest.partition("<")[2].partition(">")[0])
        return "250 2.1.5 You have an eerie feeling..."

    def _data(self, rest: str) -> str:
        self.in_data = True
        return "354 You suddenly realize it is unnaturally quiet"

    def _taken(self) -> str:
        self.in_data = False
        id = secrets.token_urlsafe(8)
        start = f"{id} from={self.sender}"
        self.world.write(f"{start} queued ip=127.0.0.1:40000 to=[{' '.join(self.recipients)}]", mail=True)
        for recipient in self.recipients:
            self.world.write(f"{start} to={recipient} sent", mail=True)
        self.world.write(f"{start} all done", mail=True)
        return f"250 2.0.0 Queued as {id}"


class _Encrypted:
    """TLS around the talk, from the first byte or from STARTTLS on."""

    def __init__(self, host: DemoHost, talk: _Talk, *, at_once: bool) -> None:
        self._host, self._talk = host, talk
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._has_shaken = self._has_greeted = False
        if at_once:
            self._begin()

    def _begin(self) -> None:
        self._tls = _context(self._host, self._talk.name).wrap_bio(self._in, self._out, server_side=True)
        self._talk.has_tls, self._talk.wants_tls = True, False

    def hear(self, data: bytes) -> bytes:
        """What is said, encrypted or not."""
        if self._tls is None:
            if not data:
                self._has_greeted = True
                return self._talk.greet()
            said = self._talk.hear(data)
            if self._talk.wants_tls:
                self._begin()
            return said
        self._in.write(data)
        self._move(self._tls)
        return self._out.read()

    def _move(self, tls: ssl.SSLObject) -> None:
        try:
            if not self._has_shaken:
                tls.do_handshake()
                self._has_shaken = True
            if not self._has_greeted:
                self._has_greeted = True
                tls.write(self._talk.greet())
            while True:
                if said := self._talk.hear(tls.read(65536)):
                    tls.write(said)
        except ssl.SSLWantReadError:
            return  # the rest comes with the next piece


def _context(host: DemoHost, name: str) -> ssl.SSLContext:
    """With the certificate that lies on the machine now; ssl takes it from real files alone."""
    folder = f"/etc/chasquid/certs/{name}"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(host.files[f"{folder}/privkey.pem"].content + host.files[f"{folder}/fullchain.pem"].content)
        file.flush()
        context.load_cert_chain(file.name)
    return context
