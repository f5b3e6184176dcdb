"""For which names the certificate is ordered, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

from mailwizard.answers import Answers


def wanted_names(answers: Answers) -> tuple[str, ...]:
    """The names to order. With a wildcard: each domain and `*.domain`; the server's own name unless a wildcard covers
    it, for Let's Encrypt refuses a name beside the wildcard that has it. Without: the server's name alone.
    """
    hostname = answers.server.hostname
    if not answers.certificate.wildcard:
        return (hostname,)
    names = tuple(name for domain in answers.domains for name in (domain.name, f"*.{domain.name}"))
    return names if covers(names, hostname) else (hostname, *names)


def covers(names: Iterable[str], name: str) -> bool:
    """True when one of `names` is `name` or the wildcard right above it (RFC 6125: a wildcard is one label)."""
    return any(have == name or (have.startswith("*.") and have[2:] == name.partition(".")[2]) for have in names)
