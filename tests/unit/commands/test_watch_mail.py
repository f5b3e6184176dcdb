"""`mailwizard watch-mail`, on the imagined server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.programs import watch
from tests.unit.commands.imagined_server import Server

ALIASES = "/etc/chasquid/domains/wizard-lab.example/aliases"
FRIEND = "abcdefghijk from=a@x.test"
ADDRESS = "i@wizard-lab.example"


@pytest.fixture
def receiving(server: Server) -> Server:
    """One whose aliases are there."""
    server.host.files["/etc/chasquid/domains/wizard-lab.example"] = ImaginaryFile(is_dir=True, mode=0o755)
    server.host.files[ALIASES] = ImaginaryFile(b"i: somebody@gmail.com\n", 0o640)
    return server


def after_the_first_look(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens when the log was looked at for the first time."""
    looked = watch.mail_log_after
    due = [happens]

    async def look(*args: object) -> object:
        lines = await looked(*args)  # type: ignore[arg-type]
        if due:
            due.pop()()
        return lines

    monkeypatch.setattr(watch, "mail_log_after", look)


def arrives(server: Server, *rest: str) -> None:
    for line in (f"queued ip=209.85.1.1:25 to=[{ADDRESS}]", *rest):
        server.world.write(f"{FRIEND} {line}", mail=True)


def test_it_ends_when_mail_came_for_each_address(receiving: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = ("to=somebody@gmail.com sent", "all done")
    after_the_first_look(monkeypatch, lambda: arrives(receiving, *rest))
    said = receiving("watch-mail")
    assert (said.code, said.err) == (0, "")
    first, *others = said.out.splitlines()
    assert first == f"Write now, from a mailbox elsewhere, to {ADDRESS}."
    assert "The line i of the aliases takes it, to somebody@gmail.com." in others[0]
    assert others[2].endswith(f"Seen: mail to {ADDRESS} arrives, and is passed on.")


def test_it_waits_no_longer_than_it_is_told_to(receiving: Server) -> None:
    said = receiving("watch-mail", ADDRESS, "rua@wizard-lab.example", "--wait", "0")
    assert said.code == 3
    assert said.err == f"mailwizard: No mail to {ADDRESS} and rua@wizard-lab.example was handed over yet.\n"


def test_ctrl_c_is_its_usual_end(receiving: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    after_the_first_look(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGINT))
    said = receiving("watch-mail")
    assert said.code == 3 and "Traceback" not in said.err
    assert said.err.endswith(f"No mail to {ADDRESS} was handed over yet.\n")


def test_an_address_that_is_not_received_here_is_refused(server: Server) -> None:
    said = server("watch-mail", "x@gmail.com")
    assert said.code == 2 and "this server does not receive for gmail.com" in said.err
    assert server("watch-mail", "--wait", "soon").code == 2


def test_a_server_that_receives_nothing_is_told(server: Server) -> None:
    path = "/etc/mailwizard/setup.toml"
    text = server.host.text(path).replace("receive = true", "receive = false")
    server.host.files[path] = ImaginaryFile(text.encode(), 0o644)
    said = server("watch-mail")
    assert said.code == 2 and "`receive = true` is in none" in said.err
