"""Reading the kernel's own firewall as `nft -j list ruleset` prints it (libnftables-json(5))."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Rule = Mapping[str, object]


@dataclass(frozen=True)
class Verdict:
    """`drops`: what no rule accepts is dropped; `shut`: ports that no rule names; `unsure`: a rule uses a map."""

    drops: bool
    shut: tuple[int, ...] = ()
    unsure: bool = False


def judged(text: str, ports: Sequence[int]) -> Verdict | None:
    """What becomes of a new TCP connection from outside to `ports`; None when the text is none of nft's."""
    try:
        items = _native(json.loads(text)["nftables"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    chains = [item["chain"] for item in items if "chain" in item and item["chain"].get("hook") == "input"]
    rules = [item["rule"] for item in items if "rule" in item]
    shutting = [chain for chain in chains if chain.get("policy") == "drop" or _ends_shut(chain, rules)]
    if not shutting:
        return Verdict(False)
    tables = {_table(chain) for chain in shutting}
    accepting = [rule for rule in rules if _table(rule) in tables and _accepts(rule)]
    if any(_is_bare(rule) for rule in accepting):
        return Verdict(False)
    sets = {(*_table(item["set"]), f"@{item['set']['name']}"): item["set"] for item in items if "set" in item}
    named = [value for rule in accepting for port in _ports(rule) for value in _elements(rule, port, sets)]
    unsure = any(isinstance(value, str) for value in named)
    shut = tuple(port for port in ports if not any(_covers(value, port) for value in named))
    return Verdict(True, shut, unsure and bool(shut))


def _native(items: list[dict[str, Rule]]) -> list[dict[str, Rule]]:
    """Without the tables of iptables: what stands in them is shown whole by iptables-save alone."""
    rules = [item["rule"] for item in items if "rule" in item]
    others = {_table(rule) for rule in rules if any("xt" in expression for expression in _expressions(rule))}
    return [item for item in items if not any(_table(inner) in others for inner in item.values())]


def _table(item: Rule) -> tuple[str, str]:
    return str(item.get("family")), str(item.get("table"))


def _expressions(rule: Rule) -> list[dict[str, object]]:
    found = rule.get("expr")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _accepts(rule: Rule) -> bool:
    """True for a rule that accepts, from anywhere."""
    fields = {_field(expression) for expression in _expressions(rule)}
    return "saddr" not in fields and any("accept" in expression for expression in _expressions(rule))


def _field(expression: Mapping[str, object]) -> object:
    """Which field of a packet an expression looks at; "" for none."""
    match = expression.get("match")
    left = match.get("left") if isinstance(match, dict) else None
    payload = left.get("payload") if isinstance(left, dict) else None
    return payload.get("field", "") if isinstance(payload, dict) else ""


def _is_bare(rule: Rule) -> bool:
    """True for a rule that accepts whatever comes."""
    return {key for expression in _expressions(rule) for key in expression} <= {"accept", "counter"}


def _ends_shut(chain: Mapping[str, object], rules: Iterable[Rule]) -> bool:
    """True when the chain's last rule drops or rejects all the rest."""
    place = (chain["family"], chain["table"], chain["name"])
    mine = [rule for rule in rules if (rule["family"], rule["table"], rule["chain"]) == place]
    last = {key for expression in _expressions(mine[-1]) for key in expression} if mine else set()
    return bool(last & {"drop", "reject"}) and last <= {"drop", "reject", "counter", "log"}


def _ports(rule: Rule) -> list[object]:
    """What stands on the right of a rule's `tcp dport`: numbers, ranges, the name of a set."""
    found: list[object] = []
    for expression in _expressions(rule):
        match = expression.get("match")
        if isinstance(match, dict) and _field(expression) == "dport":
            right = match.get("right")
            several = right.get("set") if isinstance(right, dict) else None
            found += several if isinstance(several, list) else [right]
    return found


def _elements(rule: Rule, port: object, sets: dict[tuple[str, str, str], Rule]) -> list[object]:
    """What the name of a set stands for; anything else is itself."""
    named = sets.get((str(rule["family"]), str(rule["table"]), port)) if isinstance(port, str) else None
    elements = named.get("elem", []) if named else [port]
    return elements if isinstance(elements, list) else [port]


def _covers(value: object, port: int) -> bool:
    if isinstance(value, dict) and isinstance(value.get("range"), list):
        low, high = value["range"]
        return isinstance(low, int) and isinstance(high, int) and low <= port <= high
    return value == port
