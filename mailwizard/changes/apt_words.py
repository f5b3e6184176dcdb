"""What apt and dpkg say when they fail, put into a sentence that ends with what to do."""

from __future__ import annotations

import re

from mailwizard.host.protocol import Ran
from mailwizard.text import one_line

LOCKED = re.compile(
    r"Could not get lock|Unable to acquire the dpkg frontend lock|Unable to lock directory|lock was locked by another"
)
OUTDATED = re.compile(r"Failed to fetch|Unable to fetch|404 +Not Found")
UNFINISHED = re.compile(r"dpkg was interrupted, you must manually run")

_UNKNOWN = re.compile(r"Unable to locate package (\S+)|Package '?([^\s']+)'? has no installation candidate")

# the first that fits is told; a network that fails comes before what follows from it
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = (
    (LOCKED, "Another package manager is still at work on this server. Wait until it is done, then go on."),
    (UNFINISHED, "An earlier installation was cut short. Run `dpkg --configure -a`, then go on."),
    (
        re.compile(r"[Nn]o space left on device|You don't have enough free space"),
        "The disk is full: the packages do not fit. Make room, then go on.",
    ),
    (
        re.compile(r"not valid yet|[Rr]elease file .* is expired"),
        "The package mirror's list does not fit the server's clock. Check the clock (`date`), then go on.",
    ),
    # a list whose signature is not known is said to be not fetched as well
    (
        re.compile(r"NO_PUBKEY|EXPKEYSIG|Missing key"),
        "The package mirror's signature was made with a key that this server does not know. Use a newer mailwizard; on "
        "Debian install a newer package debian-archive-keyring. Then go on.",
    ),
    (
        re.compile(r"Temporary failure resolving|Could not resolve '?([^'\s]+)'?"),
        "The package mirror's name could not be looked up. Check the server's DNS (/etc/resolv.conf), then go on.",
    ),
    (
        re.compile(r"Could not connect to|Connection timed out|Network is unreachable|Failed to fetch (\S+)"),
        "The package mirror could not be reached. Check the server's network and mirror, then go on.",
    ),
    (
        re.compile(r"is not signed"),
        "The package mirror's signature could not be verified. Check the server's clock and keys, then go on.",
    ),
    (
        re.compile(r"are you root\?|Permission denied"),
        "Packages can only be installed by root. Become root, then go on.",
    ),
    (
        _UNKNOWN,
        "This system's package lists have no package named {name}. Check /etc/apt/sources.list, then go on.",
    ),
)


def sentence(ran: Ran, verb: str, warned: str = "") -> str:
    """Why `apt-get VERB` failed, and what to do.

    `warned` is what `apt-get update` said before: it ends well even when a mirror cannot be reached, and then the
    package that is not found is not the cause.
    """
    said = f"{warned}\n{ran.err}\n{ran.out}" if _UNKNOWN.search(ran.err) else f"{ran.err}\n{ran.out}"
    for pattern, words in _SENTENCES:
        match = pattern.search(said)
        if match:
            name = next((one_line(group) for group in match.groups() if group), "it")
            return words.format(name=name)
    errors = [line[2:].strip() for line in said.splitlines() if line.startswith("E:")]
    last = one_line(errors[0]) if errors else f"it ended with {ran.code}"
    return f"apt-get {verb} failed: {last}. See /var/log/apt/term.log, then go on."
