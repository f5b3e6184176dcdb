"""All records and hosts that an SPF record can reach, asked for once each and level by level."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from mailwizard.dns.answer import Answer, Lookup, Outcome
from mailwizard.dns.spf_check import MAX_NAMES, mx_hosts
from mailwizard.dns.spf_macro import Message, expand_domain, is_askable, letters
from mailwizard.dns.spf_record import SpfRecord, SpfSyntaxError, parse, spf_records

_MOST_RECORDS = 64  # a record that reaches more is far beyond ten look-ups; nobody is asked further
_SAME_FOR_ALL = frozenset("do")  # macros that do not depend on who sends
_TYPES = {"a": ("A", "AAAA"), "mx": ("MX",), "exists": ("A",)}
_NOBODY = ipaddress.IPv4Address(0)


@dataclass
class Tree:
    """The records by domain (valid ones only) and every answer that was given."""

    lookup: Lookup
    domain: str
    records: dict[str, SpfRecord] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)  # why a domain has no usable record

    def target(self, spec: str, domain: str) -> str | None:
        """The name that `spec` means in the record of `domain`; None when it depends on the sender or is no name."""
        if not letters(spec) <= _SAME_FOR_ALL:
            return None
        message = Message(_NOBODY, f"postmaster@{self.domain}", self.domain, domain)
        name = expand_domain(spec, message).lower() if spec else domain
        return name if is_askable(name) else None

    def why(self, domain: str, needed: str = "") -> str:
        """Why there is no record of `domain`, a sentence and who needs it; "" when it could not be asked."""
        return f"{self.faults[domain]} {needed}".strip() if domain in self.faults else ""

    def unknown(self) -> tuple[str, ...]:
        """The questions without a usable answer: "TXT of _spf.example.net (timed out)"."""
        silent = [(key, answer) for key, answer in self.answers.items() if answer.outcome is Outcome.UNKNOWN]
        return tuple(f"{kind} of {name} ({answer.why})" for (name, kind), answer in silent)

    async def ask(self, questions: Iterable[tuple[str, str]]) -> None:
        """Asks what was not asked yet, all at once."""
        new = list(dict.fromkeys(question for question in questions if question not in self.answers))
        answers = await asyncio.gather(*(self.lookup(name, kind) for name, kind in new))
        self.answers.update(zip(new, answers, strict=True))

    def take(self, domain: str, texts: list[str]) -> None:
        """Reads the record of `domain` among `texts`, or notes what is wrong with it."""
        if len(texts) != 1:
            self.faults[domain] = f"{domain} has {len(texts) or 'no'} SPF record{'s' if texts else ''}."
            return
        try:
            self.records[domain] = parse(texts[0])
        except SpfSyntaxError as error:
            self.faults[domain] = f"The SPF record of {domain} is not valid: {error}."


async def gather_tree(lookup: Lookup, domain: str, record: str | None = None) -> Tree:
    """Everything that the record of `domain` (or `record` in its place) can make a receiver ask."""
    tree = Tree(lookup, domain.lower().rstrip("."))
    if record is not None:
        tree.take(tree.domain, [record])
    level = [tree.domain] if record is None else _led_to(tree, [tree.domain])
    while level and len(tree.records) < _MOST_RECORDS:
        await tree.ask((name, "TXT") for name in level)
        for name in level:
            answer = tree.answers[name, "TXT"]
            if answer.outcome is not Outcome.UNKNOWN:
                tree.take(name, spf_records(answer))
        level = _led_to(tree, level)
    await _ask_hosts(tree)
    return tree


def _led_to(tree: Tree, domains: Iterable[str]) -> list[str]:
    """The domains named by include and redirect in the records of `domains` that were not read yet."""
    found: dict[str, None] = {}
    for domain in domains:
        record = tree.records.get(domain)
        specs = [m.domain for m in record.live if m.name == "include"] if record else []
        redirect = [record.redirect] if record and record.redirect else []
        targets = (tree.target(spec, domain) for spec in [*specs, *redirect])
        found.update(dict.fromkeys(target for target in targets if target))
    return [name for name in found if name not in tree.records and name not in tree.faults][:_MOST_RECORDS]


async def _ask_hosts(tree: Tree) -> None:
    """Asks for the hosts of a, mx and exists, then for the addresses of the mail servers."""
    wanted = [
        (target, kind)
        for domain, record in tree.records.items()
        for mechanism in record.live
        if (target := tree.target(mechanism.domain, domain))
        for kind in _TYPES.get(mechanism.name, ())
    ]
    await tree.ask(wanted)
    hosts = [host for name, kind in wanted if kind == "MX" for host in mx_hosts(tree.answers[name, kind])[:MAX_NAMES]]
    await tree.ask((host, kind) for host in hosts if is_askable(host) for kind in ("A", "AAAA"))
