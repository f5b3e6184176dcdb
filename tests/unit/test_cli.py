"""The command line from outside: what it prints, with which exit code, and what it loads for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = """\
schema = 1
[server]
hostname = "mail.example.com"
[[domain]]
name = "example.com"
senders = ["i"]
"""


def mailwizard(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program as its users start it, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "mailwizard", *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment},
    )


def loaded(code: str) -> set[str]:
    """The top-level modules and packages that `code` loads."""
    words = [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"]
    ran = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    return set(ran.stdout.split())


def test_the_version_is_told() -> None:
    ran = mailwizard("--version")
    assert (ran.returncode, ran.stdout) == (0, "mailwizard 1.0.0\n")


def test_the_version_loads_nothing_heavy() -> None:
    heavy = {"textual", "rich", "paramiko", "git", "httpx", "dns", "jinja2", "tomlkit", "cryptography", "asyncio"}
    assert not heavy & loaded("from mailwizard.cli import main; main(['--version'])")


def test_a_command_loads_no_screen() -> None:
    code = "import mailwizard.commands.health, mailwizard.commands.apply, mailwizard.services"
    assert not {"textual", "rich", "paramiko", "git"} & loaded(code)


@pytest.mark.parametrize("environment", [{}, {"TERM": "dumb"}], ids=["no TERM", "dumb"])
def test_without_a_terminal_the_way_is_told(environment: dict[str, str]) -> None:
    ran = mailwizard(**environment)
    assert ran.returncode == 2
    assert "ssh -t" in ran.stderr and "mailwizard apply" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1 and not ran.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("apply", "--wait", "soon"),
        ("apply", "--wait", "-1"),
        ("plan", "--step", "nonsense"),
        ("sender",),
        ("sender", "add", "no-address"),
        ("sender", "add", "--passwords=/nonexistent/file", "i@example.com"),
        ("send-test", "i@example.com"),
        ("send-test", "i@example.com", "-oX"),
        ("plan", "--\x1b[2J"),
        ("plan", "extra\nwords"),
        ("\x1b[2J",),
        ("sender", "add", "i\n@example.com"),
        ("sender", "list", "extra"),
        ("--nonsense",),
        ("inspect", ""),
        ("apply", "--host", ""),
        ("--host", " ", "apply"),
        ("plan", "--answers", ""),
        ("records", "--format", "xml"),
        ("plan", "--answers", "/nonexistent/setup.toml"),
        ("apply", "--answers", "/etc"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_harmless_line(words: tuple[str, ...]) -> None:
    ran = mailwizard(*words)
    assert ran.returncode == 2 and not ran.stdout
    assert ran.stderr.startswith("mailwizard") and ran.stderr.endswith("\n") and ran.stderr[:-1].isprintable()


def test_a_wrong_option_is_told_with_its_command() -> None:
    ran = mailwizard("sender", "list", "--wait", "3")
    assert ran.stderr == "mailwizard sender list: --wait 3 is not known here. See `mailwizard sender list --help`.\n"


@pytest.mark.parametrize("words", [("--version",), ("plan", "--version"), ("--help",), ("apply", "--help")])
def test_what_finds_no_reader_or_no_room_is_told_at_most_once(words: tuple[str, ...]) -> None:
    program = (sys.executable, "-m", "mailwizard", *words)
    for redirection, said in ((">/dev/full", 1), ("| true", 0), ("| sleep 0", 0)):
        shell = ["bash", "-c", f'set -o pipefail; "$@" {redirection}', "sh", *program]
        ran = subprocess.run(shell, capture_output=True, text=True, cwd=ROOT, timeout=60, env={"PATH": "/usr/bin:/bin"})
        assert ran.returncode in ((1,) if said else (0, 1)) and len(ran.stderr.splitlines()) == said, ran


def test_wrong_usage_is_2_also_where_nobody_listens() -> None:
    for words in ("nonsense", "plan --answers /nonexistent/a", ""):
        shell = f"{sys.executable} -m mailwizard {words} 2>/dev/full </dev/null"
        assert (
            subprocess.run(["bash", "-c", shell], cwd=ROOT, timeout=60, env={"PATH": "/usr/bin:/bin"}).returncode == 2
        )


def test_an_interruption_while_it_is_loaded_is_quiet() -> None:
    code = """
import os, signal, sys, time
from mailwizard import arguments, cli
def interrupted(words):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(9)
arguments.understood = interrupted
sys.exit(cli.main(["plan"]))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (ran.returncode, ran.stderr) == (130, "")


def test_a_wrong_answer_is_told_by_file_and_key(tmp_path: Path) -> None:
    file = tmp_path / "setup.toml"
    file.write_text(GOOD + 'dmarc = { policy = "quarantin" }\n')
    ran = mailwizard("plan", "--answers", str(file))
    assert ran.returncode == 2
    assert "setup.toml: domain[0].dmarc.policy:" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["plan", "apply", "health", "records", "sender", "send-test"])
def test_every_command_has_help(command: str) -> None:
    ran = mailwizard(command, "--help")
    assert ran.returncode == 0 and "--answers" in ran.stdout and "--host" in ran.stdout


def test_options_may_stand_before_the_command() -> None:
    ran = mailwizard("--answers", "/nonexistent/setup.toml", "plan")
    assert ran.returncode == 2 and "/nonexistent/setup.toml" in ran.stderr
