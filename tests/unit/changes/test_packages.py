"""Packages: what is missing, what apt is told, and what its failures mean."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

import pytest

from mailwizard.changes import apt as apt_module
from mailwizard.changes import from_json
from mailwizard.changes.apt_words import sentence
from mailwizard.changes.packages import InstallPackages, RemovePackages, install_packages, missing_packages
from mailwizard.errors import CommandFailed
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import Ran
from mailwizard.log import CommandLog


class Apt:
    """An imagined dpkg and apt; `said` are the errors of the next apt-get runs, one each."""

    def __init__(
        self, installed: set[str], known: set[str], *, fresh: bool = True, said: list[str] | None = None
    ) -> None:
        self.installed, self.known, self.said = installed, known, list(said or [])
        self.host = ImaginaryHost(
            commands={
                ("dpkg-query", ...): self.query,
                ("find", ...): "/var/lib/apt/lists/x_InRelease\n" if fresh else "",
                ("apt-cache", "policy", ...): self.policy,
                ("apt-get", ...): self.get,
                ("dpkg", "--configure", ...): "",
            }
        )

    @property
    def verbs(self) -> list[str]:
        found = []
        for argv in self.host.ran:
            if argv[0] in ("apt-get", "dpkg"):
                found.append(next(word for word in argv if word in ("update", "install", "remove", "--configure")))
        return found

    def query(self, argv: tuple[str, ...], stdin: bytes, env: object) -> Ran:
        names = [name for name in argv[3:] if name in self.installed]
        rows = [f"ii \t{name}:amd64\n" for name in names] + ["rc \tgone\n"] * ("gone" in argv)
        missing = len(argv) - 3 - len(names)
        return Ran(argv, 1 if missing else 0, "".join(rows), "no packages found\n" * missing)

    def policy(self, argv: tuple[str, ...], stdin: bytes, env: object) -> str:
        rows = [f"{name}:\n  Installed: (none)\n  Candidate: 1.0\n" for name in argv[2:] if name in self.known]
        return "".join(rows)

    def get(self, argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        assert env["DEBIAN_FRONTEND"] == "noninteractive"
        words = self.said.pop(0) if self.said else ""
        if words:
            return Ran(argv, 100, "", words)
        if "install" in argv:
            self.installed |= {name.split("/")[0] for name in argv[argv.index("--no-install-recommends") + 1 :]}
        if "remove" in argv:
            self.installed -= set(argv)
        return Ran(argv, 0, "", "")


def silent(line: str) -> None:
    """Where nobody listens."""


async def test_only_what_is_missing() -> None:
    apt = Apt({"curl"}, {"chasquid", "curl"})
    assert await missing_packages(apt.host, ["curl", "chasquid/forky", "gone"]) == ("chasquid/forky", "gone")
    assert await install_packages(apt.host, ["curl"]) == []
    (change,) = await install_packages(apt.host, ["curl", "chasquid"], "from Debian testing")
    assert (change.title, change.detail) == ("Install chasquid", "from Debian testing")
    await change.perform(apt.host, silent)
    assert await install_packages(apt.host, ["curl", "chasquid"]) == []
    assert apt.verbs == ["install"]


@pytest.mark.parametrize(("fresh", "known"), [(False, {"chasquid"}), (True, set())])
async def test_the_lists_are_fetched_when_old_or_when_they_lack_it(fresh: bool, known: set[str]) -> None:
    apt = Apt(set(), known, fresh=fresh)
    await InstallPackages(("chasquid/forky",)).perform(apt.host, silent)
    assert apt.verbs == ["update", "install"]


async def test_there_and_back() -> None:
    apt = Apt({"adduser"}, {"chasquid", "adduser"})
    change = InstallPackages(("adduser", "chasquid/forky"))
    inverse = await change.inverse(apt.host)
    await change.perform(apt.host, silent)
    assert inverse == RemovePackages(("chasquid",))
    await from_json(json.loads(json.dumps(inverse.as_json()))).perform(apt.host, silent)
    assert apt.installed == {"adduser"}
    await inverse.perform(apt.host, silent)  # gone already
    assert await inverse.inverse(apt.host) is None
    assert apt.verbs == ["install", "remove"]


async def test_another_apt_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt_module, "_PAUSE", 0.0)
    locked = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)\n"
    lines: list[str] = []
    apt = Apt(set(), {"chasquid"}, said=[locked, locked])
    await InstallPackages(("chasquid",)).perform(apt.host, lines.append)
    assert apt.installed == {"chasquid"}
    assert lines == ["apt-get (process 812) is installing or updating packages. Waiting until it is done."]
    apt = Apt(set(), {"chasquid"}, said=[locked] * 999)
    with pytest.raises(CommandFailed, match="Wait until it is done"):
        await InstallPackages(("chasquid",)).perform(apt.host, silent)


async def test_whoever_holds_the_lock_is_named_once_and_cannot_paint_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apt_module, "_PAUSE", 0.0)
    held = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 9 (unattended-upgr)\n"
    odd = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 10 (\x1b[2Jx)\n"
    unnamed = (
        "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n"
    )
    lines: list[str] = []
    apt = Apt(set(), {"chasquid"}, said=[held, held, odd, unnamed])
    await InstallPackages(("chasquid",)).perform(apt.host, lines.append)
    assert [line.partition(" is ")[0] for line in lines[:3:2]] == [
        "unattended-upgr (process 9)",
        "Another package manager",
    ]
    assert len(lines) == 3 and "\x1b" not in "".join(lines)


async def test_nothing_that_apt_starts_waits_for_a_key() -> None:
    apt = Apt(set(), {"chasquid"}, fresh=False)
    seen: list[Mapping[str, str]] = []
    get = apt.get

    def watched(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        seen.append(env)
        return get(argv, stdin, env)

    apt.host.commands[("apt-get", ...)] = watched
    await InstallPackages(("chasquid",)).perform(apt.host, silent)
    wanted = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "NEEDRESTART_MODE": "l"}
    assert len(seen) == 2 and all(wanted.items() <= env.items() for env in seen)


async def test_lists_that_only_look_fresh_are_fetched_once() -> None:
    gone = "E: Failed to fetch http://mirror.example/chasquid_1.deb  404  Not Found [IP: 192.0.2.1 80]\n"
    apt = Apt(set(), {"chasquid"}, said=[gone])
    await InstallPackages(("chasquid",)).perform(apt.host, silent)
    assert apt.verbs == ["install", "update", "install"]
    apt = Apt(set(), {"chasquid"}, said=[gone, "", gone])
    with pytest.raises(CommandFailed, match="mirror could not be reached"):
        await InstallPackages(("chasquid",)).perform(apt.host, silent)
    assert apt.verbs == ["install", "update", "install"]


async def test_an_installation_cut_short_is_finished_first() -> None:
    cut = "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\n"
    apt = Apt(set(), {"chasquid"}, said=[cut])
    await InstallPackages(("chasquid",)).perform(apt.host, silent)
    assert apt.verbs == ["install", "--configure", "install"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("E: Unable to locate package chasquid\n", "have no package named chasquid"),
        ("E: Package 'chasquid' has no installation candidate\n", "have no package named chasquid"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.\n", "The disk is full"),
        ("W: Temporary failure resolving 'mirror.example'\n", "could not be looked up"),
        ("Err:1 Could not connect to mirror.example:80\n", "could not be reached"),
        ("W: GPG error: the repository is not signed.\n", "signature could not be verified"),
        (
            "E: Release file for http://mirror.example/debian/dists/forky/InRelease is not valid yet (invalid for "
            "another 3h 2min 1s). Updates for this repository will not be applied.\n",
            "the server's clock",
        ),
        ("E: Could not open lock file /var/lib/dpkg/lock - open (13: Permission denied)\n", "Become root, then go on"),
        ("E: Sub-process /usr/bin/dpkg returned an error code (1)\n", "Sub-process /usr/bin/dpkg returned"),
        ("nothing of use\x1b[0m\n", "it ended with 100"),
    ],
)
async def test_what_apt_says_becomes_a_sentence(said: str, sentence: str) -> None:
    apt = Apt(set(), {"chasquid"}, said=[said])
    with pytest.raises(CommandFailed, match=sentence) as caught:
        await InstallPackages(("chasquid",)).perform(apt.host, silent)
    assert str(caught.value).endswith(".") and "\x1b" not in str(caught.value)


async def test_a_mirror_that_cannot_be_reached_is_the_cause() -> None:
    apt = Apt(set(), set(), said=["E: Unable to locate package chasquid\n"])
    warned = "W: Failed to fetch http://mirror.example/x  Could not connect to mirror.example:80\n"
    get = apt.get

    def warning(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        return Ran(argv, 0, "", warned) if "update" in argv else get(argv, stdin, env)

    apt.host.commands[("apt-get", ...)] = warning
    with pytest.raises(CommandFailed, match="mirror could not be reached"):
        await InstallPackages(("chasquid",)).perform(apt.host, silent)


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs a Debian system")
async def test_a_real_dpkg_is_understood() -> None:
    host = LocalHost(CommandLog())
    assert await missing_packages(host, ["dpkg", "libc6", "mailwizard-no-such-package"]) == (
        "mailwizard-no-such-package",
    )


def test_a_key_that_is_not_known_is_told_before_what_follows_from_it() -> None:
    said = (
        "W: GPG error: http://mirror.example/debian forky InRelease: The following signatures couldn't be verified "
        "because the public key is not available: NO_PUBKEY 78DBA3BC47EF2265\n"
        "E: Failed to fetch http://mirror.example/debian/dists/forky/InRelease  The following signatures ...\n"
    )
    assert "debian-archive-keyring" in sentence(Ran(("apt-get",), 100, "", said), "update")
