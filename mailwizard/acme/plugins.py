"""acme.sh's DNS plugins: who is behind each, and which variables it wants, as catalogues/dns_plugins.toml has it."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mailwizard import assets
from mailwizard.secret import Secret

CATALOGUE = "catalogues/dns_plugins.toml"
FOLDER = "/usr/share/acme.sh/dnsapi"
NAME = re.compile(r"dns_[a-z0-9_]{1,40}")
_USER_INFO = re.compile(r"//[^/\s]*@")


@dataclass(frozen=True)
class Variable:
    """One variable; `text` says what it holds. It is secret unless it is known to be harmless."""

    name: str
    text: str = ""
    optional: bool = False
    harmless: bool = False


@dataclass(frozen=True)
class Way:
    """One set of variables that a plugin is content with."""

    variables: tuple[Variable, ...] = ()
    title: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of those that may not be left out."""
        return tuple(variable.name for variable in self.variables if not variable.optional)

    def lacks(self, given: Collection[str]) -> tuple[str, ...]:
        """The names that are still wanted."""
        return tuple(name for name in self.needed if name not in given)

    def begun(self, given: Collection[str]) -> int:
        """How many of its variables are there."""
        return sum(variable.name in given for variable in self.variables)


@dataclass(frozen=True)
class Plugin:
    """One plugin. Any one of `ways` will do; `packages` are what it needs besides acme.sh; `testing` says that only
    Debian testing's acme.sh has it."""

    name: str
    title: str
    site: str = ""
    ways: tuple[Way, ...] = (Way(),)
    note: str = ""
    packages: tuple[str, ...] = ()
    testing: bool = False

    @property
    def path(self) -> str:
        """Where its script lies once acme.sh is installed."""
        return script_path(self.name)

    @property
    def all_variables(self) -> tuple[Variable, ...]:
        """The variables of all ways, each once."""
        return tuple({variable.name: variable for way in self.ways for variable in way.variables}.values())

    def way(self, given: Collection[str]) -> Way:
        """The way that the variables given mean: one that is complete, else the one begun most, else the first."""
        if complete := [way for way in self.ways if not way.lacks(given)]:  # one may hold all of another, and more
            return next(way for way in reversed(complete) if set(complete[0].needed) <= set(way.needed))
        return max(self.ways, key=lambda way: way.begun(given))

    def missing(self, given: Collection[str]) -> tuple[str, ...]:
        """The variables still wanted, of the way that is meant; none when one is complete."""
        return self.way(given).lacks(given)

    def others(self, given: Collection[str]) -> tuple[str, ...]:
        """What the other ways need and is not given, once one way is complete."""
        if self.missing(given):
            return ()
        own = {variable.name for variable in self.way(given).variables}
        needed = dict.fromkeys(name for way in self.ways for name in way.needed)
        return tuple(name for name in needed if name not in own and name not in given)


def by_way(plugin: str, title: str, given: Mapping[str, Secret]) -> dict[str, Secret]:
    """Of the variables given those of one way, and those that no plugin of the catalogue has."""
    ways = plugins()[plugin].ways
    own = {variable.name for way in ways if way.title == title for variable in way.variables}
    return {name: value for name, value in given.items() if name in own or name not in all_names()}


@lru_cache(maxsize=1)
def all_names() -> frozenset[str]:
    """The variables of all plugins."""
    return frozenset(variable.name for plugin in plugins().values() for variable in plugin.all_variables)


def is_harmless(name: str, value: str) -> bool:
    """True when everybody may see this variable: all plugins that have it call it harmless, and it is no address with
    a password in it (RFC 3986 section 3.2.1). One that no plugin has is secret."""
    return name in _harmless_names() and not _USER_INFO.search(value)


@lru_cache(maxsize=1)
def _harmless_names() -> frozenset[str]:
    every = [variable for plugin in plugins().values() for way in plugin.ways for variable in way.variables]
    return frozenset(one.name for one in every if one.harmless) - {one.name for one in every if not one.harmless}


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
    return Plugin(
        name,
        str(entry["title"]),
        str(entry.get("site", "")),
        tuple(_way(way) for way in _list(entry, "ways")) or (_way(entry),),
        str(entry.get("note", "")),
        tuple(str(package) for package in _list(entry, "packages")),
        bool(entry.get("testing", False)),
    )


def _way(item: object) -> Way:
    entry = _table(item)
    return Way(tuple(_variable(_table(one)) for one in _list(entry, "variables")), str(entry.get("title", "")))


def _variable(entry: Mapping[str, object]) -> Variable:
    optional, harmless = (bool(entry.get(flag)) for flag in ("optional", "harmless"))
    return Variable(str(entry["name"]), str(entry.get("text", "")), optional, harmless)


def _table(item: object) -> Mapping[str, object]:
    if not isinstance(item, Mapping):
        raise TypeError(f"{CATALOGUE}: {item!r} is not a table")
    return item


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
