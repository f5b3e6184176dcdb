"""Every answer of the user, as setup.toml holds it. No secret is among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FOLDER = "/etc/mailwizard"
ANSWERS_PATH = f"{FOLDER}/setup.toml"
CREDENTIALS_PATH = f"{FOLDER}/credentials.env"
STATE_FOLDER = "/var/lib/mailwizard"
LOG_PATH = "/var/log/mailwizard.log"

RESOLVERS = ("1.1.1.1", "8.8.8.8", "9.9.9.9")
OUTBOUND_SMTP = ("gmail-smtp-in.l.google.com", "outlook-com.olc.protection.outlook.com")
ADDRESS_ECHO = ("https://api64.ipify.org", "https://icanhazip.com")
BLOCKLISTS = ("zen.spamhaus.org", "bl.spamcop.net")


@dataclass(frozen=True)
class Server:
    """`[server]`. An empty text means: to be found."""

    hostname: str = ""
    ipv4: str = ""
    ipv6: str = ""  # an address, "" or "off"
    ipv6_gateway: str = ""  # an address, "" or "auto"
    provider: str = ""
    chasquid: str = "auto"  # auto | distribution | debian-testing | source
    debian_mirror: str = ""
    replace_mta: bool = False
    comfort: tuple[str, ...] = ()

    @property
    def ipv4_only(self) -> bool:
        """True when mail is to be sent over IPv4 alone."""
        return self.ipv6 == "off"


@dataclass(frozen=True)
class Certificate:
    """`[certificate]`."""

    email: str = ""
    dns_plugin: str = ""
    authority: str = "letsencrypt"  # letsencrypt | letsencrypt_test | URL of an ACME directory
    ca_bundle: str = ""
    wildcard: bool = True


@dataclass(frozen=True)
class Dmarc:
    """What the DMARC record is to say (RFC 9989); empty addresses are left out."""

    policy: str = "quarantine"  # none | quarantine | reject
    rua: str = ""
    ruf: str = ""
    fo: str = "1"  # 0 | 1 | d | s, or d and s joined by ":"


@dataclass(frozen=True)
class Domain:
    """One `[[domain]]`. `forward` maps a local part or "*" to one address or several, joined by commas."""

    name: str
    senders: tuple[str, ...] = ()
    selector: str = ""
    spf_include: tuple[str, ...] = ()
    dmarc: Dmarc = field(default_factory=Dmarc)
    receive: bool = False
    forward: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def addresses(self) -> tuple[str, ...]:
        """The senders' full addresses."""
        return tuple(f"{sender}@{self.name}" for sender in self.senders)


@dataclass(frozen=True)
class Backup:
    """`[backup]`; no remote means no backup."""

    remote: str = ""
    secrets: str = "exclude"  # exclude | age | plain
    age_recipient: str = ""


@dataclass(frozen=True)
class DnsAnswers:
    """`[dns]`: the public resolvers asked after the authoritative servers."""

    resolvers: tuple[str, ...] = RESOLVERS


@dataclass(frozen=True)
class Probes:
    """`[probes]`: whom the machine asks about itself."""

    outbound_smtp: tuple[str, ...] = OUTBOUND_SMTP
    address_echo: tuple[str, ...] = ADDRESS_ECHO
    blocklists: tuple[str, ...] = BLOCKLISTS


@dataclass(frozen=True)
class Answers:
    """setup.toml, whole and valid."""

    server: Server = field(default_factory=Server)
    certificate: Certificate = field(default_factory=Certificate)
    domains: tuple[Domain, ...] = ()
    backup: Backup = field(default_factory=Backup)
    dns: DnsAnswers = field(default_factory=DnsAnswers)
    probes: Probes = field(default_factory=Probes)
    path: str = ANSWERS_PATH  # where they were read

    @property
    def senders(self) -> tuple[str, ...]:
        """All senders' full addresses, in the file's order."""
        return tuple(address for domain in self.domains for address in domain.addresses)
