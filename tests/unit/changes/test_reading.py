"""A journal that is damaged is told so in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mailwizard.changes import from_json, register
from mailwizard.changes.files import WriteFile
from mailwizard.changes.packages import InstallPackages
from mailwizard.errors import HostError

GOOD = WriteFile("/etc/a", b"x").as_json()


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"kind": 7},
        {"kind": "nosuch\x1b[31m"},
        {**GOOD, "path": None},
        {**GOOD, "mode": "0644"},
        {**GOOD, "mode": True},
        {**GOOD, "content": 5},
        {**GOOD, "content_base64": "%%"},
        {**GOOD, "before": "then"},
        {**GOOD, "before": {"mode": 1}},
        {**GOOD, "secret": "no"},
        {"kind": "set_mode", **{key: GOOD[key] for key in ("path", "mode", "owner", "group")}},
        {"kind": "remove_file", "path": "/etc/a"},
        {"kind": "install_packages", "names": "chasquid"},
        {"kind": "install_packages", "names": [1]},
        {"kind": "run_command", "title": "x", "argv": ["a"], "timeout": "soon"},
        {"kind": "run_command", "title": "x", "argv": ["a"], "timeout": 1, "env": {"A": 1}},
        {"kind": "enable_unit"},
    ],
)
def test_damage(record: dict[str, object]) -> None:
    with pytest.raises(HostError) as caught:
        from_json(record)
    assert str(caught.value).endswith(".") and "\x1b" not in str(caught.value)


def test_a_services_own_kind() -> None:
    @dataclass(frozen=True)
    class Own(InstallPackages):
        pass

    register("own_test_kind", lambda record: Own(("a",)))
    assert from_json({"kind": "own_test_kind"}) == Own(("a",))
