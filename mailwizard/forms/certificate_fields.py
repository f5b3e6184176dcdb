"""Who gets the authority's mail, which DNS provider proves the domain, and the variables of its plugin."""

from __future__ import annotations

from functools import partial

from mailwizard import values
from mailwizard.acme.plugins import Plugin, plugins
from mailwizard.forms.field import Field
from mailwizard.forms.writing import YES_NO, switch, text, yes
from mailwizard.secret import Secret
from mailwizard.wizard import Wizard


def fields(wizard: Wizard) -> list[Field]:
    """The certificate's questions; the plugin's variables follow when it is chosen."""
    certificate = wizard.answers.certificate
    known = plugins()
    return [
        Field(
            "email",
            "Your mail address",
            certificate.email or _proposed_address(wizard),
            "The authority writes to it when something is wrong with the certificate.",
            text(wizard, "certificate", "email"),
            values.email,
            may_be_empty=False,
        ),
        Field(
            "dns_plugin",
            "DNS provider",
            certificate.dns_plugin,
            "Where your domain's records stand. Type a part of its name.",
            text(wizard, "certificate", "dns_plugin"),
            values.plugin,
            choices=tuple((plugin.name, f"{plugin.title} ({plugin.name})") for plugin in known.values()),
            may_be_empty=False,
        ),
        *_variables(wizard, known.get(certificate.dns_plugin)),
        Field(
            "wildcard",
            "Also for *.domain",
            yes(certificate.wildcard),
            "yes: one certificate for your domains and all names below them.",
            switch(wizard, "certificate", "wildcard"),
            choices=YES_NO,
        ),
    ]


def _proposed_address(wizard: Wizard) -> str:
    domains = wizard.answers.domains
    return f"postmaster@{domains[0].name}" if domains else ""


def _variables(wizard: Wizard, plugin: Plugin | None) -> list[Field]:
    if plugin is None:
        return []
    return [
        Field(
            f"variable_{variable.name}",
            variable.name,
            wizard.credentials[variable.name].reveal() if variable.name in wizard.credentials else "",
            variable.text,
            partial(_put_secret, wizard, variable.name),
            secret=variable.secret,
        )
        for variable in plugin.variables
    ]


def _put_secret(wizard: Wizard, name: str, value: str) -> None:
    if value:
        wizard.credentials[name] = Secret(value)
    else:
        wizard.credentials.pop(name, None)
