"""A fault of our own: a report that says where, and holds nobody's secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mailwizard import crash
from mailwizard.running import run


def fails(secret: str) -> int:
    hidden = secret * 2
    raise RuntimeError(f"it was {hidden}")


def test_the_report_is_for_its_owner_and_has_no_locals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(crash.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(crash.os, "access", lambda *_: False)
    assert run(lambda: fails("hunter" + str(2))) == 1
    said = capsys.readouterr().err
    report = Path(said.split("the report is ")[1].strip().rstrip("."))
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "RuntimeError" in text and "in fails" in text
    assert "hunter2" not in text + said and "Traceback" not in said


def test_where_no_report_can_be_written_that_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(crash.tempfile, "gettempdir", lambda: str(tmp_path / "missing"))
    monkeypatch.setattr(crash.os, "access", lambda *_: False)
    assert run(lambda: fails("hunter" + str(2))) == 1
    assert "no report could be written" in capsys.readouterr().err
