"""Bringing acme.sh onto the machine, and saying beforehand why a certificate could not be ordered."""

from __future__ import annotations

from collections.abc import Collection

from mailwizard.acme.names import too_many
from mailwizard.acme.plugins import NAME, Plugin, plugins, script_path, similar
from mailwizard.answers import CREDENTIALS_PATH, Answers
from mailwizard.change import Change
from mailwizard.debian.packages import installed_version, numbers
from mailwizard.debian.release import Release, release_of
from mailwizard.debian.testing import no_mirror, testing_changes
from mailwizard.host.protocol import Host
from mailwizard.text import listed

PACKAGE = "acme.sh"
_NEEDED = ("curl", "openssl", "ca-certificates")  # the package itself would be content with wget
_LEAST = (3, 1, 4)  # with all of testing's plugins


async def install_changes(host: Host, answers: Answers) -> list[Change]:
    """What installs acme.sh with the chosen plugin, and what that needs; empty when they are there."""
    from mailwizard.changes.packages import InstallPackages, install_packages

    plugin, release = plugins().get(answers.certificate.dns_plugin), await release_of(host)
    needed = await install_packages(host, (*_NEEDED, *(plugin.packages if plugin else ())), "for acme.sh")
    version = await installed_version(host, PACKAGE)
    done = bool(version) and bool(await host.stat(script_path(answers.certificate.dns_plugin)))
    if not _from_testing(release, plugin):
        return [*needed, *([] if done else [InstallPackages((PACKAGE,))])]
    pinned = await testing_changes(host, release, PACKAGE, answers.server.debian_mirror, _LEAST, version)
    done = done and numbers(version) >= _LEAST  # an older one has the plugin's script, but not with these variables
    return [*needed, *pinned, *([] if done else [InstallPackages((PACKAGE,), "from Debian testing")])]


async def why_impossible(host: Host, answers: Answers, given: Collection[str] | None) -> str:
    """Why no certificate can be ordered, ending with what to do; empty when nothing is in the way.

    `given`: the names of the variables that are there; None when this user may not see them.
    """
    name = answers.certificate.dns_plugin
    if not name:
        return "Choose the DNS plugin of your DNS provider: dns_plugin in the [certificate] part of setup.toml."
    if not NAME.fullmatch(name):
        return f"“{name}” is no name of a DNS plugin of acme.sh. Set dns_plugin to one such as dns_cf."
    plugin = plugins().get(name)
    if plugin is None and not await host.stat(script_path(name)):
        near = similar(name)
        return f"acme.sh has no DNS plugin {name}. {f'Did you mean {near}? ' if near else ''}Change dns_plugin."
    return why_lacking(plugin, given) or too_many(answers) or await _no_package(host, answers, plugin)


def why_lacking(plugin: Plugin | None, given: Collection[str] | None) -> str:
    """Which variables are still wanted, and what will do, ending with what to do; empty when they are there, or when
    nobody knows."""
    lacking = plugin.missing(given) if plugin and given is not None else ()
    if not plugin or given is None or not lacking:
        return ""
    needs = ", or ".join(listed(way.needed) for way in plugin.ways) if len(plugin.ways) > 1 else listed(lacking)
    begun = len(plugin.ways) > 1 and plugin.way(given).begun(given)
    still = f"; {listed(lacking)} {'is' if len(lacking) == 1 else 'are'} missing" if begun else ""
    return (
        f"{plugin.name} needs {needs}{still}. Type what is missing into the wizard's step Certificate, put it into "
        f"{CREDENTIALS_PATH}, or give it in a file (`apply --credentials FILE`)."
    )


async def _no_package(host: Host, answers: Answers, plugin: Plugin | None) -> str:
    release = await release_of(host)
    if not _from_testing(release, plugin) or await installed_version(host, PACKAGE):
        return ""
    return await no_mirror(host, release, answers.server.debian_mirror)


def _from_testing(release: Release, plugin: Plugin | None) -> bool:
    return not release.has_acme_package or (plugin is not None and plugin.testing)
