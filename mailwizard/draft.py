"""setup.toml being written by the wizard: one answer after the other, and every comment of the user's stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import tomlkit
from tomlkit.container import Container
from tomlkit.items import AoT, Array, InlineTable, Table
from tomlkit.toml_document import TOMLDocument

from mailwizard import answers_file
from mailwizard.answers import ANSWERS_PATH, Answers
from mailwizard.errors import AnswersError, FileChanged, FileMissing
from mailwizard.host.protocol import Host

Value = str | bool | Sequence[str] | Mapping[str, str] | None
_Tables = (Table, InlineTable, Container)
_FIRST_LINE = "The answers of mailwizard. No secret stands here. Edit it as you like: what you write stays."


class Draft:
    """An answers file that may be unfinished. Keys are set by their place: `("server", "ipv4")`."""

    def __init__(self, text: str = "", path: str = ANSWERS_PATH) -> None:
        """From the text of a file. Raises AnswersError when something in it is wrong."""
        self.path = path
        self._stood = text
        if text:
            answers_file.parse_unfinished(text, path)
        self._document = tomlkit.parse(text) if text else _begun()

    @classmethod
    async def load(cls, host: Host, path: str = ANSWERS_PATH) -> Draft:
        """The file as it stands, or a new draft when there is none. Raises AnswersError when it is wrong."""
        if await host.stat(path) is None:
            return cls("", path)
        return cls(await answers_file.read(host, path), path)

    @property
    def text(self) -> str:
        """The file as it would be written."""
        return tomlkit.dumps(self._document)

    @property
    def is_changed(self) -> bool:
        """True when the file would be written anew."""
        return self.text != self._stood

    def answers(self) -> Answers:
        """What is answered so far. Raises AnswersError when a value is wrong."""
        return answers_file.parse_unfinished(self.text, self.path)

    def finished(self) -> Answers:
        """The answers, whole. Raises AnswersError when one is wrong or missing."""
        return answers_file.parse(self.text, self.path)

    def set(self, place: Sequence[str], value: Value) -> None:
        """Answers one key; None takes the answer away. The value is checked by `answers`, not here."""
        _set(self._document, place, value)

    def go_back_to(self, text: str) -> None:
        """Takes back what was answered since the draft had this text."""
        self._document = tomlkit.parse(text)

    def set_domain(self, number: int, key: str | Sequence[str], value: Value) -> None:
        """Answers one key of the domain `number` (from 0); `("dmarc", "policy")` is a key one table below."""
        _set(self._domains()[number], (key,) if isinstance(key, str) else key, value)

    def add_domain(self, name: str) -> int:
        """Begins a new `[[domain]]` at the end. Returns its number, from 0."""
        domains = self._document.get("domain")
        if not isinstance(domains, AoT):
            self._document["domain"] = tomlkit.aot()
        table = tomlkit.table()
        table.add("name", name)
        self._domains().append(table)
        return len(self._domains()) - 1

    def remove_domain(self, number: int) -> None:
        """Takes the domain `number` (from 0) out."""
        del self._domains()[number]
        if not len(self._domains()):
            del self._document["domain"]

    async def save(self, host: Host) -> None:
        """Writes the file, 0644 root, and its folder where there is none.

        Raises AnswersError when a value is wrong, FileChanged when somebody else wrote to the file meanwhile,
        HostError when it cannot be written.
        """
        self.answers()
        await self._refuse_if_changed(host)
        folder = str(PurePosixPath(self.path).parent)
        if await host.stat(folder) is None:
            await host.make_dir(folder, mode=0o755)
        await host.write(self.path, self.text.encode(), mode=0o644)
        self._stood = self.text

    async def _refuse_if_changed(self, host: Host) -> None:
        try:
            stands = (await host.read(self.path)).decode("utf-8", "replace")
        except FileMissing:
            stands = ""
        if stands not in (self._stood, self.text):
            raise FileChanged(f"{self.path} was changed by somebody else meanwhile; leave and start again to see it")

    def _domains(self) -> AoT:
        domains = self._document.get("domain")
        if not isinstance(domains, AoT):
            raise AnswersError(f"{PurePosixPath(self.path).name}: domain: there is none yet")
        return domains


def _begun() -> TOMLDocument:
    document = tomlkit.document()
    document.add(tomlkit.comment(_FIRST_LINE))
    document.add("schema", tomlkit.item(answers_file.SCHEMA))
    document.add(tomlkit.nl())
    return document


def _set(container: Table | InlineTable | TOMLDocument | Container, place: Sequence[str], value: Value) -> None:
    *above, key = place
    for name in above:
        if name not in container:
            if value is None:
                return
            container[name] = tomlkit.inline_table() if _is_below_domain(container, name) else tomlkit.table()
        below = container[name]
        assert isinstance(below, _Tables), f"{name} is no table"  # parse_unfinished saw to it
        container = below
    _place(container, key, value)


def _is_below_domain(container: object, name: str) -> bool:
    return not isinstance(container, TOMLDocument) and name in ("dmarc", "forward")


def _place(container: Table | InlineTable | TOMLDocument | Container, key: str, value: Value) -> None:
    if value is None:
        if key in container:
            del container[key]
    elif key not in container or container[key] != _plain(value):
        container[key] = _item(value)


def _plain(value: Value) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return value if isinstance(value, (str, bool)) or value is None else list(value)


def _item(value: Value) -> str | bool | Array | InlineTable:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    if isinstance(value, (str, bool)):
        return value
    array = tomlkit.array()
    array.extend(list(value or ()))
    return array
