"""Running one command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mailwizard.change import Change
from mailwizard.changes import fields
from mailwizard.errors import HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.secret import Secret


@dataclass(frozen=True)
class RunCommand:
    """A command without a shell. Secrets go in `env` or `stdin`, never in `argv`; `undo` reverses it."""

    kind: ClassVar[str] = "run_command"
    title: str
    argv: tuple[str, ...]
    env: Mapping[str, str | Secret] = field(default_factory=dict)
    stdin: Secret | bytes = b""
    timeout: float = 120
    detail: str = ""
    undo: tuple[str, ...] = ()

    async def diff(self, host: Host) -> str:
        """The command, as one would type it; secrets as ***. Only reads."""
        shown = [
            f"{name}={value if isinstance(value, Secret) else shlex.quote(value)}" for name, value in self.env.items()
        ]
        fed = " < ***" if isinstance(self.stdin, Secret) else " < ..." if self.stdin else ""
        return " ".join([*shown, shlex.join(self.argv)]) + fed + "\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Runs it. Raises CommandFailed unless it ends with 0 in time."""
        fed = self.stdin
        if isinstance(fed, Secret):
            host.log.hide(fed)
            fed = fed.reveal().encode()
        ran = await host.run(self.argv, stdin=fed, env=self.env, timeout=self.timeout, report=report)
        ran.must()

    async def inverse(self, host: Host) -> Change | None:
        """The command `undo`; None when there is none."""
        return RunCommand(f"Take back: {self.title}", self.undo, timeout=self.timeout) if self.undo else None

    def as_json(self) -> dict[str, object]:
        """For the journal; secrets left out."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail}
        kept |= {"argv": list(self.argv), "undo": list(self.undo), "timeout": self.timeout}
        kept["env"] = {name: value for name, value in self.env.items() if not isinstance(value, Secret)}
        secret = isinstance(self.stdin, Secret) or len(self.env) > len([*filter(_open, self.env.values())])
        if isinstance(self.stdin, bytes) and self.stdin:
            kept["stdin"] = self.stdin.decode("utf-8", "surrogateescape")
        return kept | ({"secret": True} if secret else {})

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> RunCommand:
        """Raises HostError when the record is damaged or its secret was left out."""
        title = fields.text(kept, "title")
        if fields.yes(kept, "secret"):
            raise HostError(f"“{title}” needs a secret that was not kept. It cannot be run again from the journal.")
        env = fields.section(kept, "env") or {}
        return cls(
            title,
            fields.texts(kept, "argv"),
            {name: fields.text(env, name) for name in env},
            fields.text(kept, "stdin", "").encode("utf-8", "surrogateescape"),
            fields.seconds(kept, "timeout"),
            fields.text(kept, "detail", ""),
            fields.texts(kept, "undo"),
        )


def _open(value: str | Secret) -> bool:
    return not isinstance(value, Secret)
