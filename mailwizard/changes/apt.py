"""Running apt-get(8) unattended: it asks nothing, waits for other package managers, and ends what was cut short."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from mailwizard.changes.apt_words import LOCKED, UNFINISHED
from mailwizard.host.protocol import Host, Ran, Report
from mailwizard.text import one_line

_ENV = {
    "DEBIAN_FRONTEND": "noninteractive",
    "APT_LISTCHANGES_FRONTEND": "none",
    # Ubuntu's needrestart: is not to run, and where it is too old to know that, only lists and asks nothing
    "NEEDRESTART_SUSPEND": "1",
    "NEEDRESTART_MODE": "l",
}
# a configuration file that the user changed stays as it is
_OPTIONS = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
_TIMEOUT = 1800  # seconds; a slow mirror is not a failure
# a new server's first upgrade may hold the locks for a quarter of an hour; apt would wait for it without a word
_TRIES, _PAUSE = 600, 2.0
_NOISE = re.compile(rf"^\(Reading database|needrestart is suspended|{LOCKED.pattern}")
_HOLDER = re.compile(r"held by process (\d+) \(([^)\n]{1,40})\)")


async def apt_get(host: Host, words: Sequence[str], report: Report) -> Ran:
    """How `apt-get WORDS` ended, an installation that was killed half-way finished first. Raises CommandFailed on
    time-out."""
    ran = await _patiently(host, words, report)
    if UNFINISHED.search(ran.err):
        configure = ["dpkg", "--configure", "--pending", "--force-confold"]
        await host.run(configure, env=_ENV, timeout=_TIMEOUT, report=report)
        ran = await _patiently(host, words, report)
    return ran


async def _patiently(host: Host, words: Sequence[str], report: Report) -> Ran:
    """The run's end; tried again while another package manager holds a lock, and told who that is."""
    argv, told = ["apt-get", *_OPTIONS, *words], ""
    for _ in range(_TRIES):
        ran = await host.run(argv, env=_ENV, timeout=_TIMEOUT, report=_without_noise(report))
        if ran.ok or not LOCKED.search(ran.err):
            break
        if (sentence := waiting_for(ran.err)) != told:
            report(sentence)
            told = sentence
        await asyncio.sleep(_PAUSE)
    return ran


def waiting_for(said: str) -> str:
    """Who holds apt's lock, by what apt-get said, and that it is waited for: in a sentence."""
    holder = _HOLDER.search(said)
    who = f"{one_line(holder[2])} (process {holder[1]})" if holder else "Another package manager"
    return f"{who} is installing or updating packages. Waiting until it is done."


def _without_noise(report: Report) -> Report:
    """dpkg counts the files it knows, apt words the lock in its own way, needrestart says that it was told to be quiet:
    nobody wants to read that."""
    return lambda line: None if _NOISE.search(line) else report(line)
