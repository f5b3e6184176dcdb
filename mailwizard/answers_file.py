"""setup.toml read and checked. Whatever is wrong is told in one line: file, key, reason."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from mailwizard import answers, values
from mailwizard.answers import Answers, Backup, Certificate, Dmarc, DnsAnswers, Domain, Probes, Server
from mailwizard.answers_table import Table, short, shown
from mailwizard.errors import AnswersError, FileMissing, FileUnreadable, HostError, Unreachable
from mailwizard.host.protocol import Host

SCHEMA = 1
MOST_BYTES = 1_000_000


async def load(host: Host, path: str) -> Answers:
    """The answers in a file of `host`, whole and valid. Raises AnswersError for whatever is wrong with it."""
    return parse(await read(host, path), path)


async def read(host: Host, path: str) -> str:
    """The text of an answers file. Raises AnswersError when it is missing, unreadable, a folder, too big or no text."""
    name, stat = PurePosixPath(path).name or "--answers", None
    try:
        stat = await host.stat(path)
        if stat and stat.is_dir:
            raise AnswersError(f"{name}: {path} is a folder, not a file")
        if stat and stat.size > MOST_BYTES:
            raise AnswersError(f"{name}: it is {stat.size} bytes, more than any answers file has ({path})")
        return decoded(await host.read(path), name)
    except FileMissing:
        raise AnswersError(_missing(path, name, there=stat is not None)) from None
    except FileUnreadable:
        raise AnswersError(f"{name}: you may not read {path}; try it as root") from None
    except Unreachable:
        raise
    except HostError as error:
        raise AnswersError(f"{name}: {error}") from None


def _missing(path: str, name: str, *, there: bool) -> str:
    if there:
        return f"{name}: {path} is no file with text in it (a pipe, a device, or a link that leads nowhere)"
    return (
        f"{name}: there is no file {path or 'without a name'}; start mailwizard to make it, or name one with --answers"
    )


def decoded(content: bytes, name: str) -> str:
    """The content as text. Raises AnswersError when it is too big or no UTF-8."""
    if len(content) > MOST_BYTES:
        raise AnswersError(f"{name}: it is {len(content)} bytes, more than any answers file has")
    if content.startswith(codecs.BOM_UTF8):
        raise AnswersError(
            f"{name}: it begins with a byte order mark, which TOML has not; save it as UTF-8 without BOM"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AnswersError(f"{name}: byte {error.start} is not UTF-8; is it a text file?") from None


def parse(text: str, path: str) -> Answers:
    """The answers in `text`, whole and valid. Raises AnswersError."""
    found = parse_unfinished(text, path)
    name = PurePosixPath(path).name
    if not found.server.hostname:
        raise AnswersError(f'{name}: server.hostname: it is missing; give the server\'s name, like "smtp.example.com"')
    if not found.domains:
        raise AnswersError(f"{name}: domain: it is missing; begin [[domain]] and give the name that mail is sent for")
    return found


def parse_unfinished(text: str, path: str) -> Answers:
    """The answers that are there already, each of them valid. Raises AnswersError."""
    name = PurePosixPath(path).name
    top = Table(_content(text, name), name)
    schema = top.number("schema")
    if schema is None:
        raise top.wrong("schema", f"it is missing; write schema = {SCHEMA}")
    if schema != SCHEMA:
        raise top.wrong("schema", f"{schema} is not known to this mailwizard, which reads {SCHEMA}")
    found = Answers(
        server=_server(top.table("server")),
        certificate=_certificate(top.table("certificate")),
        domains=_domains(top),
        backup=_backup(top.table("backup")),
        dns=_dns(top.table("dns")),
        probes=_probes(top.table("probes")),
        path=path,
    )
    top.done()
    return found


def _content(text: str, name: str) -> Mapping[str, object]:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text).unwrap()
    except (TOMLKitError, ValueError) as error:
        raise AnswersError(f"{name}: {_no_toml(str(error))}") from None
    except RecursionError:
        raise AnswersError(f"{name}: it is no TOML that makes sense here: it is nested too deeply") from None


def _no_toml(said: str) -> str:
    """The parser's complaint, with the line in front, where it is not cut off."""
    reason, at, place = said.rpartition(" at line ")
    line = f"line {place.split()[0]}: " if at and place else ""
    return f"{line}it is no TOML: {short(reason.rstrip('.') if at else said)}"


