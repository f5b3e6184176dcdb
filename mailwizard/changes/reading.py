"""From the journal's JSON back to changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailwizard.change import Change
from mailwizard.changes import commands, fields, files, folders, packages, units
from mailwizard.errors import HostError
from mailwizard.text import one_line

Reader = Callable[[Mapping[str, object]], Change]

_READERS: dict[str, Reader] = {
    "write_file": files.WriteFile.from_json,
    "set_mode": files.SetMode.from_json,
    "remove_file": files.RemoveFile.from_json,
    "make_dir": folders.MakeDir.from_json,
    "remove_dir": folders.RemoveDir.from_json,
    "install_packages": packages.InstallPackages.from_json,
    "remove_packages": packages.RemovePackages.from_json,
    "enable_unit": units.EnableUnit.from_json,
    "disable_unit": units.DisableUnit.from_json,
    "stop_unit": units.StopUnit.from_json,
    "set_unit": units.SetUnit.from_json,
    "restart_unit": units.RestartUnit.from_json,
    "reload_units": units.ReloadUnits.from_json,
    "run_command": commands.RunCommand.from_json,
}


def register(kind: str, reader: Reader) -> None:
    """Lets `from_json` read a service's own kind of change. Call it where the kind is defined."""
    _READERS[kind] = reader


def from_json(record: Mapping[str, object]) -> Change:
    """The change that `as_json` described. Raises HostError when the record is damaged or its secret was left out."""
    kind = fields.text(record, "kind", "")
    reader = _READERS.get(kind)
    if reader is None:
        raise HostError(f"The journal has a change of the unknown kind “{one_line(kind)}”. It cannot be undone.")
    return reader(record)
