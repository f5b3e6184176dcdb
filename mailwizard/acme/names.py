"""For which names the certificate is ordered, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

from mailwizard.answers import Answers


def wanted_names(answers: Answers) -> tuple[str, ...]:
    """The names to order. With a wildcard: the domain that the server's name is in, and `*.domain`; the server's own
    name unless the wildcard covers it, for Let's Encrypt refuses a name beside the wildcard that has it. Without, or
    when its name is in none of the domains: the server's name alone. Mail needs no more, and further domains may be
    at another DNS provider, where this plugin can prove nothing.
    """
    hostname = answers.server.hostname
    over = [domain.name for domain in answers.domains if f".{hostname}".endswith(f".{domain.name}")]
    if not over or not answers.certificate.wildcard:
        return (hostname,)
    domain = max(over, key=len)
    names = (domain, f"*.{domain}")
    return names if covers(names, hostname) else (hostname, *names)


def covers(names: Iterable[str], name: str) -> bool:
    """True when one of `names` is `name` or the wildcard right above it (RFC 6125: a wildcard is one label)."""
    return any(have == name or (have.startswith("*.") and have[2:] == name.partition(".")[2]) for have in names)
