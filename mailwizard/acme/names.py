"""For which names the certificate is ordered, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

from mailwizard.answers import Answers

MOST = 100  # names that Let's Encrypt puts into one certificate


def wanted_names(answers: Answers) -> tuple[str, ...]:
    """The names to order. Without a wildcard the server's name alone: mail needs no more. With it each domain and
    `*.domain`, and the server's name where none of them covers it. Let's Encrypt refuses a name beside the wildcard
    that has it, so such a name is left out.

    acme.sh files the certificate under the first name; that depends on the server's name and its domain alone, so that
    another domain that comes or goes leaves it as it is.
    """
    hostname = answers.server.hostname
    if not answers.certificate.wildcard:
        return (hostname,)
    domains = sorted((domain.name for domain in answers.domains), key=lambda name: -_shared(hostname, name))
    names = dict.fromkeys(name for domain in domains for name in (domain, f"*.{domain}"))
    wildcards = [name for name in names if name.startswith("*.")]
    needed = [name for name in names if name in wildcards or not covers(wildcards, name)]
    if not covers(names, hostname):
        return (hostname, *needed)
    main = next(name for name in needed if name not in wildcards)  # no file is to be called `*`
    return (main, *(name for name in needed if name != main))


def too_many(answers: Answers) -> str:
    """Why one certificate cannot have all the wanted names, ending with what to do; empty when it can."""
    count = len(wanted_names(answers))
    if count <= MOST:
        return ""
    return (
        f"A certificate has at most {MOST} names, and these domains with their wildcards make {count}. Set "
        "wildcard = false in the [certificate] part of setup.toml: mail needs the server's name alone."
    )


def covers(names: Iterable[str], name: str) -> bool:
    """True when one of `names` is `name` or the wildcard right above it (RFC 6125: a wildcard is one label)."""
    return any(have == name or (have.startswith("*.") and have[2:] == name.partition(".")[2]) for have in names)


def _shared(hostname: str, domain: str) -> int:
    """How long `domain` is, when the server's name is in it."""
    return len(domain) if f".{hostname}".endswith(f".{domain}") else 0
