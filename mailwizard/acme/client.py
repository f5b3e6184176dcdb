"""Running acme.sh: its command line, its environment, and what its exit codes mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailwizard import assets
from mailwizard.acme.explain import explain, told
from mailwizard.acme.plugins import is_harmless, plugins
from mailwizard.answers import STATE_FOLDER, Certificate
from mailwizard.errors import CommandFailed
from mailwizard.host.protocol import Host, Ran, Report
from mailwizard.secret import Secret

SCRIPT = "/usr/share/acme.sh/acme.sh"
QUIET_PATH = "/usr/local/lib/mailwizard/acme-quiet.sh"
DAYS = 30  # certificates of 45 days come in 2028; acme.sh would wait 60 days where the authority names no time
_DIRECTORIES = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "letsencrypt_test": "https://acme-staging-v02.api.letsencrypt.org/directory",
}
NOT_DUE = 2  # acme.sh's exit code for "nothing to do yet"
_AS_MANUAL = 3  # and for a plugin it does not know: it would have the user make the records by hand
# an acme.sh that a killed mailwizard left behind, or the renewal's, is waited for: two in one home spoil each other
ONE_AT_A_TIME = ("flock", "--close", "--timeout", "1500", f"{STATE_FOLDER}/acme.lock")
_TIMEOUT = 3000  # seconds; acme.sh waits up to 20 minutes for a record to be seen, and another may be before it


@dataclass(frozen=True)
class Order:
    """What is ordered where: the names, the first of which acme.sh files it under, the plugin and the authority."""

    names: tuple[str, ...]
    plugin: str
    authority: str = "letsencrypt"
    email: str = ""
    ca_bundle: str = ""

    @property
    def directory(self) -> str:
        """The authority's ACME directory."""
        return directory(self.authority)


def order_for(names: tuple[str, ...], certificate: Certificate) -> Order:
    """The order by the user's answers."""
    return Order(names, certificate.dns_plugin, certificate.authority, certificate.email, certificate.ca_bundle)


def directory(authority: str) -> str:
    """The address of an authority's ACME directory (RFC 8555 section 7.1.1)."""
    return _DIRECTORIES.get(authority, authority)


def issue_words(order: Order, home: str, server: str) -> tuple[str, ...]:
    """acme.sh's arguments for ordering a certificate. The elliptic curve P-256 is what every receiver takes."""
    names = [word for name in order.names for word in ("-d", name)]
    email = ("-m", order.email) if order.email else ()
    bundle = ("--ca-bundle", order.ca_bundle) if order.ca_bundle else ()
    how = ("--keylength", "ec-256", "--days", str(DAYS), "--force")
    return ("--issue", "--home", home, "--server", server, "--dns", order.plugin, *names, *how, *email, *bundle)


def environment() -> dict[str, str | Secret]:
    """What acme.sh needs around it: its being a package, and the functions that keep tokens out of `ps`."""
    return {"ACME_PACKAGED": "1", "BASH_ENV": QUIET_PATH, "HOME": "/root"}


def quiet_text() -> str:
    """The text of those functions' file."""
    return assets.read("templates/acme-quiet.sh")


async def run_acme(
    host: Host, words: Sequence[str], variables: Mapping[str, str | Secret], report: Report, timeout: float = _TIMEOUT
) -> Ran:
    """Runs acme.sh, its files for root alone, variables in its environment. Raises CommandFailed on time-out."""
    secrets = [value for value in variables.values() if isinstance(value, Secret)]
    for secret in secrets:
        host.log.hide(secret)
    argv = (*ONE_AT_A_TIME, "/bin/bash", "-c", 'umask 077; exec /bin/bash "$@"', "acme.sh", SCRIPT, *words)
    env = {**environment(), **variables}
    return await host.run(argv, env=env, timeout=timeout, report=_readable(report, secrets))


def open_where_harmless(plugin: str, variables: Mapping[str, Secret]) -> dict[str, str | Secret]:
    """The variables, those of this plugin as plain text that everybody may see: a zone's name, say."""
    known = plugins().get(plugin)
    own = {variable.name for variable in known.all_variables} if known else set()
    shown = {name: value.reveal() for name, value in variables.items() if name in own}
    return {**variables, **{name: text for name, text in shown.items() if is_harmless(name, text)}}


def must(ran: Ran, authority: str) -> None:
    """Returns when it went well (or is not due). Raises CommandFailed with a sentence on what went wrong."""
    if ran.code in (0, NOT_DUE):
        return
    if ran.code == _AS_MANUAL:
        raise CommandFailed("acme.sh does not know this DNS plugin. Choose another one in the Certificate step.")
    raise CommandFailed(explain(f"{ran.out}\n{ran.err}", authority))


def _readable(report: Report, secrets: Iterable[Secret]) -> Report:
    texts = [secret.reveal() for secret in secrets if len(secret.reveal()) > 3]

    def tell(line: str) -> None:
        line = told(line)
        for text in texts:
            line = line.replace(text, "***")
        if line:
            report(line)

    return tell
