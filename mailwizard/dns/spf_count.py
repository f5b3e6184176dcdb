"""What an SPF record costs of the ten look-ups, on the way on which nothing matches (RFC 7208, section 4.6.4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mailwizard.dns.answer import Lookup, Outcome
from mailwizard.dns.spf_check import MAX_LOOKUPS, MAX_NAMES, MAX_VOID, mx_hosts
from mailwizard.dns.spf_record import ASKING, Mechanism, SpfRecord, opening
from mailwizard.dns.spf_tree import Tree, gather_tree


@dataclass(frozen=True)
class TermCost:
    """One term, what it costs in all, and what the terms of the record it leads to cost."""

    term: str
    lookups: int
    void: tuple[int, int] = (0, 0)  # questions without any record, for an IPv4 sender and for an IPv6 sender
    within: tuple[TermCost, ...] = ()
    flaw: str = ""  # why receivers answer permerror for it, here or further in
    opens: bool = False  # it leads to a record that lets anybody send


@dataclass(frozen=True)
class Counted:
    """The look-ups of a whole record; `problems` are sentences, each of them a permerror for receivers."""

    domain: str
    lookups: int
    void_ipv4: int  # look-ups that find nothing when the sender has an IPv4 address
    void_ipv6: int
    terms: tuple[TermCost, ...]
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()  # questions without a usable answer: the numbers are then the least that it can be

    @property
    def sentence(self) -> str:
        """For people: "3 of 10 look-ups"."""
        least = "at least " if self.unknown else ""
        return f"{least}{self.lookups} of {MAX_LOOKUPS} look-ups"

    @property
    def is_too_many(self) -> bool:
        """True when a receiver may answer permerror for the number of look-ups."""
        return self.lookups > MAX_LOOKUPS

    def is_too_void(self, version: int) -> bool:
        """True when for senders of IP `version` 4 or 6 more than two look-ups find nothing: often a permerror."""
        return (self.void_ipv4 if version == 4 else self.void_ipv6) > MAX_VOID


async def count(lookup: Lookup, domain: str, record: str | None = None) -> Counted:
    """The cost of the record of `domain`, or of `record` as if it stood there. Asks each question once."""
    tree = await gather_tree(lookup, domain, record)
    counter = _Counter(tree)
    terms = counter.terms_of(tree.domain, (tree.domain,))
    lookups = sum(term.lookups for term in terms)
    four, six = (sum(term.void[family] for term in terms) for family in (0, 1))
    if tree.domain not in tree.records:
        counter.note(tree.why(tree.domain))
    return Counted(domain, lookups, four, six, terms, tuple(counter.problems), tree.unknown())


@dataclass
class _Counter:
    tree: Tree
    problems: list[str] = field(default_factory=list)
    _known: dict[str, tuple[TermCost, ...]] = field(default_factory=dict)

    def note(self, problem: str) -> str:
        """Keeps a problem, once, and gives it back."""
        if problem and problem not in self.problems:
            self.problems.append(problem)
        return problem

    def terms_of(self, domain: str, path: tuple[str, ...]) -> tuple[TermCost, ...]:
        """The costs of the record of `domain`, reached through the records of `path`."""
        if domain not in self._known:
            record = self.tree.records.get(domain)
            self._known[domain] = self._costs(record, domain, path) if record else ()
        return self._known[domain]

    def _costs(self, record: SpfRecord, domain: str, path: tuple[str, ...]) -> tuple[TermCost, ...]:
        asking = [mechanism for mechanism in record.live if mechanism.name in ASKING]
        costs = [self._cost(mechanism, domain, path) for mechanism in asking]
        if record.redirect:
            costs.append(self._led(f"redirect={record.redirect}", record.redirect, domain, path))
        return tuple(costs)

    def _cost(self, mechanism: Mechanism, domain: str, path: tuple[str, ...]) -> TermCost:
        if mechanism.name == "include":
            led = self._led(mechanism.text, mechanism.domain, domain, path)
            return led if mechanism.qualifier == "+" else replace(led, opens=False)
        target = self.tree.target(mechanism.domain, domain)
        if target is None or mechanism.name == "ptr":
            return TermCost(mechanism.text, 1)
        if mechanism.name == "mx":
            many = self._too_many_hosts(target)
            return TermCost(mechanism.text, 1, self._void_of_mx(target), flaw=many)
        four = self._void(target, "A")
        return TermCost(mechanism.text, 1, (four, four if mechanism.name == "exists" else self._void(target, "AAAA")))

    def _led(self, term: str, spec: str, domain: str, path: tuple[str, ...]) -> TermCost:
        """Include and redirect: the record of another domain is read."""
        target = self.tree.target(spec, domain)
        if target is None:
            return TermCost(term, 1)
        if target in path:
            back = f'"{term}" in the SPF record of {domain} leads back to {target}, where it came from.'
            return TermCost(term, 1, flaw=self.note(back))
        record, flaw = self.tree.records.get(target), ""
        if record is None:
            flaw = self.note(self.tree.why(target, f'"{term}" in the SPF record of {domain} needs it.'))
        own = self._void(target, "TXT")
        within = self.terms_of(target, (*path, target))
        void = own + sum(cost.void[0] for cost in within), own + sum(cost.void[1] for cost in within)
        flaw = flaw or next((cost.flaw for cost in within if cost.flaw), "")
        opens = record is not None and (bool(opening(record)) or any(cost.opens for cost in within))
        return TermCost(term, 1 + sum(cost.lookups for cost in within), void, within, flaw, opens)

    def _hosts(self, target: str) -> list[str]:
        return mx_hosts(self.tree.answers[target, "MX"]) if (target, "MX") in self.tree.answers else []

    def _too_many_hosts(self, target: str) -> str:
        count = len(self._hosts(target))
        many = f"{target} has {count} mail servers; an SPF record may use {MAX_NAMES} at most."
        return self.note(many) if count > MAX_NAMES else ""

    def _void_of_mx(self, target: str) -> tuple[int, int]:
        own, hosts = self._void(target, "MX"), self._hosts(target)
        return (
            own + sum(self._void(host, "A") for host in hosts),
            own + sum(self._void(host, "AAAA") for host in hosts),
        )

    def _void(self, name: str, kind: str) -> int:
        answer = self.tree.answers.get((name, kind))
        return int(answer is not None and answer.outcome is not Outcome.UNKNOWN and not answer.records)
