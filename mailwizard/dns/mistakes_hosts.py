"""MX, address, CAA and other records compared with what was wanted: by name and number, in any order."""

from __future__ import annotations

import ipaddress

from mailwizard.dns import caa
from mailwizard.dns.mistakes_kind import Mistake, change_value, mistake, publish, shown
from mailwizard.dns.wanted_record import Wanted
from mailwizard.text import listed

# the networks that Cloudflare lists as its proxies' (www.cloudflare.com/ips)
_PROXIES = tuple(
    ipaddress.ip_network(text)
    for text in (
        "173.245.48.0/20",
        "103.21.244.0/22",
        "103.22.200.0/22",
        "103.31.4.0/22",
        "141.101.64.0/18",
        "108.162.192.0/18",
        "190.93.240.0/20",
        "188.114.96.0/20",
        "197.234.240.0/22",
        "198.41.128.0/17",
        "162.158.0.0/15",
        "104.16.0.0/13",
        "104.24.0.0/14",
        "172.64.0.0/13",
        "131.0.72.0/22",
        "2400:cb00::/32",
        "2606:4700::/32",
        "2803:f800::/32",
        "2405:b500::/32",
        "2405:8100::/32",
        "2a06:98c0::/29",
        "2c0f:f248::/32",
    )
)


def host_mistake(wanted: Wanted, values: tuple[str, ...], apex: str) -> Mistake | None:
    """What is wrong with the values found for a record that is no TXT record; None if they say what is wanted."""
    if wanted.type in ("A", "AAAA"):
        return _address_mistake(wanted, values)
    if wanted.type == "MX":
        return _mx_mistake(wanted, values, apex)
    if wanted.type == "CAA":
        return _caa_mistake(wanted, values)
    if wanted.value.lower() in {value.lower() for value in values}:
        return None
    return mistake("other_value", f"Another value stands at {wanted.name}.", change_value(wanted), values)


def target_of(mx: str) -> str:
    """The host that an MX value names, lower case without the last dot; empty for a null MX (RFC 7505)."""
    return mx.partition(" ")[2].strip().rstrip(".").lower()


def as_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in `text`, None if there is none."""
    try:
        return ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None


def _address_mistake(wanted: Wanted, values: tuple[str, ...]) -> Mistake | None:
    ours, found = as_address(wanted.value), {as_address(value): value for value in values}
    others = [value for address, value in found.items() if address != ours]
    if not others and ours in found:
        return None
    if any(_is_proxy(value) for value in others):
        return mistake(
            "proxied",
            f"{wanted.name} leads to a proxy of Cloudflare, which lets no mail through.",
            f"Switch the proxy off (“DNS only”) for this record: {wanted.type} {wanted.name} {wanted.value}",
            values,
        )
    if ours in found:
        sentence = f"{wanted.name} has {listed(others)} beside {wanted.value}."
        return mistake("other_value", sentence, _delete(wanted, others), values)
    sentence = f"{wanted.name} leads to {listed(others)}."
    return mistake("other_value", sentence, change_value(wanted), values)


def _is_proxy(text: str) -> bool:
    address = as_address(text)
    return address is not None and any(address in network for network in _PROXIES)


def _mx_mistake(wanted: Wanted, values: tuple[str, ...], apex: str) -> Mistake | None:
    ours, hosts = target_of(wanted.value), [target_of(value) for value in values]
    number = {target_of(value): int(value.partition(" ")[0]) for value in reversed(values)}
    if f"{ours}.{apex}" in hosts:
        sentence = f"The MX record leads to {ours}.{apex}: the page added {apex} to the name that you entered."
        fix = f"In the MX record at {wanted.name}, end the target with a dot: {ours}."
        return mistake("name_doubled", sentence, fix, values)
    if any(host.startswith("_dc-mx.") for host in hosts):
        sentence = "Cloudflare put a name of its own into the MX record, because the mail server's name is proxied."
        fix = f"Switch the proxy off (“DNS only”) for the address records of {ours}, to which the MX record leads."
        return mistake("proxied", sentence, fix, values)
    before = [
        value for value in values if target_of(value) != ours and number[target_of(value)] <= number.get(ours, 65535)
    ]
    if ours in hosts and not before:
        return None
    if ours in hosts:
        sentence = f"Mail for {wanted.name} goes to {listed(sorted({shown(target_of(v)) for v in before}))} as well."
        return mistake("other_value", sentence, _delete(wanted, before), values)
    fix = f"{_delete(wanted, list(values))} {publish(wanted)}"
    return mistake("other_value", _elsewhere(wanted, hosts), fix, values)


def _elsewhere(wanted: Wanted, hosts: list[str]) -> str:
    host = hosts[0]
    if not host:
        return f"The MX record says that {wanted.name} takes no mail."
    if as_address(host):
        return f"The MX record holds the address {host}; it must hold a name."
    if "/" in host:
        return f"The MX record holds {shown(host)}, which is no host name."
    return f"Mail for {wanted.name} goes to {shown(host)}."


def _caa_mistake(wanted: Wanted, values: tuple[str, ...]) -> Mistake | None:
    records = [record for record in map(caa.parse, values) if record]
    ours = caa.parse(wanted.value)
    if ours is None or any((record.tag, record.issuer) == (ours.tag, ours.issuer) for record in records):
        return None
    allowed = caa.allows_wildcard if ours.tag == "issuewild" else caa.allows
    if ours.tag in ("issue", "issuewild") and records and allowed(records, ours.issuer):
        return None
    if any('"' in record.value for record in records):
        fix = f"Delete the quotes in it. {change_value(wanted)}"
        return mistake("quotes_in_value", f"The quotes were taken into the CAA record at {wanted.name}.", fix, values)
    sentence = f"The CAA records at {wanted.name} do not allow {ours.issuer} to issue."
    return mistake("other_value", sentence, f"Keep them, and add one. {publish(wanted)}", values)


def _delete(wanted: Wanted, values: list[str]) -> str:
    which = f"record {shown(values[0])}" if len(values) == 1 else f"records {listed([shown(v) for v in values])}"
    return f"Delete the {wanted.type} {which} at {wanted.name}."
