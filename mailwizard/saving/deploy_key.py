"""The deploy key: made here, used for the backup alone, its public half shown for pasting at the git host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host, Report, text_of
from mailwizard.saving.places import KEY_PATH, PUBLIC_PATH


async def public_key(host: Host) -> str:
    """The public half as a line; empty when there is no key yet. Raises FileUnreadable for an ordinary user."""
    try:
        line = (await text_of(host, PUBLIC_PATH)).strip()
    except FileMissing:
        return ""
    return line if await host.stat(KEY_PATH) else ""


@dataclass(frozen=True)
class MakeDeployKey:
    """A new Ed25519 key (RFC 8709) without a passphrase, for root alone: the timer uses it at night."""

    kind: ClassVar[str] = "make_deploy_key"
    server: str

    @property
    def title(self) -> str:
        """In words."""
        return "Make a deploy key for the backup"

    @property
    def detail(self) -> str:
        """Where it lies."""
        return f"{KEY_PATH}, 0600"

    async def diff(self, host: Host) -> str:
        """What it amounts to. Only reads."""
        return f"ssh-keygen -t ed25519 -N '' -f {KEY_PATH}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Makes and keeps it. Raises HostError when it cannot be written."""
        private, public = new_key_pair(f"mailwizard@{self.server}" if self.server else "mailwizard")
        await host.make_dir(KEY_PATH.rpartition("/")[0], mode=0o700)
        await host.write(KEY_PATH, private, mode=0o600)
        await host.write(PUBLIC_PATH, f"{public}\n".encode(), mode=0o644)
        report(f"deploy key: {public}")

    async def inverse(self, host: Host) -> Change | None:
        """None: a key that somebody else may have been told of is not thrown away."""
        return None

    def as_json(self) -> dict[str, object]:
        """For the journal; no part of the key."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail}


def new_key_pair(comment: str) -> tuple[bytes, str]:
    """A private key in OpenSSH's form, and its public line with `comment`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()), f"{public} {comment}"
