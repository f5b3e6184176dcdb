"""What netplan's files have ready, and how `netplan get` is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwizard.network.netplan import OWN_FILE, Known, Ready, configured, known, ready

CASES = Path(__file__).parents[2] / "cases" / "netplan"
CONTABO = """network:
  version: 2
  ethernets:
    eth0:
      match:
        macaddress: 00:50:56:aa:bb:cc
      addresses:
      - 198.51.100.7/24
#      - 2001:db8:7::7/64
      gateway4: 198.51.100.1
#      gateway6: fe80::1
      nameservers:
        addresses: [2001:db8:53::53]
#     contact us: see /etc/hosts, 12:30/31, or ::/0
"""
MERGED = """network:
  version: 2
  renderer: networkd
  ethernets:
    lan:
      match:
        macaddress: "00:50:56:AA:BB:CC"
      dhcp4: false
      link-local: []
      addresses:
      - "198.51.100.7/24"
      - "2001:db8:7::7/64"
      routes:
      - to: "default"
        via: "198.51.100.1"
    any:
      match:
        name: "en*"
    eth5:
      dhcp4: true
    id0:
      match:
        macaddress: "00:50:56:aa:bb:dd"
      set-name: "wan0"
  bonds:
    "bond0":
      interfaces: [eth8, eth9]
"""


def test_commented_lines_are_taken_as_ready() -> None:
    found = ready({"/etc/netplan/01-netcfg.yaml": CONTABO})
    assert found == Ready("2001:db8:7::7", 64, "fe80::1", "/etc/netplan/01-netcfg.yaml, line 9")


@pytest.mark.parametrize("version", ["0.101", "1.2.2"])
def test_what_any_netplan_prints_is_understood(version: str) -> None:
    """`netplan get`, as the real one printed it, of Contabo's file and 50-cloud-init.yaml, without ours and with it."""
    before = (CASES / f"{version}-before.txt").read_text()
    with_ours = (CASES / f"{version}-with-ours.txt").read_text()
    mac = "00:50:56:aa:bb:cc"
    assert known(before, "eth0", mac) == Known("ethernets", "eth0", link_local_off=True) and configured(before) == set()
    assert known(with_ours, "eth0", mac) == Known("ethernets", "eth0") and configured(with_ours) == {"2001:db8:7::7"}


def test_what_is_active_comes_before_comments_and_our_own_file_last() -> None:
    ours = 'addresses:\n- "2001:db8::a/64"\n'
    theirs = "addresses: ['2001:db8::b/56']\nroutes: [{to: '::/0', via: 2001:db8::1}]\n"
    found = ready({OWN_FILE: ours, "/etc/netplan/01.yaml": CONTABO, "/etc/netplan/60.yaml": theirs})
    assert (found.address, found.prefix, found.gateway) == ("2001:db8::b", 56, "2001:db8::1")


@pytest.mark.parametrize(
    "line", ["# - 198.51.100.7/24", "to: ::/0", "- fe80::5/64", "- fd00::5/64", "- 2001:db8::/300", "- 1:2:3/64"]
)
def test_what_is_no_address_of_ours_is_passed_over(line: str) -> None:
    assert ready({"/etc/netplan/a.yaml": line}) == Ready()


@pytest.mark.parametrize(
    ("interface", "mac", "found"),
    [
        ("eth0", "00:50:56:aa:bb:cc", Known("ethernets", "lan", link_local_off=True)),
        ("ens3", "00:50:56:00:00:00", Known("ethernets", "any")),
        ("eth5", "00:50:56:00:00:00", Known("ethernets", "eth5")),
        ("wan0", "00:50:56:00:00:00", Known("ethernets", "id0")),
        ("bond0", "00:50:56:00:00:00", Known("bonds", "bond0")),
        ("eth0", "00:50:56:00:00:00", None),
        ("lan", "00:50:56:00:00:00", None),
    ],
)
def test_an_interface_is_found_by_mac_name_or_pattern(interface: str, mac: str, found: Known | None) -> None:
    assert known(MERGED, interface, mac) == found


def test_only_active_addresses_count_as_configured() -> None:
    assert configured(MERGED) == {"2001:db8:7::7"}
