"""Which resolvers the machine itself uses: those behind systemd-resolved's stub, as Ubuntu has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwizard.dns.resolvers import system_resolvers

STUB = """# This is /run/systemd/resolve/stub-resolv.conf managed by man:systemd-resolved(8).
nameserver 127.0.0.53
options edns0 trust-ad
search .
"""
UPLINKS = """# This is /run/systemd/resolve/resolv.conf managed by man:systemd-resolved(8).
nameserver 203.0.113.53
nameserver 2001:db8::53
nameserver fe80::1%eth0
# Too many DNS servers configured, the following entries may be ignored.
nameserver 203.0.113.54
search provider.example
"""


@pytest.mark.parametrize(
    ("text", "uplinks", "found"),
    [
        (STUB, UPLINKS, ["203.0.113.53", "2001:db8::53", "fe80::1%eth0"]),
        (STUB.replace(".53", ".54"), UPLINKS, ["203.0.113.53", "2001:db8::53", "fe80::1%eth0"]),
        (STUB, None, ["127.0.0.53"]),
        (STUB, "# No DNS servers known.\n", ["127.0.0.53"]),
        (STUB + "nameserver 192.0.2.1\n", None, ["192.0.2.1"]),
        ("nameserver 127.0.0.1\nnameserver 192.0.2.1\n", UPLINKS, ["127.0.0.1", "192.0.2.1"]),
        ("# nameserver 192.0.2.9\nnameserver\nnameservers 192.0.2.8\n", UPLINKS, []),
    ],
)
def test_the_servers_behind_the_stub_are_asked(
    tmp_path: Path, text: str, uplinks: str | None, found: list[str]
) -> None:
    (tmp_path / "resolv.conf").write_text(text)
    if uplinks is not None:
        (tmp_path / "uplinks").write_text(uplinks)
    assert system_resolvers(str(tmp_path / "resolv.conf"), str(tmp_path / "uplinks")) == found


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert system_resolvers(str(tmp_path / "none"), str(tmp_path / "uplinks")) == []
