"""Judging the machine's IPv6: facts in, findings out."""

from __future__ import annotations

from collections.abc import Sequence

from mailwizard.finding import Finding, Status
from mailwizard.network.facts import NetworkFacts
from mailwizard.network.outside import Seen

SENDING_WITHOUT = 'or send over IPv4 only: "off" as IPv6 address (server.ipv6 in setup.toml)'
_GIVE_IT = (
    "Look up this server's IPv6 address at your hosting company and give it as server.ipv6 in setup.toml, "
    f"{SENDING_WITHOUT}."
)
_NO_WAY = "This server has no way out at all: mend its network."
TITLES = {
    "ipv6.kernel": "IPv6 switched on",
    "ipv6.address": "IPv6 address",
    "ipv6.route": "IPv6 route",
    "ipv6.outside": "IPv6 as seen from outside",
    "os.smtp_out_ipv6": "Outgoing port 25 over IPv6",
}


def skipped() -> list[Finding]:
    """All of them, not chosen: mail is sent over IPv4 only."""
    why = ('server.ipv6 is "off"',)
    return [Finding(id, Status.SKIPPED, title, found=why, source="setup.toml") for id, title in TITLES.items()]


def kernel(facts: NetworkFacts) -> Finding:
    """`ipv6.kernel`: is it on, and does it stay on?"""
    switch = facts.switch
    found = tuple(f"off for {name}" for name in switch.off_now) + tuple(line.shown for line in switch.off_at_boot)
    source = "/proc/sys/net/ipv6/conf, sysctl.conf and sysctl.d"
    if switch.off_by_command_line or not switch.in_kernel:
        fix = "Start this server with a kernel that has IPv6"
        if switch.off_by_command_line:
            fix = "Take ipv6.disable=1 out of /etc/default/grub, run update-grub and start this server anew"
            found = ("ipv6.disable=1 stands on the kernel's command line",)
        fix = f"{fix}, {SENDING_WITHOUT}."
        return _finding("ipv6.kernel", Status.FAILED, "on", found, "/proc/cmdline", "not_in_kernel", fix)
    if not switch.is_on:
        cause = "switched_off" if switch.off_now else "switched_off_at_boot"
        ours = {line.path for line in switch.off_at_boot if line.counts and not line.path.startswith("/etc/")}
        fix = f"Take the line out of {', '.join(sorted(ours))} yourself." if ours and switch.has_drop_in else ""
        if switch.off_now and switch.has_drop_in:  # it was tried, or somebody switched it off since
            fix = f"If it cannot be switched on from here, have your hosting company do it, {SENDING_WITHOUT}."
        return _finding("ipv6.kernel", Status.FAILED, "on", found, source, cause, fix)
    return _finding("ipv6.kernel", Status.OK, "on", ("on, and stays on",), source)


def address(facts: NetworkFacts) -> Finding:
    """`ipv6.address`: is the wanted address on the interface that leads outside?"""
    found = tuple(f"{item.address}/{item.prefix}" for item in facts.addresses)
    source = f"ip -6 addr show dev {facts.interface}" if facts.interface else "ip route get"
    if not facts.interface:
        return _finding("ipv6.address", Status.FAILED, facts.wanted, found, source, "no_way", _NO_WAY)
    if not facts.wanted:
        return _finding("ipv6.address", Status.FAILED, "", found, source, "missing", _GIVE_IT)
    on_it = facts.on_it
    if on_it and on_it.duplicate:
        fix = f"Another machine uses {facts.wanted}. Give this server an address of its own, {SENDING_WITHOUT}."
        return _finding("ipv6.address", Status.FAILED, facts.wanted, found, source, "duplicate", fix)
    if on_it:
        return _finding("ipv6.address", Status.OK, facts.wanted, found, source)
    return _finding("ipv6.address", Status.FAILED, facts.wanted, found, source, "missing", _advice(facts))


def route(facts: NetworkFacts) -> Finding:
    """`ipv6.route`: does a way out lead from the machine over IPv6?"""
    found = tuple(f"via {default.gateway}" if default.gateway else "direct" for default in facts.defaults)
    source = "ip -6 route show default"
    if found:
        return _finding("ipv6.route", Status.OK, "a default route", found, source)
    wanted = f"default via {facts.proposal.gateway}"
    return _finding("ipv6.route", Status.FAILED, wanted, found, source, "missing", _advice(facts))


def _advice(facts: NetworkFacts) -> str:
    """What to do where mailwizard does nothing: netplan is not what configures this network."""
    if not facts.interface:
        return _NO_WAY
    if not facts.wanted or not facts.switch.in_kernel:
        return _GIVE_IT
    if facts.has_netplan:
        return ""  # planned
    return (
        f"Netplan does not look after this network, so you are to change it yourself: {facts.by_hand}, "
        f"{SENDING_WITHOUT}."
    )


def outside(facts: NetworkFacts, seen: Sequence[Seen], seen_over_ipv4: Sequence[Seen]) -> Finding:
    """`ipv6.outside`: do two echoes see the wanted address? That none of them answers at all proves nothing."""
    expected = facts.wanted
    found = tuple(echo.shown for echo in seen)
    addresses = {echo.address for echo in seen if echo.address}
    if not seen:
        return _finding("ipv6.outside", Status.SKIPPED, expected, ("probes.address_echo is empty",), "setup.toml")
    source = "asked over IPv6"
    if len(addresses) > 1 or (addresses and addresses != {expected}):
        other = " and ".join(sorted(addresses))
        fix = f"Others see {other}. Make it server.ipv6 in setup.toml, or make this server send from {expected}"
        return _finding("ipv6.outside", Status.FAILED, expected, found, source, "other_address", f"{fix}.")
    if addresses:
        alone = len(seen) > 1 and any(not echo.address for echo in seen)
        status, cause = (Status.WARNING, "one_echo") if alone else (Status.OK, "")
        return _finding("ipv6.outside", status, expected, found, source, cause)
    if any(echo.address for echo in seen_over_ipv4):
        fix = "They answer over IPv4, but not over IPv6: ask your hosting company whether it is switched on"
        fix = f"{fix}, {SENDING_WITHOUT}."
        return _finding("ipv6.outside", Status.FAILED, expected, found, source, "no_way", fix)
    return _finding("ipv6.outside", Status.UNKNOWN, expected, found, source, "no_answer")


def not_yet(id: str) -> Finding:
    """A finding that needs an address and a route first: nobody was asked."""
    return _finding(id, Status.UNKNOWN, "", ("not asked: there is no IPv6 address with a route yet",), "this server")


def _finding(
    id: str, status: Status, expected: str, found: tuple[str, ...], source: str, cause: str = "", fix: str = ""
) -> Finding:
    return Finding(id, status, TITLES[id], "", expected, found, source, cause, fix)
