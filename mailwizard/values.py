"""What a single answer may be: each function gives the value in its plain form, or raises ValueError with a reason.

A reason goes on after the value: `"999.1.1.1" is no IPv4 address`.
Whatever passes is safe in a file, in an argument and in a DNS name.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from mailwizard.network.routes import reaches_outside

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DNS_LABEL = re.compile(r"_?[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_+.-]{0,62}[A-Za-z0-9_+-])?")
_PLUGIN = re.compile(r"dns_[a-z0-9_]{1,40}")
_URL = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(/[A-Za-z0-9._~:/?&=%+@,-]*)?")
_SCP = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*)@([A-Za-z0-9][A-Za-z0-9.-]*):(?!-)[A-Za-z0-9_.~/+-]+")
_SSH = re.compile(
    r"ssh://(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/[A-Za-z0-9_.~/+-]+"
)
_AGE = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_COMFORT = re.compile(
    r"timezone:[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z][A-Za-z0-9_+-]*){0,2}|locale:[A-Za-z_.@0-9-]{1,40}|unattended-upgrades|clock-sync"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PATH = re.compile(r"(?:/[A-Za-z0-9_.+@-]+)+")


def host_name(text: str) -> str:
    """A host or domain name of two labels or more (RFC 1123), in lower case. Raises ValueError."""
    labels = _labels(text)
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("is no domain name: each part is letters, digits and inner hyphens, at most 63")
    if labels[-1].isdigit():
        raise ValueError("is no domain name: the last part is a number")
    return ".".join(labels)


def dns_name(text: str) -> str:
    """A name of the DNS, which unlike a host's name may have underscores: "_spf.google.com". Raises ValueError."""
    labels = _labels(text)
    if not all(_DNS_LABEL.fullmatch(label) for label in labels):
        raise ValueError("is no DNS name")
    return ".".join(labels)


def _labels(text: str) -> list[str]:
    if not text.isascii():
        raise ValueError(_in_ascii(text))
    if text.endswith("."):
        raise ValueError("ends with a dot; write it without")
    labels = text.lower().split(".")
    if len(labels) < 2:
        raise ValueError("is no full name, like mail.example.com")
    if len(text) > 253:
        raise ValueError("is longer than 253 characters")
    return labels


def _in_ascii(text: str) -> str:
    """The advice for an international name; its plain form is left out when the text is no name at all (RFC 5890)."""
    if not all(char in ".-" or unicodedata.category(char)[0] in "LMN" for char in text):
        return "has characters that no domain name has"
    labels = unicodedata.normalize("NFC", text.lower()).split(".")
    plain = [
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii', 'replace')}" for label in labels
    ]
    if all(_LABEL.fullmatch(label) for label in plain):
        return f"has letters outside ASCII; write it as {'.'.join(plain)}"
    return "has characters outside ASCII"


def email(text: str) -> str:
    """A mail address with the everyday characters only, its domain in lower case. Raises ValueError."""
    local, at, domain = text.rpartition("@")
    if not at:
        raise ValueError("is no mail address")
    if not _LOCAL.fullmatch(local) or ".." in local:
        raise ValueError(
            "is no mail address: before the @ stand letters, digits and . _ + -, at most 64, and no - in front"
        )
    try:
        return f"{local}@{host_name(domain)}"
    except ValueError as error:
        raise ValueError(f"is no mail address: what follows the @ {error}") from None


def emails(text: str) -> str:
    """One mail address or several, joined by ", ". Raises ValueError."""
    return ", ".join(email(address.strip()) for address in text.split(","))


def local_part(text: str) -> str:
    """What stands before the @ of one of our own addresses, in lower case. Raises ValueError."""
    if "@" in text:
        raise ValueError("is to be only what stands before the @")
    if "+" in text:
        raise ValueError("has a +, which begins a suffix that the mail server leaves out")
    if not _LOCAL.fullmatch(text) or ".." in text:
        raise ValueError("is to be letters, digits and . _ -, at most 64, and no - in front")
    return text.lower()


def forwarded(text: str) -> str:
    """A local part, or "*" for all others. Raises ValueError."""
    return text if text == "*" else local_part(text)


def ipv4(text: str) -> str:
    """An IPv4 address. Raises ValueError."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError("is no IPv4 address") from None


def ipv6(text: str) -> str:
    """An IPv6 address in its short form (RFC 5952). Raises ValueError."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise ValueError("is no IPv6 address") from None
    if address.scope_id:
        raise ValueError("is to be written without the %interface")
    return str(address)


def outside_ipv4(text: str) -> str:
    """An IPv4 address that others can send to. Raises ValueError."""
    return _outside(ipv4(text))


