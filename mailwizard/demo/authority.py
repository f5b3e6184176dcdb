"""The imagined certificate authority, and the acme.sh that orders from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from mailwizard.demo.world import CA_BUNDLE, World
from mailwizard.host.imaginary import Command, Pattern, Reply
from mailwizard.host.imaginary_files import ImaginaryFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

    from mailwizard.demo.machine import DemoHost

_SCRIPT = "/usr/share/acme.sh/acme.sh"


def commands(world: World, host: DemoHost) -> Mapping[Pattern, Reply | Command]:
    """What acme.sh answers."""

    async def acme(argv: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Reply:
        words = argv[argv.index(_SCRIPT) + 1 :]
        if words[0] == "--issue":
            return await _issue(world, host, argv, words)
        if words[0] == "--install-cert":
            return await _install(world, host, argv, words)
        return "Main_Domain|KeyLength|SAN_Domains|CA|Created|Renew\n"

    return {_is_acme: acme}


def _is_acme(argv: tuple[str, ...]) -> bool:
    """However it is wrapped."""
    return _SCRIPT in argv


async def _issue(world: World, host: DemoHost, argv: tuple[str, ...], words: tuple[str, ...]) -> Reply:
    names = [words[at + 1] for at, word in enumerate(words) if word == "-d"]
    home, server = words[words.index("--home") + 1], words[words.index("--server") + 1]
    host.files[CA_BUNDLE] = ImaginaryFile(bundle())
    world.certificates[names[0]] = _certificate(tuple(names), world.now())
    _file(host, home, names[0], server, words[words.index("--dns") + 1], world.certificates[names[0]])
    steps = [f"Adding TXT value for _acme-challenge.{name.removeprefix('*.')}" for name in names]
    return await world.say(argv, "Creating domain key", *steps, "Verifying", "Success", "Cert success.")


def _file(host: DemoHost, home: str, main: str, server: str, plugin: str, made: tuple[bytes, bytes]) -> None:
    """What acme.sh keeps of a certificate."""
    from mailwizard.acme.client import directory

    folder = f"{home}/{main}_ecc"
    host.disk.make_folder(folder, ImaginaryFile(mode=0o700, is_dir=True))
    conf = f"Le_Domain='{main}'\nLe_API='{directory(server)}'\nLe_Webroot='{plugin}'\n"
    host.files[f"{folder}/{main}.conf"] = ImaginaryFile(conf.encode(), 0o600)
    host.files[f"{folder}/fullchain.cer"] = ImaginaryFile(made[0], 0o600)


async def _install(world: World, host: DemoHost, argv: tuple[str, ...], words: tuple[str, ...]) -> Reply:
    chain, key = world.certificates[words[words.index("-d") + 1]]
    for option, content in (("--key-file", key), ("--fullchain-file", chain)):
        path = words[words.index(option) + 1]
        stood = host.files[path]
        await host.write(path, content, mode=stood.mode, owner=stood.owner, group=stood.group)
    unit = world.unit("chasquid.service")
    unit.since = world.now() if unit.active else unit.since
    return await world.say(argv, "Installing key", "Installing full chain", "Running reload cmd", "Reload successful")


@lru_cache(maxsize=1)
def _root() -> tuple[Certificate, EllipticCurvePrivateKey]:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    return _signed(("Imagined authority",), key, None, datetime.now(timezone.utc)), key


def bundle() -> bytes:
    """The authority's own certificate, PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return _root()[0].public_bytes(Encoding.PEM)


def _certificate(names: tuple[str, ...], now: datetime) -> tuple[bytes, bytes]:
    """A certificate for the names, with its chain, and its key; both PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _signed(names, key, _root(), now)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return leaf.public_bytes(Encoding.PEM) + bundle(), private


def _signed(
    names: tuple[str, ...],
    key: EllipticCurvePrivateKey,
    by: tuple[Certificate, EllipticCurvePrivateKey] | None,
    now: datetime,
) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=89))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if by:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    return builder.sign(by[1] if by else key, hashes.SHA256())
