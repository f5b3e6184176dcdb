"""The list of what a backup holds. Its text is laid out line by line, so that the timer's script can write the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwizard.errors import HostError
from mailwizard.saving.allowed import Kind, kind_of
from mailwizard.text import one_line

SCHEMA = 1
KIND = "mailwizard backup"
_MOST_FILES, _MOST_BYTES = 5000, 2_000_000
_SHA = re.compile(r"[0-9a-f]{64}")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@$-]{0,63}")
_MODE = re.compile(r"0[0-7]{3}")
_SERVER = re.compile(r"[a-z0-9.-]{1,253}")
SECRET_MODES = ("exclude", "age", "plain")


class BrokenBackup(HostError):
    """What was cloned cannot be used as a backup."""


@dataclass(frozen=True, order=True)
class Entry:
    """One file: where it belongs, whose it is, its mode as in chmod(1), and its content's SHA-256 in hex."""

    path: str
    owner: str
    group: str
    mode: int
    sha256: str

    @property
    def kind(self) -> Kind:
        """What it is, by its path. Raises BrokenBackup for a path that is none of ours."""
        kind = kind_of(self.path)
        if kind is None:
            raise BrokenBackup(f"The backup has a file for {shown(self.path)}, where none of a mail server's lies.")
        return kind

    @property
    def line(self) -> str:
        """The entry as a line of JSON."""
        return (
            f'  {{"path": "{self.path}", "owner": "{self.owner}", "group": "{self.group}", '
            f'"mode": "{self.mode:04o}", "kind": "{self.kind.value}", "sha256": "{self.sha256}"}}'
        )


@dataclass(frozen=True)
class Manifest:
    """A backup's list. `archive` is the SHA-256 of the encrypted archive, empty when there is none."""

    server: str
    secrets: str
    archive: str = ""
    files: tuple[Entry, ...] = field(default=())

    @property
    def text(self) -> str:
        """The file."""
        lines = [f' "schema": {SCHEMA}', f' "kind": "{KIND}"', f' "server": "{self.server}"']
        lines += [f' "secrets": "{self.secrets}"', f' "archive": "{self.archive}"']
        entries = ",\n".join(entry.line for entry in sorted(self.files))
        return "{\n" + ",\n".join(lines) + ',\n "files": [\n' + entries + "\n ]\n}\n"


def parse(content: bytes) -> Manifest:
    """The manifest in a file of a repository that nobody vouches for. Raises BrokenBackup for whatever is odd."""
    facts = _facts(content)
    if facts.get("kind") != KIND:
        raise BrokenBackup("This repository is no mailwizard backup: its list says so.")
    if facts.get("schema") != SCHEMA:
        raise BrokenBackup(
            f"This backup is of the kind {shown(facts.get('schema'))}, and this mailwizard reads {SCHEMA}. "
            "Take a newer mailwizard."
        )
    _only(facts, {"schema", "kind", "server", "secrets", "archive", "files"}, "the list")
    secrets = _text(facts, "secrets", re.compile("|".join(SECRET_MODES)))
    archive = _text(facts, "archive", re.compile(f"(?:{_SHA.pattern})?"))
    if (secrets == "age") != bool(archive):
        raise BrokenBackup("The backup's list contradicts itself about its encrypted archive.")
    return Manifest(_text(facts, "server", _SERVER), secrets, archive, _entries(facts.get("files"), secrets))


def _facts(content: bytes) -> Mapping[str, object]:
    if len(content) > _MOST_BYTES:
        raise BrokenBackup(f"The backup's list has {len(content)} bytes, more than any such list.")
    try:
        facts = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BrokenBackup("The backup's list (mailwizard-backup.json) is damaged: it is no JSON.") from None
    if not isinstance(facts, dict):
        raise BrokenBackup("The backup's list (mailwizard-backup.json) is damaged: it is no table.")
    return facts


def _entries(found: object, secrets: str) -> tuple[Entry, ...]:
    if not isinstance(found, list) or len(found) > _MOST_FILES:
        raise BrokenBackup(f"The backup's list is damaged: its files are no list of at most {_MOST_FILES}.")
    entries = tuple(_entry(item) for item in found)
    if len({entry.path for entry in entries}) != len(entries):
        raise BrokenBackup("The backup's list is damaged: it names a file twice.")
    if secrets != "plain" and (secret := [entry.path for entry in entries if entry.kind is Kind.SECRET]):
        raise BrokenBackup(f"The backup's list says that it holds no open secrets, and names {secret[0]}.")
    return entries


def _entry(item: object) -> Entry:
    if not isinstance(item, dict):
        raise BrokenBackup("The backup's list is damaged: a file in it is no table.")
    _only(item, {"path", "owner", "group", "mode", "kind", "sha256"}, "a file of the list")
    path = item.get("path")
    kind = kind_of(path) if isinstance(path, str) else None
    if kind is None or not isinstance(path, str):
        raise BrokenBackup(f"The backup has a file for {shown(path)}, where none of a mail server's lies.")
    if item.get("kind") != kind.value:
        raise BrokenBackup(f"The backup's list calls {path} {shown(item.get('kind'))}; it is {kind.value}.")
    mode = int(_text(item, "mode", _MODE), 8)
    if mode & 0o002:
        raise BrokenBackup(f"The backup wants {path} to be writable by everybody (mode {mode:04o}).")
    return Entry(path, _text(item, "owner", _USER), _text(item, "group", _USER), mode, _text(item, "sha256", _SHA))


def _text(facts: Mapping[str, object], key: str, wanted: re.Pattern[str]) -> str:
    value = facts.get(key)
    if not isinstance(value, str) or not wanted.fullmatch(value):
        raise BrokenBackup(f"The backup's list is damaged at {key}: {shown(value)}.")
    return value


def _only(facts: Mapping[str, object], known: set[str], where: str) -> None:
    odd = sorted(str(key) for key in set(facts) - known)
    if odd:
        raise BrokenBackup(f"In {where} stands {shown(odd[0])}, which no mailwizard writes.")


def shown(value: object) -> str:
    """A value from outside in quotes, on one line, at most 80 characters."""
    text = one_line(str(value))
    return f"“{text if len(text) <= 80 else text[:77] + '...'}”"
