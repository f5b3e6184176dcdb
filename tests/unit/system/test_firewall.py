"""Does the machine's own firewall let mail in?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.changes.commands import RunCommand
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost, Pattern, Reply
from mailwizard.host.protocol import Ran
from mailwizard.system.firewall import finding, look, plan
from mailwizard.system.ufw import drops_ipv6, shut_ports, with_ipv6

UFW, NFT, IPTABLES = ("ufw", "status", "verbose"), ("nft", "-j", "list", "ruleset"), ("iptables-save",)


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
    host = ImaginaryHost(commands={**commands})
    wall = await look(host)
    judged = finding(wall)
    assert (judged.status, judged.found) == (status, (found,))
    assert await plan(host, wall) == []
    assert bool(judged.fix) is (status is Status.FAILED)


CASES = Path(__file__).parents[2] / "cases" / "ufw"  # printed by the real ufw
IPV6 = "IPV6=no in /etc/default/ufw: it lets nothing through over IPv6"


def with_ufw(case: str, interface: str = "eth0", *, kernel: bool = True) -> ImaginaryHost:
    route = json.dumps([{"dst": "1.1.1.1", "dev": interface, "prefsrc": "198.51.100.7"}])
    defaults = f'# IPV6=maybe\nIPV6={"no" if case == "ipv6_no" else "yes"}\nDEFAULT_INPUT_POLICY="DROP"\n'
    switch = {"/proc/sys/net/ipv6/conf/all/disable_ipv6": "0\n"} if kernel else {}
    host = ImaginaryHost({"/etc/default/ufw": defaults, **switch})
    host.commands = {UFW: (CASES / f"{case}.txt").read_text(), ("ip", "-j", "-4", "route", ...): route}
    return host


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ("inactive", ("none is active",)),
        ("open", ("ufw lets them in",)),
        ("profiles", ("ufw lets them in",)),
        ("one_profile", ("ufw lets them in",)),
        ("on_interface", ("ufw lets them in",)),
        ("any_tcp", ("ufw lets them in",)),
        ("address", ("ufw lets them in",)),
        ("ssh_only", ("ufw keeps 25, 465 and 587 shut",)),
        ("partly", ("ufw keeps 25 and 465 shut",)),
        ("default_allow", ("ufw keeps 587 shut",)),
        ("only_ipv4", ("ufw keeps 25, 465 and 587 shut over IPv6",)),
        ("ipv6_no", ("ufw keeps 25, 465 and 587 shut over IPv6", IPV6)),
    ],
)
async def test_what_ufw_says_is_understood(case: str, found: tuple[str, ...]) -> None:
    host = with_ufw(case)
    wall = await look(host)
    judged = finding(wall)
    assert judged.found == found and judged.fix == ""
    assert (judged.status is Status.FAILED) is bool(await plan(host, wall)) is ("shut" in found[0])


async def test_a_rule_about_another_interface_lets_nothing_in() -> None:
    assert finding(await look(with_ufw("on_interface", "ens3"))).found == ("ufw keeps 25, 465 and 587 shut",)


@pytest.mark.parametrize("case", ["only_ipv4", "ipv6_no"])
async def test_where_mail_goes_over_ipv4_alone_ufw_may_drop_ipv6(case: str) -> None:
    assert finding(await look(with_ufw(case), (4,))).status is Status.OK
    assert finding(await look(with_ufw(case, kernel=False))).status is Status.OK


async def test_ufw_is_opened_and_can_be_shut_again() -> None:
    host = with_ufw("partly")
    change = (await plan(host, await look(host)))[0]
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


async def test_ufw_is_told_to_let_ipv6_through() -> None:
    host = with_ufw("ipv6_no")
    written, again, let_in = await plan(host, await look(host))
    await written.perform(host, lambda line: None)
    assert host.text("/etc/default/ufw") == '# IPV6=maybe\nIPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\n'
    assert isinstance(again, RunCommand) and again.argv == ("ufw", "reload")
    assert isinstance(let_in, RunCommand) and let_in.argv[-1] == "25,465,587/tcp"


@given(st.text())
def test_whatever_ufw_says_it_is_read(text: str) -> None:
    assert set(shut_ports(text, (25, 465), 4, "eth0")) <= {25, 465}
    assert drops_ipv6(with_ipv6(text)) is False


@given(st.from_regex(r"[0-9:,]{1,9}(/tcp)? +(ALLOW|DENY) IN +Anywhere", fullmatch=True))
def test_whatever_ports_a_rule_has_it_is_read(line: str) -> None:
    assert set(shut_ports(line, (25, 465), 4, "eth0")) <= {25, 465}
