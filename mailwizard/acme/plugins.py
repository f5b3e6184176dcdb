"""acme.sh's DNS plugins: who is behind each, and which variables it wants, as catalogues/dns_plugins.toml has it."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mailwizard import assets

CATALOGUE = "catalogues/dns_plugins.toml"
FOLDER = "/usr/share/acme.sh/dnsapi"
NAME = re.compile(r"dns_[a-z0-9_]{1,40}")


@dataclass(frozen=True)
class Variable:
    """One variable; `text` says what it holds."""

    name: str
    text: str = ""
    optional: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Plugin:
    """One plugin. `variables`, or any set of `alternatives`, will do; `packages` are what it needs besides acme.sh;
    `testing` says that only Debian testing's acme.sh has it."""

    name: str
    title: str
    site: str = ""
    variables: tuple[Variable, ...] = ()
    alternatives: tuple[tuple[Variable, ...], ...] = ()
    note: str = ""
    packages: tuple[str, ...] = ()
    testing: bool = False

    @property
    def path(self) -> str:
        """Where its script lies once acme.sh is installed."""
        return script_path(self.name)

    @property
    def all_variables(self) -> tuple[Variable, ...]:
        """The variables of all sets, each once."""
        every = (variable for group in (self.variables, *self.alternatives) for variable in group)
        return tuple({variable.name: variable for variable in every}.values())

    def missing(self, given: Iterable[str]) -> tuple[str, ...]:
        """The variables still wanted: of the set that lacks the fewest; none when a set is complete."""
        names = set(given)
        lacks = [
            tuple(variable.name for variable in group if not variable.optional and variable.name not in names)
            for group in (self.variables, *self.alternatives)
        ]
        begun = [any(v.name in names for v in group) for group in (self.variables, *self.alternatives)]
        # a set that the user has begun is meant; an equal number lacking leaves the first
        return min(zip(lacks, begun, strict=True), key=lambda pair: (len(pair[0]) > 0, not pair[1], len(pair[0])))[0]


@lru_cache(maxsize=1)
def plugins() -> Mapping[str, Plugin]:
    """All plugins by name, sorted."""
    return {name: _plugin(name, entry) for name, entry in sorted(_read().items())}


def script_path(name: str) -> str:
    """Where the script of the plugin `name` lies."""
    return f"{FOLDER}/{name}.sh"


def similar(name: str) -> str:
    """The known plugin whose name is most like `name`; empty when none is."""
    return next(iter(difflib.get_close_matches(name, plugins(), 1, 0.7)), "")


def _plugin(name: str, entry: Mapping[str, object]) -> Plugin:
    groups = _list(entry, "alternatives")
    return Plugin(
        name,
        str(entry["title"]),
        str(entry.get("site", "")),
        tuple(_variable(item) for item in _list(entry, "variables")),
        tuple(tuple(_variable(item) for item in group) for group in groups if isinstance(group, list)),
        str(entry.get("note", "")),
        tuple(str(package) for package in _list(entry, "packages")),
        bool(entry.get("testing", False)),
    )


def _variable(item: object) -> Variable:
    if not isinstance(item, dict):
        raise TypeError(f"{CATALOGUE}: a variable is no table")
    return Variable(str(item["name"]), str(item.get("text", "")), bool(item.get("optional")), bool(item.get("secret")))


def _list(entry: Mapping[str, object], key: str) -> list[object]:
    value = entry.get(key, [])
    return list(value) if isinstance(value, list) else []


def _read() -> dict[str, dict[str, object]]:
    text = assets.read(CATALOGUE)
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib.loads(text)
    import tomlkit

    found: dict[str, dict[str, object]] = tomlkit.parse(text).unwrap()
    return found
