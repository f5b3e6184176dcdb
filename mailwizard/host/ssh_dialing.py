"""The way to a machine up to the login: TCP, the key exchange, and whether its host key is an accepted one."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

from mailwizard.errors import Unreachable
from mailwizard.host.ssh_known_hosts import HostKey, Verdict, known_hosts
from mailwizard.host.ssh_place import Place
from mailwizard.host.ssh_proxy import Proxy
from mailwizard.text import one_line

if TYPE_CHECKING:
    from paramiko import Transport

TIMEOUT = 15.0  # seconds for each of: TCP, banner, key exchange


class NotTrusted(Unreachable):
    """The machine shows a host key that the user has not accepted."""


def dialled(place: Place) -> Transport:
    """An encrypted connection to the machine, its host key judged, nobody logged in. Blocks.

    Raises Unreachable: not there, or no SSH. Raises NotTrusted: its host key was never accepted, has changed or is
    revoked.
    """
    import paramiko

    # it would print its own warnings on the terminal
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    logging.getLogger("paramiko").propagate = False
    known = known_hosts(place.known_hosts, place.key_name)
    proxy = Proxy(place.proxy) if place.proxy else None
    try:
        transport = paramiko.Transport(proxy.socket if proxy else _socket(place))
        transport.daemon = True
        transport.banner_timeout = TIMEOUT
        options = transport.get_security_options()
        options.key_types = known.preferred(options.key_types)
        transport.start_client(timeout=TIMEOUT)
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise Unreachable(_no_way(place, proxy.last_words()) if proxy else _no_ssh(place, error)) from None
    key = transport.get_remote_server_key()
    shown = HostKey(key.get_name(), key.asbytes())
    verdict = known.judge(shown)
    if verdict is not Verdict.KNOWN:
        transport.close()
        raise NotTrusted(_not_trusted(place, shown, verdict))
    return transport


def _socket(place: Place) -> socket.socket:
    try:
        made = socket.create_connection((place.address, place.port), TIMEOUT)
    except socket.gaierror:
        raise Unreachable(f"{place.address} is not found in the DNS. Check the name in --host.") from None
    except TimeoutError:
        raise Unreachable(
            f"{place.address} port {place.port} does not answer. Check the address, and that the server is on."
        ) from None
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _no_ssh(place: Place, error: Exception) -> str:
    where = f"{place.address} port {place.port}"
    if isinstance(error, ConnectionRefusedError):
        return f"{where} refuses the connection: no SSH server runs there. Check the port in --host."
    if isinstance(error, OSError) and error.errno:
        return f"{where} cannot be reached: {(error.strerror or '').lower()}. Check your network and --host."
    return f"{where} does not speak SSH with us: {one_line(str(error)) or 'it hung up'}. Check the port in --host."


def _no_way(place: Place, said: str) -> str:
    why = f": {said[-300:].rstrip('.')}" if said else ""
    return f"The way to {place.label} (`{place.proxy}`, from ~/.ssh/config) failed{why}. Check `{place.by_hand}`."


def _not_trusted(place: Place, shown: HostKey, verdict: Verdict) -> str:
    key = f"{shown.type.removeprefix('ssh-')} {shown.fingerprint}"
    if verdict is Verdict.UNKNOWN:
        return (
            f"The host key of {place.key_name} was never accepted here ({key}). Run `{place.by_hand}` once, compare "
            "the fingerprint with the one your provider shows, say yes, then start mailwizard again."
        )
    if verdict is Verdict.REVOKED:
        return (
            f"The host key of {place.key_name} ({key}) is marked as revoked. Nothing was sent: do not use this server."
        )
    return (
        f"DANGER: the host key of {place.key_name} is not the one that you accepted. It now shows {key}. Either the "
        "server was installed anew, or somebody sits between you and it. Nothing was sent. If you know that it was "
        f"installed anew: `ssh-keygen -R '{place.key_name}'`, then `{place.by_hand}`."
    )
