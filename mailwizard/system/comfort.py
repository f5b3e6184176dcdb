"""The optional extras: time zone, locale, unattended upgrades, clock sync. Only what the answers ask for.

That unattended upgrades take the packages of Debian testing too is arranged where these are pinned: debian/testing.py.
"""

from __future__ import annotations

import re

from mailwizard.change import Change
from mailwizard.changes.commands import RunCommand
from mailwizard.changes.files import write_file
from mailwizard.changes.packages import InstallPackages, install_packages
from mailwizard.changes.units import enable_unit, unit_state
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of
from mailwizard.system.clock import keeper

_UPGRADES = "/etc/apt/apt.conf.d/20auto-upgrades"
_UPGRADES_TEXT = 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n'
_TIMESYNC = "systemd-timesyncd.service"
_LOCALE, _LOCALE_CONF, _LOCALES = "/etc/default/locale", "/etc/locale.conf", "/etc/locale.gen"


async def plan(host: Host, wanted: tuple[str, ...]) -> list[Change]:
    """What it takes for the extras to stand. Only reads."""
    changes: list[Change] = []
    for extra in wanted:
        name, _, value = extra.partition(":")
        if name == "timezone":
            changes += await _timezone(host, value)
        elif name == "locale":
            changes += await _locale(host, value)
        elif name == "clock-sync":
            changes += await _clock(host)
        else:
            changes += await _upgrades(host)
    return changes


async def _timezone(host: Host, zone: str) -> list[Change]:
    ran = await host.run(("timedatectl", "show", "--property=Timezone", "--value"), timeout=10)
    now = ran.out.strip()
    if now == zone:
        return []
    undo = ("timedatectl", "set-timezone", now) if now else ()
    set_it = RunCommand(f"Set the time zone to {zone}", ("timedatectl", "set-timezone", zone), detail=now, undo=undo)
    has_zones = await host.stat(f"/usr/share/zoneinfo/{zone}") is not None
    return [set_it] if has_zones else [InstallPackages(("tzdata",)), set_it]


async def _locale(host: Host, locale: str) -> list[Change]:
    changes: list[Change] = []
    known = (await host.run(("locale", "-a"), timeout=10)).out.lower().replace("-", "").split()
    if locale.lower().replace("-", "") not in known:
        if await host.stat(_LOCALES) is None:
            return [InstallPackages(("locales",))]  # brings the list of locales: the rest is planned then
        changes += await write_file(host, _LOCALES, _with_locale(await _text(host, _LOCALES), locale))
        changes.append(RunCommand(f"Make the locale {locale}", ("locale-gen",)))
    place = await _locale_place(host)
    return [*changes, *await write_file(host, place, _with_lang(await _text(host, place), locale))]


async def _locale_place(host: Host) -> str:
    """Where the system's locale stands: from Debian 13 on the usual file is a link to that of locale.conf(5)."""
    stat = await host.stat(_LOCALE)
    return _LOCALE_CONF if stat and stat.is_link else _LOCALE


def _with_lang(text: str, locale: str) -> str:
    """/etc/default/locale with this LANG, its other lines kept."""
    found, count = re.subn(r"^LANG=.*$", f"LANG={locale}", text, flags=re.MULTILINE)
    return found if count else f"{text}LANG={locale}\n"


def _with_locale(text: str, locale: str) -> str:
    """The list of locales (locale.gen(5)) with this one in it."""
    charset = locale.partition(".")[2] or "ISO-8859-1"
    line = f"{locale} {'UTF-8' if charset.lower() in ('utf-8', 'utf8') else charset}"
    found = re.sub(rf"^# *{re.escape(line)} *$", line, text, flags=re.MULTILINE)
    return found if re.search(rf"^{re.escape(line)} *$", found, re.MULTILINE) else f"{text.rstrip()}\n{line}\n"


async def _upgrades(host: Host) -> list[Change]:
    if await host.stat("/usr/bin/unattended-upgrade") is None:
        return [InstallPackages(("unattended-upgrades",))]  # writes the same file itself: the rest is planned then
    return await write_file(host, _UPGRADES, _UPGRADES_TEXT, note="unattended upgrades")


async def _clock(host: Host) -> list[Change]:
    """What is there is switched on by timedatectl(1), which knows all such programs; else systemd's own is brought."""
    found = await keeper(host)
    if found.on or (found.is_hosts and (await unit_state(host, _TIMESYNC))[0]):
        return []  # in a container it is switched on and does not run: the clock is not its own
    if found.can_be_switched_on:
        switch = ("timedatectl", "set-ntp", "true")
        return [RunCommand("Let the clock be kept right over the network", switch, undo=(*switch[:2], "false"))]
    # timedatectl takes half a minute to notice a new program, so that it is not asked to switch it on
    return [*await install_packages(host, ("systemd-timesyncd",)), *await enable_unit(host, _TIMESYNC)]


async def _text(host: Host, path: str) -> str:
    try:
        return await text_of(host, path)
    except (FileMissing, FileUnreadable):
        return ""
