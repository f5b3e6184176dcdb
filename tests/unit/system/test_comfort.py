"""The optional extras: nothing unasked, and each of them once."""

from __future__ import annotations

from mailwizard.host.imaginary import ImaginaryFile, ImaginaryHost
from mailwizard.system.comfort import plan

ZONE = ("timedatectl", "show", "--property=Timezone", "--value")
FILES = {
    "/usr/share/zoneinfo/Europe/Berlin": "",
    "/etc/locale.gen": "# de_DE.UTF-8 UTF-8\n# en_US.UTF-8 UTF-8\n",
    "/etc/default/locale": "LANG=C.UTF-8\nLC_TIME=C\n",
}


def machine(**files: str) -> ImaginaryHost:
    return ImaginaryHost(files={**FILES, **files}, commands={ZONE: "Etc/UTC\n", ("locale", "-a"): "C\nC.utf8\nPOSIX\n"})


async def shown(host: ImaginaryHost, *wanted: str) -> list[str]:
    return [f"{change.kind} {change.title}" for change in await plan(host, wanted)]


async def test_nothing_is_done_unasked() -> None:
    assert await shown(machine()) == []


async def test_a_time_zone_is_set_once() -> None:
    host = machine()
    assert await shown(host, "timezone:Europe/Berlin") == ["run_command Set the time zone to Europe/Berlin"]
    host.commands[ZONE] = "Europe/Berlin\n"
    assert await shown(host, "timezone:Europe/Berlin") == []


async def test_time_zones_are_brought_where_there_are_none() -> None:
    assert (await shown(machine(), "timezone:Asia/Tokyo"))[0].startswith("install_packages ")


async def test_a_locale_that_is_there_is_only_chosen() -> None:
    assert await shown(machine(), "locale:C.UTF-8") == []


async def test_a_locale_is_made_and_chosen() -> None:
    host = machine()
    changes = await plan(host, ("locale:de_DE.UTF-8",))
    assert [change.title for change in changes] == [
        "/etc/locale.gen",
        "Make the locale de_DE.UTF-8",
        "/etc/default/locale",
    ]
    await changes[0].perform(host, lambda line: None)
    await changes[2].perform(host, lambda line: None)
    assert host.text("/etc/locale.gen") == "de_DE.UTF-8 UTF-8\n# en_US.UTF-8 UTF-8\n"
    assert host.text("/etc/default/locale") == "LANG=de_DE.UTF-8\nLC_TIME=C\n"
    host.commands["locale", "-a"] = "C\nC.utf8\nde_DE.utf8\n"
    assert await shown(host, "locale:de_DE.UTF-8") == []


async def test_a_locale_is_chosen_where_the_usual_file_is_a_link() -> None:
    host = machine()
    host.disk.place("/etc/default/locale", ImaginaryFile(link="../locale.conf"))
    [change] = await plan(host, ("locale:C.UTF-8",))
    assert change.title == "/etc/locale.conf", "as on Debian 13, where that file is made by whoever sets a locale"
    await change.perform(host, lambda line: None)
    assert host.text("/etc/locale.conf") == "LANG=C.UTF-8\n" and await shown(host, "locale:C.UTF-8") == []


async def test_upgrades_are_installed_and_switched_on_once() -> None:
    host = machine()
    assert await shown(host, "unattended-upgrades") == ["install_packages Install unattended-upgrades"]
    host = machine(**{"/usr/bin/unattended-upgrade": ""})
    assert await shown(host, "unattended-upgrades") == ["write_file /etc/apt/apt.conf.d/20auto-upgrades"]
    for change in await plan(host, ("unattended-upgrades",)):
        await change.perform(host, lambda line: None)
    assert await shown(host, "unattended-upgrades") == []


CLOCK = ("timedatectl", "show", "--property=CanNTP", "--property=NTP")


async def test_the_clock_is_kept_right_by_what_is_there() -> None:
    host = machine()
    host.commands[CLOCK] = "CanNTP=yes\nNTP=no\n"
    [change] = await plan(host, ("clock-sync",))
    assert await change.diff(host) == "timedatectl set-ntp true\n"
    back = await change.inverse(host)
    assert back is not None and await back.diff(host) == "timedatectl set-ntp false\n"
    host.commands[CLOCK] = "CanNTP=yes\nNTP=yes\n"
    assert await shown(host, "clock-sync") == []


async def test_what_keeps_the_clock_right_is_brought_once() -> None:
    host = machine()
    host.commands[CLOCK] = "CanNTP=no\nNTP=no\n"  # as timedatectl goes on saying for a while afterwards
    assert await shown(host, "clock-sync") == [
        "install_packages Install systemd-timesyncd",
        "enable_unit Start systemd-timesyncd.service",
    ]
    host.commands["dpkg-query", ...] = "ii \tsystemd-timesyncd\n"
    host.commands["systemctl", "is-enabled", "systemd-timesyncd.service"] = "enabled\n"
    host.commands["systemctl", "is-active", "systemd-timesyncd.service"] = "active\n"
    assert await shown(host, "clock-sync") == []


async def test_another_program_that_keeps_the_clock_right_is_not_thrown_out() -> None:
    host = machine()
    host.commands[CLOCK] = "CanNTP=no\nNTP=no\n"
    host.commands["systemctl", "is-active", "chrony.service", ...] = "inactive\nactive\ninactive\ninactive\n"
    assert await shown(host, "clock-sync") == []


async def test_a_container_has_the_clock_of_its_host() -> None:
    host = machine()
    host.commands[CLOCK] = "CanNTP=yes\nNTP=no\n"
    host.commands["systemctl", "is-enabled", "systemd-timesyncd.service"] = "enabled\n"
    assert await shown(host, "clock-sync") != []
    host.commands["systemd-detect-virt", "--container", "--quiet"] = ""
    assert await shown(host, "clock-sync") == []
