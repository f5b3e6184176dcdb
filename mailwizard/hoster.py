"""The user's hosting provider: what is known of it, and a request to open port 25, ready to be pasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwizard import hosting
from mailwizard.network.own_addresses import own_addresses

if TYPE_CHECKING:
    from mailwizard.wizard import Wizard


@dataclass(frozen=True)
class Hoster:
    """`about`: who it is, port 25 and reverse DNS there, line by line; `ticket`: the request."""

    about: str
    ticket: str


async def hoster_of(wizard: Wizard) -> Hoster:
    """Who rents this server out, recognised by the answers, the machine or its network. Only asks; changes nothing."""
    own = await own_addresses(wizard.host, wizard.answers)
    guess = await hosting.recognise(wizard.host, wizard.services.dns, wizard.answers, own.all)
    return Hoster(about(guess), hosting.ticket_text(guess.provider, wizard.answers, own.all))


def about(guess: hosting.Guess) -> str:
    """What is known, in lines; that nothing is, where the provider is not recognised."""
    provider = guess.provider
    if provider is None:
        return f"Your hosting provider is not known to mailwizard.\nReverse DNS: {guess.rdns_steps}"
    way = f"{provider.unblock} {provider.unblock_url}".strip() or "No way to open it is known."
    return "\n".join(
        [
            f"{provider.name}, by {guess.how}.",
            f"Port 25: {provider.port_25}. {way}",
            f"Reverse DNS: {provider.rdns_steps}",
            f"Reverse DNS of IPv6: {provider.ipv6_ptr}.",
        ]
    )
