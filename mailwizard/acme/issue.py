"""Ordering the certificate, on the authority's staging side first, and laying it where chasquid reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mailwizard.acme import places
from mailwizard.acme.client import ONE_AT_A_TIME, Order, issue_words, must, open_where_harmless, run_acme
from mailwizard.acme.plugins import script_path
from mailwizard.acme.proof import ENVIRONMENT, watched
from mailwizard.answers import STATE_FOLDER
from mailwizard.change import Change
from mailwizard.changes import fields, register
from mailwizard.dns.answer import Answer, EveryServer
from mailwizard.errors import HostError
from mailwizard.host.protocol import Host, Report
from mailwizard.secret import Secret
from mailwizard.text import listed

_RELOAD = "if systemctl --quiet is-active chasquid.service; then systemctl try-restart chasquid.service; fi"
_STAGING = "letsencrypt_test"


async def _nobody(name: str, type: str) -> list[Answer]:
    """For a change read back from the journal, which knows no DNS: acme.sh looks for itself."""
    return []


@dataclass(frozen=True)
class IssueCertificate:
    """A certificate ordered with acme.sh, proved by a DNS record (RFC 8555 section 8.4).

    `everywhere` asks each authoritative server afresh: once all of them show the proof, acme.sh's wait for it ends.
    """

    kind: ClassVar[str] = "issue_certificate"
    order: Order
    variables: Mapping[str, Secret] = field(default_factory=dict, repr=False, compare=False)
    everywhere: EveryServer = field(default=_nobody, repr=False, compare=False)

    @property
    def title(self) -> str:
        """`Order a certificate for example.com and *.example.com`."""
        return f"Order a certificate for {listed(self.order.names)}"

    @property
    def detail(self) -> str:
        """Where, and through which plugin."""
        return f"{self.order.authority} through {self.order.plugin}"

    async def diff(self, host: Host) -> str:
        """The commands, without the plugin's variables. Only reads."""
        return "".join(f"acme.sh {' '.join(issue_words(self.order, *side))}\n" for side in self._sides())

    async def perform(self, host: Host, report: Report) -> None:
        """Orders it. Raises CommandFailed on what went wrong there, HostError when the plugin is not here."""
        if not await host.stat(script_path(self.order.plugin)):
            raise HostError(
                f"This server's acme.sh has no plugin {self.order.plugin}. Choose another one in the Certificate step."
            )
        for home, server in self._sides():
            await self._order(host, home, server, report)

    async def _order(self, host: Host, home: str, server: str, report: Report) -> None:
        trial = home == places.STAGING_HOME
        report(f"Ordering {'a trial certificate' if trial else 'the certificate'}; this may take a minute or two.")
        await _fresh_home(host, home, emptied=trial)
        if not trial:
            await _forget_others(host, self.order.names[0])
        variables = {**open_where_harmless(self.order.plugin, self.variables), **ENVIRONMENT}
        words = issue_words(self.order, home, server)
        try:
            async with watched(host, self.order.names, self.everywhere, report) as hear:
                must(await run_acme(host, words, variables, hear), server)
        finally:
            if trial:
                await host.run((*ONE_AT_A_TIME, "rm", "-rf", "--", home), timeout=1600)

    def _sides(self) -> list[tuple[str, str]]:
        """Homes and servers, in order. Only Let's Encrypt has a staging side that everybody knows."""
        real = (places.HOME, self.order.authority)
        return [(places.STAGING_HOME, _STAGING), real] if self.order.authority == "letsencrypt" else [real]

    async def inverse(self, host: Host) -> Change | None:
        """None: what an authority has issued stays issued."""
        return None

    def as_json(self) -> dict[str, object]:
        """For the journal; the plugin's variables are left out."""
        kept: dict[str, object] = {"kind": self.kind, "title": self.title, "detail": self.detail}
        return kept | vars(self.order) | {"names": list(self.order.names)}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> IssueCertificate:
        """Raises HostError when the record is damaged."""
        plugin, authority, email, bundle = (
            fields.text(kept, key) for key in ("plugin", "authority", "email", "ca_bundle")
        )
        return cls(Order(fields.texts(kept, "names"), plugin, authority, email, bundle))


@dataclass(frozen=True)
class InstallCertificate:
    """acme.sh's certificate laid where chasquid reads it, now and after each renewal."""

    kind: ClassVar[str] = "install_certificate"
    main: str  # the name that acme.sh files it under
    hostname: str

    @property
    def title(self) -> str:
        """Where it comes to lie."""
        return places.chain_path(self.hostname)

    @property
    def detail(self) -> str:
        """With its key."""
        return f"and {places.key_path(self.hostname)}, 0640"

    async def diff(self, host: Host) -> str:
        """The command. Only reads."""
        return f"acme.sh {' '.join(self._words())}\n"

    async def perform(self, host: Host, report: Report) -> None:
        """Lays it there. The key's file is made first: acme.sh keeps the owner and mode of a file that is there."""
        for path in ("/etc/chasquid", places.CERTS_FOLDER, places.folder(self.hostname)):
            if not await host.stat(path):
                await host.make_dir(path, mode=0o755)
        key, chain = places.key_path(self.hostname), places.chain_path(self.hostname)
        if not await host.stat(key):
            group = places.KEY_GROUP if await places.group_known(host) else "root"
            await host.write(key, b"", mode=places.KEY_MODE, group=group)
        if not await host.stat(chain):
            await host.write(chain, b"", mode=0o644)
        ran = await run_acme(host, self._words(), {}, report)
        must(ran, "")

    def _words(self) -> tuple[str, ...]:
        files = ("--key-file", places.key_path(self.hostname), "--fullchain-file", places.chain_path(self.hostname))
        return ("--install-cert", "--home", places.HOME, "--ecc", "-d", self.main, *files, "--reloadcmd", _RELOAD)

    async def inverse(self, host: Host) -> Change | None:
        """None: the certificate that stood there before is kept by nobody."""
        return None

    def as_json(self) -> dict[str, object]:
        """For the journal."""
        return {"kind": self.kind, "title": self.title, "detail": self.detail} | vars(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> InstallCertificate:
        """Raises HostError when the record is damaged."""
        return cls(fields.text(kept, "main"), fields.text(kept, "hostname"))


async def _fresh_home(host: Host, home: str, *, emptied: bool) -> None:
    await host.make_dir(STATE_FOLDER, mode=0o700)
    if emptied:
        await host.run((*ONE_AT_A_TIME, "rm", "-rf", "--", home), timeout=1600)
    await host.make_dir(home, mode=0o700)


async def _forget_others(host: Host, main: str) -> None:
    """Certificates filed under another name would be renewed too, and laid over this one."""
    listing = await run_acme(host, ("--list", "--listraw", "--home", places.HOME), {}, _unheard)
    for line in listing.out.splitlines()[1:]:
        other = line.partition("|")[0].strip()
        if other and other != main:
            await run_acme(host, ("--remove", "--home", places.HOME, "--ecc", "-d", other), {}, _unheard)


def _unheard(line: str) -> None:
    """Takes the words of a command that the user has no use for; they stand in the log."""


register(IssueCertificate.kind, IssueCertificate.from_json)
register(InstallCertificate.kind, InstallCertificate.from_json)
