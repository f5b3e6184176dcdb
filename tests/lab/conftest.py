"""Fixtures of the rehearsal lab; machine.py says what they hand out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab.machine import Lab, Ran

collect_ignore = ["cache", "run"]  # root file systems, with tests of their own in them
CHECKOUT = Path(__file__).parents[2]


def lane() -> str:
    """Return the lab's prefix in this pytest worker ("": the checkout's own); each xdist worker has one of its own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    given = os.environ.get("MAILWIZARD_LAB_PREFIX", "")
    if not worker:
        return given
    base = (
        given
        or subprocess.run(
            [CHECKOUT / "tests/lab/lab", "prefix"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    return base[:3] + worker.removeprefix("gw")[-1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel to test: MAILWIZARD_WHEEL, else one built from the checkout."""
    if given := os.environ.get("MAILWIZARD_WHEEL"):
        assert Path(given).is_file(), f"MAILWIZARD_WHEEL: there is no {given}"
        return Path(given).resolve()
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(out), str(CHECKOUT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, f"the wheel could not be built:\n{built.stdout}\n{built.stderr}"
    return next(out.glob("mailwizard-*.whl"))


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Return the lab, up. Where this machine can't carry one the test is skipped; MAILWIZARD_LAB=required: fails."""
    wish = os.environ.get("MAILWIZARD_LAB", "")
    lab = Lab(lane())
    can = lab.can()
    if can.code:
        reasons = f"this machine cannot carry the lab: {can.stdout.strip() or can.stderr.strip()}"
        if wish == "required":
            pytest.fail(reasons, pytrace=False)
        pytest.skip(reasons)
    up = lab.up()
    if up.code:
        down = lab.down()
        _aloud(request, f"the lab did not come up\n{up}\n{down}")
        last = "\n".join(up.stderr.splitlines()[-12:])
        pytest.fail(
            f"the lab did not come up; all of it was said above, on stderr. It ended with:\n{last}", pytrace=False
        )
    yield lab
    if wish != "keep":
        lab.down().must()


def _aloud(request: pytest.FixtureRequest, text: str) -> None:
    """Write to this process's own stderr, once: as a test's error it would stand there as often as there are tests."""
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{text}\n", file=sys.__stderr__, flush=True)


@pytest.fixture(scope="session")
def with_mailwizard(lab: Lab, wheel: Path) -> Iterator[dict[str, str]]:
    """Return for each suite the name of a VPS with mailwizard installed, for `lab.fresh`; laid out when asked for."""
    yield _Ready(lab, wheel)


class _Ready(dict[str, str]):
    def __init__(self, lab: Lab, wheel: Path) -> None:
        super().__init__()
        self.lab, self.wheel = lab, wheel

    def __missing__(self, suite: str) -> str:
        self.lab.ready(suite, self.wheel)
        self[suite] = f"{suite}+mailwizard"
        return self[suite]


def _begin(lab: Lab, machine: str) -> Lab:
    lab.fault("heal")
    lab.forget_dns()
    lab.empty_mailbox()
    lab.forget_repository()
    lab.fresh(machine)
    lab.configure()
    return lab


@pytest.fixture
def server(lab: Lab, with_mailwizard: dict[str, str]) -> Lab:
    """Return the lab with a new trixie VPS that has mailwizard and its answers; the world outside as at first."""
    return _begin(lab, with_mailwizard["trixie"])


@pytest.fixture
def bookworm(lab: Lab, with_mailwizard: dict[str, str]) -> Lab:
    """Return the same on bookworm."""
    return _begin(lab, with_mailwizard["bookworm"])


@pytest.fixture(params=["jammy", "noble"])
def ubuntu(request: pytest.FixtureRequest, lab: Lab, with_mailwizard: dict[str, str]) -> Lab:
    """Return the same in the costume of Ubuntu 22.04, then 24.04, with a copy of the checkout beside."""
    _begin(lab, with_mailwizard[request.param])
    lab.bring()
    return lab


@pytest.fixture
def bare(lab: Lab, wheel: Path) -> Lab:
    """Return the lab with a new trixie VPS that has only the wheel, in /root/wheels: `lab.pipx` runs it."""
    _begin(lab, "trixie")
    lab.copy(wheel, f"/root/wheels/{wheel.name}")
    return lab


@pytest.fixture(scope="session")
def laptop_mailwizard(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return mailwizard as installed on the administrator's computer: beside this Python, else in a venv of its own."""
    beside = Path(sys.executable).with_name("mailwizard")
    if beside.exists():
        return beside
    venv = tmp_path_factory.mktemp("laptop")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([venv / "bin" / "pip", "install", "-q", wheel], check=True)
    return venv / "bin" / "mailwizard"


@pytest.fixture
def laptop(server: Lab, laptop_mailwizard: Path) -> Callable[..., Ran]:
    """Return a function that runs mailwizard on the administrator's computer, in the lab's network."""

    def run(*argv: str, stdin: str = "", timeout: float = 600) -> Ran:
        return server.admin(str(laptop_mailwizard), *argv, stdin=stdin, timeout=timeout)

    return run
