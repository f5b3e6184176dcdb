"""Does the machine's own firewall let mail in?"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from mailwizard.changes.commands import RunCommand
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost, Pattern, Reply
from mailwizard.host.protocol import Ran
from mailwizard.system.firewall import finding, look, plan

UFW, NFT, IPTABLES = ("ufw", "status"), ("nft", "-j", "list", "ruleset"), ("iptables-save",)
UFW_OPEN = "Status: active\n\nTo   Action  From\n25,465,587/tcp  ALLOW  Anywhere\n22/tcp (v6)  ALLOW  Anywhere (v6)\n"
UFW_DENIED = "Status: active\n\n465/tcp  DENY IN  Anywhere\n"
UFW_PART = """Status: active

22/tcp  ALLOW  Anywhere
587  LIMIT IN  Anywhere
25/tcp  ALLOW  192.0.2.1
465/tcp  DENY  Anywhere
"""


CMD = ("firewall-cmd",)
FIREWALLD: dict[Pattern, Reply] = {
    (*CMD, "--state"): "running\n",
    (*CMD, "--get-default-zone"): "public\n",
    ("ip", "-j", "-4", "route", "get", ...): '[{"dst": "1.1.1.1", "dev": "ens18", "prefsrc": "198.51.100.7"}]',
}


def zone(services: str, ports: str, target: str = "default") -> str:
    return f"web (active)\n  target: {target}\n  interfaces: ens18\n  services: {services}\n  ports: {ports}\n"


def rule(right: object, verdict: str = "accept", chain: str = "input") -> dict[str, object]:
    match: dict[str, object] = {
        "match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": right}
    }
    return bare({verdict: None}, chain, [match] if right is not None else [])


def bare(
    verdict: dict[str, object], chain: str = "input", before: list[dict[str, object]] | None = None
) -> dict[str, object]:
    return {"rule": {"family": "inet", "table": "filter", "chain": chain, "expr": [*(before or []), verdict]}}


def ruleset(*items: dict[str, object], policy: str = "drop") -> str:
    chain = {"family": "inet", "table": "filter", "name": "input", "hook": "input", "policy": policy}
    return json.dumps({"nftables": [{"metainfo": {}}, {"chain": chain}, *items]})


ALL_PORTS = rule({"set": [22, 25, {"range": [465, 600]}]})
OF_DOCKER: dict[str, object] = {"rule": {"family": "ip", "table": "nat", "expr": [{"xt": None}]}}
SADDR: dict[str, object] = {
    "match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "192.0.2.1"}
}
FROM_OFFICE = bare({"accept": None}, before=[SADDR, *ALL_PORTS["rule"]["expr"][:1]])  # type: ignore[index]
# the images of Oracle's cloud, whose policy is ACCEPT
ORACLE = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p udp -m udp --sport 123 -j ACCEPT
-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 25 -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -j REJECT --reject-with icmp-host-prohibited
COMMIT
"""
# fail2ban's chain is passed, docker's rules are about its containers
DOCKER = """*nat
:INPUT DROP [0:0]
COMMIT
*filter
:INPUT ACCEPT [0:0]
:DOCKER - [0:0]
:f2b-mail - [0:0]
-A INPUT -p tcp -m multiport --dports 25,465 -j f2b-mail
-A INPUT -p tcp -m tcp --dport 25 -m comment --comment "mail, from anywhere" -j ACCEPT
-A DOCKER -d 172.17.0.2/32 -p tcp -m tcp --dport 465 -j ACCEPT
-A f2b-mail -s 192.0.2.7/32 -j REJECT --reject-with icmp-port-unreachable
-A f2b-mail -j RETURN
COMMIT
"""
SET: dict[str, object] = {"set": {"family": "inet", "table": "filter", "name": "mail", "elem": [25, 465, 587]}}