def outside_ipv6(text: str) -> str:
    """An IPv6 address that others can send to, or "off". Raises ValueError."""
    return text if text == "off" else _outside(_ipv6_or("off", text))


def _outside(address: str) -> str:
    if not reaches_outside(address):
        raise ValueError("is an address that nobody outside can reach; give the one that your hosting company shows")
    return address


def gateway_ipv6(text: str) -> str:
    """An IPv6 address, or "auto". Raises ValueError."""
    return text if text == "auto" else _ipv6_or("auto", text)


def _ipv6_or(word: str, text: str) -> str:
    if ":" not in text:
        raise ValueError(f'is neither an IPv6 address nor "{word}"')
    return ipv6(text)


def ip(text: str) -> str:
    """An IP address of either family. Raises ValueError."""
    try:
        return ipv6(text) if ":" in text else ipv4(text)
    except ValueError:
        raise ValueError("is no IP address") from None


def smtp_host(text: str) -> str:
    """A host name or an IP address. Raises ValueError."""
    if ":" in text or text.replace(".", "").isdigit():
        try:
            return ip(text)
        except ValueError:
            raise ValueError("is neither a host's name nor an IP address; the port is always 25") from None
    return host_name(text)


def plugin(text: str) -> str:
    """The name of a DNS plugin of acme.sh: "dns_cf". Raises ValueError."""
    if not _PLUGIN.fullmatch(text):
        raise ValueError('is no DNS plugin of acme.sh, like "dns_cf"')
    return text


def one_line(text: str) -> str:
    """A text that one line of a file can hold, without blanks around it. Raises ValueError."""
    if _CONTROL.search(text.strip()):
        raise ValueError("has a control character in it")
    return text.strip()


def web_address(text: str) -> str:
    """An https URL without user, blank or quote. Raises ValueError."""
    return _url(text, ("https",))


def mirror(text: str) -> str:
    """The URL of a package mirror, http or https, without the last slash. Raises ValueError."""
    return _url(text, ("http", "https")).rstrip("/")


def _url(text: str, schemes: tuple[str, ...]) -> str:
    match = _URL.fullmatch(text)
    if not match or match[1] not in schemes or int(match[3] or 1) > 65535:
        raise ValueError(f"is no {' or '.join(schemes)} address, like {schemes[-1]}://example.com/path")
    return text


def authority(text: str) -> str:
    """A certificate authority: "letsencrypt", "letsencrypt_test" or the URL of an ACME directory. Raises ValueError."""
    if text in ("letsencrypt", "letsencrypt_test"):
        return text
    try:
        return web_address(text)
    except ValueError:
        raise ValueError("is none of letsencrypt, letsencrypt_test, the https address of an ACME directory") from None


def git_remote(text: str) -> str:
    """A git repository reached over SSH: "git@github.com:me/conf.git" or "ssh://...". Raises ValueError."""
    if not (_SCP.fullmatch(text) or _SSH.fullmatch(text)):
        raise ValueError('is no git address over SSH, like "git@github.com:me/conf.git"')
    return text


def age_recipient(text: str) -> str:
    """A public key of age: "age1...". Raises ValueError."""
    if not _AGE.fullmatch(text):
        raise ValueError('is no public key of age, which is "age1" and 58 characters')
    return text


def comfort(text: str) -> str:
    """One of the optional extras. Raises ValueError."""
    if not _COMFORT.fullmatch(text):
        raise ValueError('is none of "timezone:Area/City", "locale:NAME", "unattended-upgrades", "clock-sync"')
    return text


def selector(text: str) -> str:
    """A DKIM selector of one label, in lower case (RFC 6376, section 3.1). Raises ValueError."""
    if not _LABEL.fullmatch(text.lower()):
        raise ValueError("is no selector: letters, digits and inner hyphens, at most 63")
    return text.lower()


def path(text: str) -> str:
    """The absolute path of a file. Raises ValueError."""
    if not _PATH.fullmatch(text) or ".." in text.split("/"):
        raise ValueError("is no absolute path of everyday characters")
    return text


def provider(text: str) -> str:
    """The short name of a hosting company: "contabo". Raises ValueError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", text):
        raise ValueError('is no short name of a hosting company, like "contabo"')
    return text


def failure_options(text: str) -> str:
    """DMARC's fo: 0, 1, d, s, or several joined by ":" (RFC 9989). Raises ValueError."""
    options = text.split(":")
    if len(set(options)) != len(options) or not set(options) <= {"0", "1", "d", "s"}:
        raise ValueError('is none of 0, 1, d, s, or several of them joined by ":"')
    return text
