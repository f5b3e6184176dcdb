"""The fields of each step, by the step's name."""

from __future__ import annotations

from collections.abc import Callable

from mailwizard import values
from mailwizard.forms import backup_fields, certificate_fields, domain_fields, receiving_fields, sender_fields
from mailwizard.forms.field import Field
from mailwizard.forms.writing import YES_NO, each, joined, switch, text, words, yes
from mailwizard.wizard import Wizard


def fields_of(step: str, wizard: Wizard) -> list[Field]:
    """What the step asks now; none when it asks nothing."""
    ask = _FORMS.get(step)
    return ask(wizard) if ask else []


def _server(wizard: Wizard) -> list[Field]:
    server = wizard.answers.server
    return [
        Field(
            "replace_mta",
            "Replace another mail server",
            yes(server.replace_mta),
            "yes: one that holds port 25, 465 or 587 is stopped and disabled. It is not removed.",
            switch(wizard, "server", "replace_mta"),
            choices=YES_NO,
        ),
        Field(
            "comfort",
            "Extras",
            joined(server.comfort),
            "Optional: timezone:Europe/Berlin, locale:C.UTF-8, unattended-upgrades, clock-sync",
            words(wizard, "server", "comfort"),
            each(values.comfort),
        ),
    ]


def _addresses(wizard: Wizard) -> list[Field]:
    server = wizard.answers.server
    return [
        Field(
            "ipv4",
            "IPv4 address",
            server.ipv4,
            "Leave it empty to use the one that was found.",
            text(wizard, "server", "ipv4"),
            values.outside_ipv4,
            found=_expected(wizard, "dns.a"),
        ),
        Field(
            "ipv6",
            "IPv6 address",
            server.ipv6,
            "Your hoster gives it to you. `off` sends over IPv4 only.",
            text(wizard, "server", "ipv6"),
            values.outside_ipv6,
            found=_expected(wizard, "ipv6.address"),
        ),
        Field(
            "ipv6_gateway",
            "IPv6 gateway",
            server.ipv6_gateway,
            "Often fe80::1. Leave it empty, or write auto, if you do not know it.",
            text(wizard, "server", "ipv6_gateway"),
            values.gateway_ipv6,
            found=_gateway(wizard),
        ),
    ]


def _mail_server(wizard: Wizard) -> list[Field]:
    server = wizard.answers.server
    choices = (
        ("auto", "the newest that is safe"),
        ("debian-testing", "Debian testing's"),
        ("distribution", "the distribution's, with its known holes"),
        ("source", "built from source: nothing updates it"),
    )
    return [
        Field(
            "chasquid",
            "chasquid",
            server.chasquid,
            "Which package: `auto` takes 1.19 or newer; older ones can be crashed from outside.",
            text(wizard, "server", "chasquid"),
            choices=choices,
        ),
        Field(
            "debian_mirror",
            "Debian mirror",
            server.debian_mirror,
            "Where Debian's packages are fetched. Empty: the mirror that apt uses, on Ubuntu a known one of Debian's.",
            text(wizard, "server", "debian_mirror"),
            values.mirror,
        ),
    ]


def _reverse_dns(wizard: Wizard) -> list[Field]:
    return [
        Field(
            "provider",
            "Hosting provider",
            wizard.answers.server.provider,
            "Who rents the server to you. Leave it empty if the one found is right.",
            text(wizard, "server", "provider"),
            values.provider,
            found=_provider(wizard),
        )
    ]


def _provider(wizard: Wizard) -> str:
    """The short name of the provider that was recognised; empty when none was."""
    found = wizard.services.reverse_dns.guess.provider
    return found.id if found else ""


def _gateway(wizard: Wizard) -> str:
    """The gateway that the way out leads over, else the one proposed; empty where it needs none."""
    routes = [finding for step in wizard.steps for finding in step.findings if finding.id == "ipv6.route"]
    told = next((" ".join(route.found[:1]) or route.expected for route in routes), "")
    return told.partition("via ")[2]


def _expected(wizard: Wizard, id: str) -> str:
    """What the finding expects, worked out from what the machine has; empty before it was looked for."""
    findings = (finding for step in wizard.steps for finding in step.findings)
    return next((finding.expected for finding in findings if finding.id == id), "")


_FORMS: dict[str, Callable[[Wizard], list[Field]]] = {
    "server": _server,
    "names": domain_fields.names,
    "addresses": _addresses,
    "certificate": certificate_fields.fields,
    "mail_server": _mail_server,
    "records": domain_fields.records,
    "reverse_dns": _reverse_dns,
    "senders": sender_fields.fields,
    "forwarding": receiving_fields.fields,
    "backup": backup_fields.fields,
}
