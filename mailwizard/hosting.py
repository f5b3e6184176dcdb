"""Who rents out the server: how they treat port 25, where reverse DNS is set, and how they are recognised."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from mailwizard.answers import Answers
from mailwizard.dns.answer import Answer, Outcome
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of

UNKNOWN = "unknown"
_DMI = "/sys/class/dmi/id"
_DMI_FILES = ("sys_vendor", "product_name", "chassis_asset_tag")
_ORIGIN = {4: "origin.asn.cymru.com", 6: "origin6.asn.cymru.com"}  # Team Cymru's IP to ASN mapping
_REVERSE = re.compile(r"\.(in-addr|ip6)\.arpa$")
_PATIENCE = 3.0  # seconds; knowing the provider is a comfort


class Resolver(Protocol):
    """The one question that is asked of the DNS."""

    async def resolve(self, name: str, type: str) -> Answer:
        """The first usable answer."""


@dataclass(frozen=True)
class Provider:
    """A row of the catalogue. "unknown" in a text means that nobody looked; empty `unblock`: no way is known."""

    id: str
    name: str
    asns: tuple[int, ...]
    dmi: tuple[str, ...]
    port_25: str
    unblock: str
    unblock_url: str
    rdns: str
    rdns_url: str
    ipv6_ptr: str
    sources: tuple[str, ...]

    @property
    def rdns_steps(self) -> str:
        """Where reverse DNS is set, in a sentence; a general one where it is not known."""
        if self.rdns == UNKNOWN:
            return f'Look for "reverse DNS" or "PTR" in the panel of {self.name}, or ask their support.'
        return f"{self.name}: {self.rdns}" + (f" ({self.rdns_url})" if self.rdns_url else "")


ANYBODY = 'Look for "reverse DNS" or "PTR" in the panel of your hosting provider, or ask their support.'


@dataclass(frozen=True)
class Guess:
    """The provider, None when nothing tells it, and what told it."""

    provider: Provider | None
    how: str = ""

    @property
    def rdns_steps(self) -> str:
        """Where reverse DNS is set."""
        return self.provider.rdns_steps if self.provider else ANYBODY


@lru_cache(maxsize=1)
def providers() -> tuple[Provider, ...]:
    """The catalogue, in its order."""
    import tomlkit

    from mailwizard import assets

    rows = tomlkit.parse(assets.read("catalogues/hosting.toml")).unwrap()["provider"]
    return tuple(_provider(row) for row in rows)


def _provider(row: Mapping[str, Any]) -> Provider:
    words = ("id", "name", "port_25", "unblock", "unblock_url", "rdns", "rdns_url", "ipv6_ptr")
    texts = {key: str(row[key]) for key in words}
    asns, dmi, sources = (tuple(row[key]) for key in ("asns", "dmi", "sources"))
    return Provider(asns=asns, dmi=dmi, sources=sources, **texts)


def named(text: str) -> Provider | None:
    """The provider with this id or name, however it is written; None when there is none."""
    wanted = text.strip().lower()
    return next((one for one in providers() if wanted in (one.id, one.name.lower())), None)


async def recognise(host: Host, dns: Resolver, answers: Answers, addresses: Iterable[str]) -> Guess:
    """The answers' provider, else the one that the machine's DMI names, else the one whose network it is in."""
    if told := named(answers.server.provider):
        return Guess(told, "your answers")
    texts = " ".join(await asyncio.gather(*(_dmi(host, name) for name in _DMI_FILES))).lower()
    for provider in providers():
        if any(marker in texts for marker in provider.dmi):
            return Guess(provider, _DMI)
    for address in addresses:
        if provider_of := by_asn(await asns_of(dns, address)):
            return Guess(provider_of, f"the network that {address} is in")
    return Guess(None)


def by_asn(asns: Iterable[int]) -> Provider | None:
    """The provider that one of these networks belongs to."""
    numbers = set(asns)
    return next((provider for provider in providers() if numbers & set(provider.asns)), None)


async def asns_of(dns: Resolver, address: str) -> tuple[int, ...]:
    """The numbers of the networks that announce an address; none when it is not known or nobody answers in time."""
    ip = ipaddress.ip_address(address)
    name = f"{_REVERSE.sub('', ip.reverse_pointer)}.{_ORIGIN[ip.version]}"
    try:
        answer = await asyncio.wait_for(dns.resolve(name, "TXT"), _PATIENCE)
    except asyncio.TimeoutError:
        return ()
    if answer.outcome is not Outcome.FOUND:
        return ()
    words = (word for value in answer.values for word in value.partition("|")[0].split())
    return tuple(int(word) for word in words if word.isdigit())


async def _dmi(host: Host, name: str) -> str:
    try:
        return (await text_of(host, f"{_DMI}/{name}")).strip()
    except (FileMissing, FileUnreadable):
        return ""  # containers and some virtual machines have none


def ticket_text(provider: Provider | None, answers: Answers, addresses: Iterable[str]) -> str:
    """A request to open port 25, ready to be pasted into a ticket; what only the user knows is in brackets."""
    domains = ", ".join(domain.name for domain in answers.domains)
    lines = [f"- {address}" for address in addresses]
    return "\n".join(
        [
            "Subject: Please open outgoing port 25 (SMTP)",
            "",
            f"Hello{f' {provider.name} team' if provider else ''},",
            "",
            "please open outgoing TCP port 25 for my server:",
            *lines,
            "",
            f"It is the mail server {answers.server.hostname} for {domains or 'my own domain'}.",
            "It sends personal and business mail from a few accounts: [say how many mails a day]. No newsletters, no "
            "bought addresses.",
            "Every message is signed with DKIM, and SPF and DMARC are published.",
            f"Each address has reverse DNS that leads to {answers.server.hostname} and back.",
            "Nobody can relay through it: sending needs a login.",
            "I read complaints at postmaster and will act on them at once.",
            "",
            "Thank you.",
        ]
    )
