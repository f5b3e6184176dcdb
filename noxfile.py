"""All checks of the project: `pipx run nox`, or one of them: `pipx run nox -s lint`.

lint   style, formatting, and who may import whom
types  mypy --strict
tests  unit and screen tests, with every supported Python that is on PATH
wheel  what users install: built by way of the sdist, installed away from the checkout, every module imported
lab    the rehearsal on real software (tests/lab; needs root on Debian, see `tests/lab/lab can`)
bench  comparisons with other programs; only when asked for: `pipx run nox -s bench`
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests", "wheel", "lab"]
nox.options.stop_on_first_error = False

ROOT = Path(__file__).parent
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
CODE = ["mailwizard", "screens"]

IMPORT_ALL = """
import importlib, pkgutil, mailwizard
names = [module.name for module in pkgutil.walk_packages(mailwizard.__path__, "mailwizard.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
assert any(name.startswith("mailwizard.screens.") for name in names), "the screens are not in the wheel"
print(len(names), "modules imported from", mailwizard.__path__[0])
"""


def interpreter(version: str) -> str | None:
    """Return a Python of this version that really runs: one on PATH (a pyenv shim may not), or pyenv's own."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [Path(place) / name for place in os.environ.get("PATH", "").split(os.pathsep) if place]
    candidates += sorted(pyenv.glob(f"{version}.*/bin/{name}"))
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        candidates.append(Path(sys.executable))
    for candidate in candidates:
        if not candidate.exists():
            continue
        asked = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(asked, capture_output=True, text=True).stdout.strip() == version:
            return str(candidate)
    return None


def offer() -> list[str]:
    """Put the Pythons that really run first on PATH, each alone, so that nox finds them; return their versions."""
    links = ROOT / ".nox" / "pythons"
    links.mkdir(parents=True, exist_ok=True)
    found = {version: path for version in PYTHONS if (path := interpreter(version))}
    for version, path in found.items():
        link = links / f"python{version}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(path).resolve())
    os.environ["PATH"] = os.pathsep.join([str(links), os.environ.get("PATH", "")])
    return list(found)


def groups(*names: str) -> list[str]:
    """Return the requirements of dependency groups of pyproject.toml (PEP 735)."""
    return list(nox.project.dependency_groups(nox.project.load_toml(ROOT / "pyproject.toml"), *names))


def build(session: nox.Session) -> Path:
    """Build the sdist, and the wheel from it; return the wheel."""
    session.install("build")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", "dist", str(ROOT), silent=True)
    return next((ROOT / "dist").glob("mailwizard-*.whl"))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and the import contract."""
    session.install(*groups("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install("-e", ".", *groups("types"))
    session.run("mypy", "--strict", *CODE)


FOUND = offer()


@nox.session(python=FOUND)
def tests(session: nox.Session) -> None:
    """Run the unit and screen tests."""
    for version in PYTHONS:
        if version not in FOUND:
            session.warn(f"NOT tested with Python {version}: there is no python{version} on PATH")
    session.install("-e", ".", *groups("test"))
    session.run("pytest", "-q", "--timeout", "300", "-n", "auto", "--durations", "5", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Check what users install."""
    built = build(session)
    tops = {name.split("/")[0] for name in zipfile.ZipFile(built).namelist()}
    stray = {top for top in tops if top != "mailwizard" and not top.endswith(".dist-info")}
    if stray:
        session.error(f"{built.name} would put more than mailwizard at top level: {sorted(stray)}")
    with tempfile.TemporaryDirectory() as elsewhere:
        python = f"{elsewhere}/venv/bin/python"
        session.run("python", "-m", "venv", f"{elsewhere}/venv")
        session.chdir(elsewhere)
        session.run(python, "-m", "pip", "install", "-q", str(built), external=True)
        session.run(python, "-c", IMPORT_ALL, external=True)
        session.run(f"{elsewhere}/venv/bin/mailwizard", "--version", external=True)
        session.chdir(ROOT)


@nox.session
def lab(session: nox.Session) -> None:
    """Rehearse on real software: two labs, side by side."""
    built = build(session)
    session.install(str(built), *groups("test"))  # the wheel: for the tests in which a laptop sets up a server
    where = session.posargs or ["tests/lab"]
    session.run(
        "pytest",
        "-v",
        "--timeout",
        "1500",
        "-n",
        "2",
        "--dist",
        "loadfile",
        *where,
        env={"MAILWIZARD_WHEEL": str(built)},
    )


@nox.session
def bench(session: nox.Session) -> None:
    """Run the comparisons; they print what they measured."""
    session.install(".", *groups("bench"))
    for script in sorted((ROOT / "tests" / "bench").glob("*.py")):
        session.run("python", str(script), *session.posargs)
