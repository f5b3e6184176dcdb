"""What comes with the program is found, and templates leave no hole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailwizard import assets


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of assets of our own."""
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(assets, "folder", lambda: tmp_path)
    assets._environment.cache_clear()
    return tmp_path


def test_a_template_is_plain_text(made: Path) -> None:
    (made / "templates" / "x.conf.j2").write_text('name = "{{ name }}"\n')
    for name in ("x.conf", "x.conf.j2"):
        assert assets.template(name).render(name="<a&b>") == 'name = "<a&b>"\n'


def test_a_missing_value_is_an_error(made: Path) -> None:
    import jinja2

    (made / "templates" / "x.j2").write_text("{{ nosuch }}")
    with pytest.raises(jinja2.UndefinedError):
        assets.template("x").render()
    with pytest.raises(jinja2.TemplateNotFound):
        assets.template("nosuch")


def test_reading(made: Path) -> None:
    (made / "help").mkdir()
    (made / "help" / "server.md").write_text("grün\n")
    assert assets.read("help/server.md") == "grün\n"
    assert assets.names("help") == ["server.md"]
    for name in ("../x", "help/nosuch", "/etc/passwd", ""):
        with pytest.raises(FileNotFoundError):
            assets.read(name)


def test_the_programs_own_are_found() -> None:
    assert {"templates", "help", "styles", "catalogues"} <= {entry.name for entry in assets.folder().iterdir()}


def test_importing_costs_no_template_engine() -> None:
    script = "import sys, mailwizard.assets, mailwizard.changes, mailwizard.host.local, mailwizard.host.imaginary\n"
    script += "heavy = {'jinja2', 'httpx', 'ssl', 'paramiko', 'textual', 'dns', 'cryptography', 'git'}\n"
    script += "print(sorted(heavy & set(sys.modules) - {'ssl'}))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert ran.stdout == "[]\n"