@pytest.mark.parametrize(
    ("commands", "status", "found"),
    [
        ({}, Status.OK, "none is active"),
        ({UFW: "Status: inactive\n"}, Status.OK, "none is active"),
        ({UFW: UFW_OPEN}, Status.OK, "ufw lets them in"),
        ({UFW: UFW_PART}, Status.FAILED, "ufw keeps 25 and 465 shut"),
        ({UFW: UFW_DENIED + "25,465,587/tcp  ALLOW  Anywhere\n"}, Status.FAILED, "ufw keeps 465 shut"),
        ({UFW: UFW_DENIED.replace("465", "143") + "Anywhere  ALLOW  Anywhere\n"}, Status.OK, "ufw lets them in"),
        (
            {
                UFW: UFW_DENIED.replace("465/tcp", "465/tcp (v6)").replace("Anywhere", "Anywhere (v6)")
                + "Anywhere  ALLOW  Anywhere\n"
            },
            Status.OK,
            "ufw lets them in",
        ),
        (
            {UFW: Ran(UFW, 1, "", "ERROR: You need to be root to run this script\n")},
            Status.UNKNOWN,
            "only root can ask it",
        ),
        ({NFT: ruleset(policy="accept")}, Status.OK, "none is active"),
        ({NFT: json.dumps({"nftables": []})}, Status.OK, "none is active"),
        ({NFT: ruleset(rule(22))}, Status.FAILED, "nftables keeps 25, 465 and 587 shut"),
        ({NFT: ruleset(rule(22), rule(25, "drop"))}, Status.FAILED, "nftables keeps 25, 465 and 587 shut"),
        ({NFT: ruleset(ALL_PORTS)}, Status.OK, "nftables lets them in"),
        ({NFT: ruleset(SET, rule("@mail"))}, Status.OK, "nftables lets them in"),
        ({NFT: ruleset(rule("@other"))}, Status.UNKNOWN, "its rules use maps"),
        ({NFT: ruleset(rule(None))}, Status.OK, "none is active"),
        (
            {NFT: ruleset(rule(22), bare({"reject": None}), policy="accept")},
            Status.FAILED,
            "nftables keeps 25, 465 and 587 shut",
        ),
        (
            {NFT: ruleset(rule(465, chain="mine"), bare({"jump": {"target": "mine"}}))},
            Status.FAILED,
            "nftables keeps 25 and 587 shut",
        ),
        ({NFT: "no json"}, Status.UNKNOWN, "its rules are not to be understood here"),
        ({NFT: Ran(NFT, 1, "", "Operation not permitted\n")}, Status.UNKNOWN, "Operation not permitted"),
        (
            {NFT: ruleset(bare({"xt": None})), IPTABLES: ":INPUT ACCEPT [0:0]\n"},
            Status.OK,
            "none is active",
        ),
        ({IPTABLES: ORACLE}, Status.FAILED, "iptables keeps 25, 465 and 587 shut"),
        (
            {IPTABLES: ORACLE.replace("--dport 22", "--dport 1:1000")},
            Status.OK,
            "iptables lets them in",
        ),
        ({IPTABLES: DOCKER}, Status.OK, "none is active"),
        (
            {IPTABLES: ':INPUT DROP [0:0]\n-A INPUT -p tcp --dport 25 -m comment --comment "it is -j ACCEPT\n'},
            Status.FAILED,
            "iptables keeps 25, 465 and 587 shut",
        ),
        ({IPTABLES: DOCKER.replace(":INPUT ACCEPT", ":INPUT DROP")}, Status.FAILED, "iptables keeps 465 and 587 shut"),
        (
            {NFT: ruleset(rule(22), OF_DOCKER), IPTABLES: DOCKER},
            Status.FAILED,
            "nftables keeps 25, 465 and 587 shut",
        ),
        ({NFT: ruleset(FROM_OFFICE)}, Status.FAILED, "nftables keeps 25, 465 and 587 shut"),
        (
            {IPTABLES: ":INPUT DROP [0:0]\n-A INPUT -p tcp -m multiport --dports 25,465:600 -j ACCEPT\n"},
            Status.OK,
            "iptables lets them in",
        ),
        (
            {IPTABLES: ":INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT\n"},
            Status.FAILED,
            "iptables keeps 465 and 587 shut",
        ),
        (
            {
                **FIREWALLD,
                (*CMD, "--get-zone-of-interface=ens18"): "web\n",
                (*CMD, "--zone=web", "--list-all"): zone("ssh smtp", "465/tcp 500-600/tcp"),
            },
            Status.OK,
            "firewalld lets them in",
        ),
        (
            {
                **FIREWALLD,
                (*CMD, "--get-zone-of-interface=ens18"): "web\n",
                (*CMD, "--zone=web", "--list-all"): zone("ssh", "465/udp"),
                (*CMD, "--zone=public", "--list-all"): zone("ssh", "25/tcp 465/tcp 587/tcp"),
            },
            Status.FAILED,
            "firewalld keeps 25, 465 and 587 shut",
        ),
        (
            {
                **FIREWALLD,
                (*CMD, "--get-zone-of-interface=ens18"): Ran((), 2, "no zone\n", ""),
                (*CMD, "--zone=public", "--list-all"): zone("smtp smtps", ""),
            },
            Status.FAILED,
            "firewalld keeps 587 shut",
        ),
        (
            {
                **FIREWALLD,
                (*CMD, "--get-zone-of-interface=ens18"): "trusted\n",
                (*CMD, "--zone=trusted", "--list-all"): zone("", "", "ACCEPT"),
            },
            Status.OK,
            "firewalld lets them in",
        ),
        (
            {
                **FIREWALLD,
                (*CMD, "--zone=public", "--list-all"): Ran((), 252, "", "Authorization failed.\n"),
            },
            Status.UNKNOWN,
            "Authorization failed.",
        ),
        ({(*CMD, "--state"): "running\n"}, Status.UNKNOWN, "it does not say which zone counts"),
    ],
)
async def test_the_firewall_that_decides_is_judged(
    commands: Mapping[Pattern, Reply], status: Status, found: str
) -> None:
    wall = await look(ImaginaryHost(commands={**commands}))
    judged = finding(wall)
    assert (judged.status, judged.found) == (status, (found,))
    planned = plan(wall)
    assert bool(planned) is (status is Status.FAILED and "ufw" in found)
    assert bool(judged.fix) is (status is Status.FAILED and not planned)


async def test_ufw_is_opened_and_can_be_shut_again() -> None:
    change = plan(await look(ImaginaryHost(commands={UFW: UFW_PART})))[0]
    assert isinstance(change, RunCommand)
    assert change.argv == ("ufw", "prepend", "allow", "25,465/tcp") and change.undo == (
        "ufw",
        "delete",
        "allow",
        "25,465/tcp",
    )


async def test_firewalld_is_opened_in_the_zone_that_counts() -> None:
    closed = {(*CMD, "--get-zone-of-interface=ens18"): "web\n", (*CMD, "--zone=web", "--list-all"): zone("ssh", "")}
    judged = finding(await look(ImaginaryHost(commands={**FIREWALLD, **closed})))
    assert "firewall-cmd --permanent --zone=web --add-port={25,465,587}/tcp && firewall-cmd --reload" in judged.fix
