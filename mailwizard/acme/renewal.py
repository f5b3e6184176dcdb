"""The timer that renews the certificate, and what is known of its last run."""

from __future__ import annotations

from dataclasses import dataclass

from mailwizard import assets
from mailwizard.acme import places
from mailwizard.acme.client import ONE_AT_A_TIME, QUIET_PATH, SCRIPT, quiet_text
from mailwizard.answers import CREDENTIALS_PATH
from mailwizard.change import Change
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of

SERVICE = "mailwizard-acme.service"
FAILED = "mailwizard-acme-failed.service"
TIMER = "mailwizard-acme.timer"
_FOLDER = "/etc/systemd/system"


@dataclass(frozen=True)
class Renewal:
    """What systemd and the record of failures say. `next_run` as systemd prints it; `failure` is the record's text."""

    enabled: bool = False
    active: bool = False
    next_run: str = ""
    result: str = ""
    failure: str = ""
    files_due: bool = False


async def renewal_changes(host: Host) -> list[Change]:
    """What makes renewals happen; empty when they do."""
    from mailwizard.changes.units import EnableUnit, ReloadUnits, unit_state

    files = await _files(host)
    enabled, active = await unit_state(host, TIMER)
    start: list[Change] = [] if enabled and active else [EnableUnit(TIMER)]
    return [*await quiet_changes(host), *files, *([ReloadUnits()] if files else []), *start]


async def quiet_changes(host: Host) -> list[Change]:
    """What lays down the functions that keep tokens out of `ps`."""
    from mailwizard.changes.files import make_dir, write_file

    folder = QUIET_PATH.rpartition("/")[0]
    made = [] if await host.stat(folder) else await make_dir(host, folder)
    return [*made, *await write_file(host, QUIET_PATH, quiet_text(), note="keeps tokens out of ps")]


async def _files(host: Host) -> list[Change]:
    from mailwizard.changes.files import write_file

    return [
        change for name, text in unit_texts().items() for change in await write_file(host, f"{_FOLDER}/{name}", text)
    ]


def unit_texts() -> dict[str, str]:
    """The units' files by name."""
    service = assets.template("renewal.service.j2").render(
        failed_unit=FAILED,
        credentials=CREDENTIALS_PATH,
        quiet=QUIET_PATH,
        script=SCRIPT,
        home=places.HOME,
        lock=ONE_AT_A_TIME[-1],
        failure=places.FAILURE_PATH,
    )
    failed = assets.template("renewal-failed.service.j2").render(failure=places.FAILURE_PATH, unit=SERVICE)
    return {SERVICE: service, FAILED: failed, TIMER: assets.template("renewal.timer.j2").render()}


async def renewal_state(host: Host) -> Renewal | None:
    """How renewals stand; None when systemd does not answer."""
    wanted = "--property=UnitFileState,ActiveState,NextElapseUSecRealtime,Result"
    timer = await host.run(("systemctl", "show", wanted, TIMER))
    service = await host.run(("systemctl", "show", "--property=Result", SERVICE))
    if not timer.ok or not service.ok:
        return None
    facts, last = _facts(timer.out), _facts(service.out)
    return Renewal(
        facts.get("UnitFileState") == "enabled",
        facts.get("ActiveState") == "active",
        facts.get("NextElapseUSecRealtime", ""),
        last.get("Result", ""),
        await _failure(host),
        bool(await _files(host)),
    )


def _facts(shown: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


async def _failure(host: Host) -> str:
    """The record of the last failed run; empty when there is none, or when only root may read it."""
    try:
        return await text_of(host, places.FAILURE_PATH)
    except (FileMissing, FileUnreadable):
        return ""  # systemd itself says whether the last run failed
