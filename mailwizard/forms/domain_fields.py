"""The names, and what the domains' SPF and DMARC records are to say."""

from __future__ import annotations

from mailwizard import values
from mailwizard.answers import Domain
from mailwizard.forms.field import Field
from mailwizard.forms.writing import domain_text, domain_words, each, joined, split, text
from mailwizard.wizard import Wizard

POLICIES = (
    ("none", "none: only report"),
    ("quarantine", "quarantine: to the spam folder"),
    ("reject", "reject: refuse it"),
)
FAILURES = (
    ("0", "0: when all checks fail"),
    ("1", "1: when any check fails"),
    ("d", "d: when DKIM fails"),
    ("s", "s: when SPF fails"),
    ("d:s", "d:s: when DKIM or SPF fails"),
)


def names(wizard: Wizard) -> list[Field]:
    """The domains that mail is sent for, and the server's own name."""
    answers = wizard.answers
    domains = [domain.name for domain in answers.domains]
    proposed = answers.server.hostname or (f"mail.{domains[0]}" if domains else "")
    return [
        Field(
            "domains",
            "Your domains",
            joined(domains),
            "What stands behind the @ of your addresses. Several: with commas.",
            lambda value: _put_domains(wizard, split(value)),
            each(values.host_name),
            may_be_empty=False,
        ),
        Field(
            "hostname",
            "Name of this server",
            proposed,
            "A name below one of your domains. It becomes reverse DNS name, HELO name and MX.",
            text(wizard, "server", "hostname"),
            values.host_name,
            may_be_empty=False,
        ),
    ]


def _put_domains(wizard: Wizard, wanted: list[str]) -> None:
    """Domains that stay keep all their answers; one that goes is only forgotten, nothing of it is removed."""
    for number in reversed(range(len(wizard.answers.domains))):
        if wizard.answers.domains[number].name not in wanted:
            wizard.draft.remove_domain(number)
    there = {domain.name for domain in wizard.answers.domains}
    for name in wanted:
        if name not in there:
            wizard.draft.add_domain(name)


def records(wizard: Wizard) -> list[Field]:
    """DMARC's p, fo, rua, ruf and SPF's includes, domain by domain."""
    fields: list[Field] = []
    for number, domain in enumerate(wizard.answers.domains):
        fields += [_policy(wizard, number, domain), *_reports(wizard, number, domain), _include(wizard, number, domain)]
    return fields


def _policy(wizard: Wizard, number: int, domain: Domain) -> Field:
    return Field(
        f"dmarc_policy_{number}",
        f"DMARC p of {domain.name}",
        domain.dmarc.policy,
        "p: what receivers do with mail that claims to be yours and fails. Begin with quarantine.",
        domain_text(wizard, number, "dmarc", "policy"),
        choices=POLICIES,
    )


def _reports(wizard: Wizard, number: int, domain: Domain) -> list[Field]:
    return [
        Field(
            f"dmarc_rua_{number}",
            "rua",
            domain.dmarc.rua,
            "Who gets the daily reports (aggregate reports): an address, or leave it empty.",
            domain_text(wizard, number, "dmarc", "rua"),
            values.email,
        ),
        Field(
            f"dmarc_ruf_{number}",
            "ruf",
            domain.dmarc.ruf,
            "Who gets a report for a single mail that failed; few receivers send them.",
            domain_text(wizard, number, "dmarc", "ruf"),
            values.email,
        ),
        Field(
            f"dmarc_fo_{number}",
            "fo",
            domain.dmarc.fo,
            "When such a report is to be sent. It counts only beside ruf.",
            domain_text(wizard, number, "dmarc", "fo"),
            values.failure_options,
            choices=FAILURES,
        ),
    ]


def _include(wizard: Wizard, number: int, domain: Domain) -> Field:
    return Field(
        f"spf_include_{number}",
        "SPF include",
        joined(domain.spf_include),
        "Whose servers send for you besides this one. Gmail's “Send mail as” uses this one, and needs nothing here; "
        "_spf.google.com lets Google's own servers send as you.",
        domain_words(wizard, number, "spf_include"),
        each(values.dns_name),
    )
