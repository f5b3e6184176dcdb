"""Who gets the authority's mail, which DNS provider proves the domain, and the variables of its plugin."""

from __future__ import annotations

import re
from functools import partial

from mailwizard import values
from mailwizard.acme.plugins import Plugin, Variable, Way, plugins
from mailwizard.forms.field import Field
from mailwizard.forms.writing import YES_NO, switch, text, yes
from mailwizard.secret import Secret
from mailwizard.text import listed
from mailwizard.wizard import Wizard


def fields(wizard: Wizard) -> list[Field]:
    """The certificate's questions; the plugin's variables follow when it is chosen."""
    certificate = wizard.answers.certificate
    known, chosen = plugins(), plugins().get(certificate.dns_plugin)
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
            f"Where your domain's records are. Type a part of its name. {chosen.note if chosen else ''}".rstrip(),
            partial(_put_plugin, wizard),
            values.plugin,
            choices=tuple((plugin.name, f"{plugin.title} ({plugin.name})") for plugin in known.values()),
            may_be_empty=False,
        ),
        *_credentials(wizard, chosen),
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


def _credentials(wizard: Wizard, plugin: Plugin | None) -> list[Field]:
    """Which way to give them, where there are several, and the variables of that way."""
    if plugin is None:
        return []
    way = _way(wizard, plugin)
    choice = Field(
        "way",
        "What you have for it",
        way.title,
        f"{listed([one.title for one in plugin.ways], 'or')}: one of them is enough, and only that one is kept.",
        partial(_put_way, wizard, plugin),
        choices=tuple((one.title, one.title) for one in plugin.ways),
    )
    return [*([choice] if len(plugin.ways) > 1 else []), *(_variable(wizard, one) for one in way.variables)]


def _way(wizard: Wizard, plugin: Plugin) -> Way:
    """The way chosen in this run, else the one that the variables given mean."""
    chosen = wizard.ways.get(plugin.name)
    return next((way for way in plugin.ways if way.title == chosen), plugin.way(wizard.credentials))


def _variable(wizard: Wizard, variable: Variable) -> Field:
    may_lack = variable.optional and not re.search("optional|default", variable.text, re.IGNORECASE)
    return Field(
        f"variable_{variable.name}",
        variable.name,
        wizard.credentials[variable.name].reveal() if variable.name in wizard.credentials else "",
        f"{variable.text.removesuffix('.')}. Optional." if may_lack else variable.text,
        partial(_put_variable, wizard, variable.name),
        values.one_line,
        secret=not variable.harmless,
    )


def _put_plugin(wizard: Wizard, name: str) -> None:
    """What another provider's plugin was given is not for this one."""
    if name in plugins() and name != wizard.answers.certificate.dns_plugin:
        wizard.ways[name] = _way(wizard, plugins()[name]).title
    text(wizard, "certificate", "dns_plugin")(name)


def _put_way(wizard: Wizard, plugin: Plugin, title: str) -> None:
    if title != _way(wizard, plugin).title:
        wizard.ways[plugin.name] = title


def _put_variable(wizard: Wizard, name: str, value: str) -> None:
    if value:
        wizard.credentials[name] = Secret(value)
    else:
        wizard.credentials.pop(name, None)
