"""The daily timer: a script of sh and git, so that backups go on when mailwizard itself is gone from the server."""

from __future__ import annotations

import shlex

from mailwizard import assets
from mailwizard.acme.plugins import is_harmless
from mailwizard.answers import CREDENTIALS_PATH, STATE_FOLDER, Answers
from mailwizard.change import Change
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host
from mailwizard.mta.users_file import DOMAINS
from mailwizard.saving.git import environment
from mailwizard.saving.inventory import Inventory
from mailwizard.saving.leaks import said_openly, settings_in
from mailwizard.saving.places import CONF_PATH, LIST_PATH, SCRIPT_PATH

SERVICE = "mailwizard-backup.service"
TIMER = "mailwizard-backup.timer"
_FOLDER = "/etc/systemd/system"


async def timer_files(host: Host) -> list[Change]:
    """What lays down the script and its units; empty when they stand. Only reads."""
    from mailwizard.changes.files import make_dir, write_file
    from mailwizard.changes.units import ReloadUnits

    folder = SCRIPT_PATH.rpartition("/")[0]
    made = [] if await host.stat(folder) else await make_dir(host, folder)
    script = await write_file(host, SCRIPT_PATH, script_text(), mode=0o755, note="the daily backup")
    units = [
        change for name, text in unit_texts().items() for change in await write_file(host, f"{_FOLDER}/{name}", text)
    ]
    return [*made, *script, *units, *([ReloadUnits()] if units else [])]


async def timer_started(host: Host) -> list[Change]:
    """What makes the timer run; empty when it does. Only reads."""
    from mailwizard.changes.units import enable_unit

    return await enable_unit(host, TIMER)


async def timer_stopped(host: Host) -> list[Change]:
    """What stops a timer that is no longer wanted; empty when none runs. Only reads."""
    from mailwizard.changes.units import DisableUnit, unit_state

    if await host.stat(f"{_FOLDER}/{TIMER}") is None:
        return []
    return [DisableUnit(TIMER)] if any(await unit_state(host, TIMER)) else []


def script_text() -> str:
    """The script."""
    return assets.read("templates/backup.sh")


def unit_texts() -> dict[str, str]:
    """The units' files by name."""
    service = assets.template("backup.service.j2").render(script=SCRIPT_PATH, state=STATE_FOLDER)
    return {SERVICE: service, TIMER: assets.template("backup.timer.j2").render()}


async def script_files(host: Host, answers: Answers, found: Inventory) -> None:
    """Writes what the script is told. Raises HostError."""
    await host.write(CONF_PATH, conf_text(answers, await _open_names(host, answers)).encode(), mode=0o600)
    await host.write(LIST_PATH, list_text(answers, found).encode(), mode=0o600)


def conf_text(answers: Answers, names: tuple[str, ...]) -> str:
    """The script's settings; `names` are the variables of credentials.env whose values may be seen; every
    other is secret."""
    settings = {
        "SERVER": answers.server.hostname,
        "REMOTE": answers.backup.remote,
        "SECRETS": answers.backup.secrets,
        "RECIPIENT": answers.backup.age_recipient,
        "OPEN_NAMES": " ".join(names),
        "CREDENTIALS": CREDENTIALS_PATH,
        "DOMAINS": DOMAINS,
    }
    lines = [f"{key}={shlex.quote(value)}" for key, value in settings.items()]
    lines += [f"export {key}={shlex.quote(value)}" for key, value in environment().items()]
    return "# Made by mailwizard at each backup: what the daily script is told.\n" + "\n".join(lines) + "\n"


def list_text(answers: Answers, found: Inventory) -> str:
    """The files that the script looks after: kind, path and where it lies, between tabs. No secret for `exclude`."""
    files = found.open if answers.backup.secrets == "exclude" else found.files
    return "".join(f"{one.kind.value}\t{one.path}\t{found.source_of(one.path)}\n" for one in files)


async def _open_names(host: Host, answers: Answers) -> tuple[str, ...]:
    try:
        found = settings_in(await host.read(CREDENTIALS_PATH))
    except (FileMissing, FileUnreadable):
        return ()
    said = said_openly(answers)
    return tuple(sorted(name for name, value in found.items() if value in said or is_harmless(name, value)))
