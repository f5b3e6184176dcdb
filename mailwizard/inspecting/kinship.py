"""Do two servers belong together? Guessed from names and addresses alone, as nothing may be asked for it."""

from __future__ import annotations

import ipaddress

from mailwizard.dns.spf_macro import Address

# second-level names below which everybody registers
_COMMON = frozenset(
    ("ac", "co", "com", "edu", "gob", "gov", "go", "gr", "id", "mil", "ne", "net", "nom", "or", "org", "sch")
)
_FAMILIES = (
    ("me.com", "icloud.com", "apple.com", "mac.com"),
    ("outlook.com", "office365.com", "exchangelabs.com", "hotmail.com", "microsoft.com", "live.com"),
    ("protonmail.ch", "proton.ch", "proton.me", "protonmail.com"),
    ("gmx.net", "gmx.de", "gmx.com", "web.de", "mail.com", "kundenserver.de", "1and1.com"),
    ("google.com", "gmail.com", "googlemail.com"),
    ("yahoo.com", "yahoodns.net", "aol.com"),
    ("messagingengine.com", "fastmail.com"),
    ("amazonses.com", "amazonaws.com"),
    ("yandex.net", "yandex.ru", "yandex.com"),
)
# who writes results into every message, and takes out what a sender wrote in their name (RFC 8601 section 5)
_ALWAYS_JUDGE = (
    *("google.com", "outlook.com", "yahoo.com", "icloud.com", "messagingengine.com", "gmx.net", "protonmail.ch"),
    *("amazonses.com", "yandex.net", "mail.ru", "zoho.com"),
)
_FAMILY = {name: family[0] for family in _FAMILIES for name in family}
_OWN = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fe80::/10", "fc00::/7"),
    )
)
# Outlook's servers pass mail on among each other under public addresses
_MICROSOFT = tuple(ipaddress.ip_network(text) for text in ("2603:1000::/24", "2a01:111::/32"))


def organisation(name: str) -> str:
    """The name under which somebody registered `name`, as it looks; a name without a dot is its own."""
    labels = name.lower().strip("[]<>.").split(".")
    count = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _COMMON else 2
    return ".".join(labels[-count:])


def are_kin(one: str, other: str) -> bool:
    """True when both names look like servers of one operator."""
    if not one or not other:
        return False
    first, second = organisation(one), organisation(other)
    return _FAMILY.get(first, first) == _FAMILY.get(second, second)


def always_judges(server: str) -> bool:
    """True for the servers of providers that write down results of every message."""
    return any(are_kin(server, name) for name in _ALWAYS_JUDGE)


def is_own_network(address: Address) -> bool:
    """True for addresses that no stranger on the internet can send from."""
    return any(address in network for network in _OWN)


def is_among_microsoft(address: Address, one: str, other: str) -> bool:
    """True for a hop inside of Outlook: both names and the address are Microsoft's."""
    return any(address in network for network in _MICROSOFT) and are_kin(one, "outlook.com") and are_kin(one, other)


def address_in(text: str) -> Address | None:
    """The IP address that `text` is, with or without brackets, port or the mark `IPv6:`; None if it is none."""
    text = text.strip("[]()<>,").split("%")[0]
    if text.lower().startswith("ipv6:"):
        text = text[5:]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