def _server(table: Table) -> Server:
    server = Server(
        hostname=table.text("hostname", values.host_name),
        ipv4=table.text("ipv4", values.outside_ipv4),
        ipv6=table.text("ipv6", values.outside_ipv6),
        ipv6_gateway=table.text("ipv6_gateway", values.gateway_ipv6),
        provider=table.text("provider", values.provider),
        chasquid=table.choice("chasquid", ("auto", "distribution", "debian-testing", "source"), "auto"),
        debian_mirror=table.text("debian_mirror", values.mirror),
        replace_mta=table.flag("replace_mta", False),
        comfort=_comfort(table),
    )
    table.done()
    return server


def _comfort(table: Table) -> tuple[str, ...]:
    extras = table.texts("comfort", values.comfort)
    kinds = [extra.partition(":")[0] for extra in extras]
    for number, kind in enumerate(kinds):
        if kind in kinds[:number]:
            raise table.wrong(f"comfort[{number}]", f"{shown(extras[number])} is the second {kind}; there can be one")
    return extras


def _certificate(table: Table) -> Certificate:
    certificate = Certificate(
        email=table.text("email", values.email),
        dns_plugin=table.text("dns_plugin", values.plugin),
        authority=table.text("authority", values.authority, "letsencrypt") or "letsencrypt",
        ca_bundle=table.text("ca_bundle", values.path),
        wildcard=table.flag("wildcard", True),
    )
    table.done()
    return certificate


def _domains(top: Table) -> tuple[Domain, ...]:
    found: list[Domain] = []
    for table in top.tables("domain"):
        domain = _domain(table)
        if domain.name in (other.name for other in found):
            raise table.wrong("name", f"{shown(domain.name)} is there twice")
        found.append(domain)
    return tuple(found)


def _domain(table: Table) -> Domain:
    name = table.text("name", values.host_name)
    if not name:
        raise table.wrong("name", "it is missing")
    domain = Domain(
        name=name,
        senders=table.texts("senders", values.local_part),
        selector=table.text("selector", values.selector),
        spf_include=_includes(table, name),
        dmarc=_dmarc(table.table("dmarc")),
        receive=table.flag("receive", False),
        forward=MappingProxyType(_forward(table, name)),
    )
    table.done()
    return domain


def _includes(table: Table, name: str) -> tuple[str, ...]:
    includes = table.texts("spf_include", values.dns_name)
    if name in includes:
        place = f"spf_include[{includes.index(name)}]"
        raise table.wrong(place, f"{shown(name)} is the domain itself: its SPF record would include itself without end")
    return includes


def _forward(table: Table, name: str) -> dict[str, str]:
    forward = table.pairs("forward", values.forwarded, values.emails)
    for local, addresses in forward.items():
        if f"{local}@{name}" in addresses.lower().split(", "):
            raise table.wrong(
                f"forward.{shown(local)}", f"{shown(addresses)} is the address itself: its mail would go in a circle"
            )
    return forward


def _dmarc(table: Table) -> Dmarc:
    dmarc = Dmarc(
        policy=table.choice("policy", ("none", "quarantine", "reject"), "quarantine"),
        rua=table.text("rua", values.email),
        ruf=table.text("ruf", values.email),
        fo=table.text("fo", values.failure_options, "1") or "1",
    )
    table.done()
    return dmarc


def _backup(table: Table) -> Backup:
    backup = Backup(
        remote=table.text("remote", values.git_remote),
        secrets=table.choice("secrets", ("exclude", "age", "plain"), "exclude"),
        age_recipient=table.text("age_recipient", values.age_recipient),
    )
    if backup.secrets == "age" and not backup.age_recipient:
        raise table.wrong("age_recipient", 'it is missing; with secrets = "age" give the public key, "age1..."')
    table.done()
    return backup


def _dns(table: Table) -> DnsAnswers:
    resolvers = table.texts("resolvers", values.ip, answers.RESOLVERS)
    if not resolvers:
        raise table.wrong("resolvers", "the list is empty; give one address at least")
    table.done()
    return DnsAnswers(resolvers)


def _probes(table: Table) -> Probes:
    probes = Probes(
        outbound_smtp=table.texts("outbound_smtp", values.smtp_host, answers.OUTBOUND_SMTP),
        address_echo=table.texts("address_echo", values.web_address, answers.ADDRESS_ECHO),
        blocklists=table.texts("blocklists", values.host_name, answers.BLOCKLISTS),
    )
    table.done()
    return probes
