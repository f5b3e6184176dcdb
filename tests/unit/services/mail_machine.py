"""An imaginary machine with a chasquid-util of its own, and a real SMTP server on the loopback behind port 465."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran, Stream
from tests.unit.mta import smtp_server
from tests.unit.mta.smtp_server import SmtpServer

USERS = "/etc/chasquid/domains/example.com/users"


def entry(user: str, password: str) -> str:
    """An account as chasquid-util writes it, with a cheap scrypt."""
    encrypted = hashlib.scrypt(password.encode(), salt=b"salt", n=16, r=8, p=1, dklen=32)
    octal = "".join(f"\\{byte:03o}" for byte in encrypted)
    proof = f'logN: 4 r: 8 p: 1 keyLen: 32 salt: "salt" encrypted: "{octal}"'
    return f'users: {{ key: "{user}" value: {{ scrypt: {{ {proof} }} }} }}\n'


class MailMachine(ImaginaryHost):
    """`accounts` of the SMTP server follow the users file at each `systemctl kill --signal=HUP`."""

    def __init__(self, server: SmtpServer, files: Mapping[str, str | ImaginaryFile], *, root: bool = True) -> None:
        chain = {"/etc/chasquid/certs/smtp.example.com/fullchain.pem": server.authority.pem}
        folder = {"/etc/chasquid/domains/example.com": ImaginaryFile(is_dir=True, mode=0o755)}
        super().__init__({**folder, **chain, **files}, root=root)
        self.commands = {
            ("chasquid-util", ...): self._util,
            ("systemctl", "kill", ...): self._reload,
            ("rm", "-rf", ...): self._clear,
        }
        self.server = server
        self.spoil = ""  # what chasquid-util writes besides
        self.passwords: dict[str, str] = {}

    async def dial(self, address: str, port: int, *, source: str = "", timeout: float = 10) -> Stream:
        self.dialled.append((address, port, source))
        return await smtp_server.dial("127.0.0.1", self.server.port)

    def _util(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        folder, action, target = words[1].partition("=")[2], words[2], words[3]
        user, _, domain = target.rpartition("@")
        path = f"{folder}/domains/{domain}/users"
        text = self.text(path) if path in self.files else ""
        kept = "".join(line for line in text.splitlines(True) if f'"{user}"' not in line)
        if action == "user-add":
            password = stdin.decode().splitlines()[0]
            self.passwords[target] = password
            self.files[path] = ImaginaryFile((kept + entry(user, password) + self.spoil).encode(), 0o660)
        elif action == "user-remove":
            self.files[path] = ImaginaryFile(kept.encode(), 0o660)
        return Ran(words, 0, "", "")

    def _reload(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        users = re.findall(r'key: "([^"]+)"', self.text(USERS))
        self.server.accounts = {
            address: password for address, password in self.passwords.items() if address.split("@")[0] in users
        }
        return Ran(words, 0, "", "")

    def _clear(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        for path in [path for path in self.files if path.startswith(words[2])]:
            del self.files[path]
        return Ran(words, 0, "", "")
