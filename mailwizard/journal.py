"""Each change is written down before it is made, with what brings back what stood there.

The journal is a file of JSON lines on the machine itself. After a `kill -9` its last line tells what may be half made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from mailwizard.answers import STATE_FOLDER
from mailwizard.change import Change
from mailwizard.errors import FileMissing
from mailwizard.host.protocol import Host

PATH = f"{STATE_FOLDER}/journal.jsonl"


@dataclass(frozen=True)
class Entry:
    """One line: `state` is begun, made or failed; `inverse` undoes the change (None: nothing can)."""

    at: str
    step: str
    state: str
    title: str
    change: Mapping[str, object]
    inverse: Mapping[str, object] | None
    why: str = ""


class Journal:
    """The journal of one machine."""

    def __init__(self, host: Host, path: str = PATH) -> None:
        self._host = host
        self._path = path

    async def begin(self, step: str, change: Change) -> None:
        """Writes down that `change` is about to be made. Raises HostError when that cannot be kept."""
        inverse = await change.inverse(self._host)
        await self._append(_entry(step, "begun", change, inverse))

    async def made(self, step: str, change: Change) -> None:
        """Writes down that `change` was made."""
        await self._append(_entry(step, "made", change, None))

    async def failed(self, step: str, change: Change, why: str) -> None:
        """Writes down that `change` was not made, and why."""
        await self._append(_entry(step, "failed", change, None, why))

    async def read(self) -> list[Entry]:
        """All entries, oldest first; a last line cut by a crash is left out."""
        try:
            lines = (await self._host.read(self._path)).decode(errors="replace").splitlines()
        except FileMissing:
            return []
        return [entry for line in lines if (entry := _parsed(line)) is not None]

    async def half_made(self) -> Entry | None:
        """The change that was begun and neither made nor given up: it may be half made. None is the rule."""
        entries = await self.read()
        return entries[-1] if entries and entries[-1].state == "begun" else None

    async def _append(self, entry: Entry) -> None:
        try:
            kept = await self._host.read(self._path)
        except FileMissing:
            await self._host.make_dir(self._path.rsplit("/", 1)[0], mode=0o700)
            kept = b""
        if kept and not kept.endswith(b"\n"):
            kept += b"\n"
        line = json.dumps(vars(entry), ensure_ascii=True, separators=(",", ":"), default=dict)
        await self._host.write(self._path, kept + line.encode() + b"\n", mode=0o600)


def _entry(step: str, state: str, change: Change, inverse: Change | None, why: str = "") -> Entry:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return Entry(now, step, state, change.title, change.as_json(), inverse.as_json() if inverse else None, why)


def _parsed(line: str) -> Entry | None:
    try:
        facts = json.loads(line)
        return Entry(**facts)
    except (ValueError, TypeError):
        return None
