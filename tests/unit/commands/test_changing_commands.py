"""`apply`, `sender`, `send-test`: result on stdout, everything else on stderr, and their exit codes."""

from __future__ import annotations

import errno
import io
import json
import re
import sys

import pytest

from mailwizard.answers import CREDENTIALS_PATH
from mailwizard.errors import HostError
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran
from mailwizard.sitting import LOCK_PATH
from tests.unit.commands.imagined_server import PASSWORD, SENDER, Server

OTHER = "carol@wizard-lab.example"


def test_the_first_apply_waits_and_names_what_it_waits_for(server: Server) -> None:
    said = server("apply", "--passwords", str(server.passwords))
    assert said.code == 3
    assert re.fullmatch(r"\d+ changes made\. What waits is named above; apply again when it is done\.\n", said.out)
    for finding in ("dns.a", "dns.aaaa", "dns.mx", "dns.spf", "dns.dkim", "dns.dmarc", "rdns.ipv4", "rdns.ipv6"):
        assert f"({finding})" in said.err, finding
    assert "198.51.100.7" in said.err and PASSWORD not in said.out + said.err


def test_then_it_is_done_and_again_changes_nothing(server: Server) -> None:
    server.set_up()
    said = server("apply")
    assert (said.code, said.out, said.err) == (0, "0 changes made. All is done and verified.\n", "")


def test_only_what_is_still_missing_is_waited_for(server: Server) -> None:
    server("apply", "--passwords", str(server.passwords))
    server.publish(besides=("dmarc",))
    said = server("apply")
    assert said.code == 3 and re.findall(r"\((dns\.\w+|rdns\.\w+)\)", said.err) == ["dns.dmarc"]


def test_apply_of_one_step_makes_no_other(server: Server) -> None:
    said = server("apply", "--step", "addresses")
    assert said.code == 0 and all(line.startswith(("addresses: ", "  ")) for line in said.err.splitlines())
    assert not server.world.mail_runs


def test_a_made_password_is_printed_once_and_kept_nowhere(server: Server) -> None:
    said = server("apply")
    line = next(line for line in said.out.splitlines() if line.startswith(f"{SENDER}:"))
    password = line.partition(":")[2]
    assert len(password) >= 20 and password not in said.err
    kept = "\n".join(file.content.decode("latin-1") for file in server.host.files.values())
    assert password not in kept and password not in "\n".join(server.host.log.tail)
    assert password not in server("apply").out


def test_a_made_password_that_cannot_be_shown_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mailwizard.streams._open_null", lambda number: None)
    monkeypatch.setattr(sys, "stdout", Full())
    said = server("apply")
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        f"mailwizard: The password made for {SENDER} could not be shown, and is kept nowhere. Set a new one with "
        "`mailwizard sender add`."
    )


def test_a_password_for_nobody_is_told_and_not_used(server: Server) -> None:
    server.passwords.write_text(f"i@wizzard-lab.example:{PASSWORD}\n")
    said = server("apply", "--passwords", str(server.passwords))
    assert said.err.startswith("mailwizard: i@wizzard-lab.example is none of the senders in /etc/mailwizard/setup.toml")
    assert PASSWORD not in said.out + said.err and f"{SENDER}:" in said.out


def test_a_change_that_fails_ends_with_1_and_its_reason(server: Server) -> None:
    server.world.mirror_is_down = True
    said = server("apply", "--passwords", str(server.passwords))
    assert said.code == 1 and "Something failed" in said.out
    assert re.search(r"^failed: certificate: .*mirror could not be reached", said.err, re.MULTILINE), said.err


def test_credentials_given_anew_take_the_place_of_bad_ones(server: Server) -> None:
    server.host.files[CREDENTIALS_PATH] = ImaginaryFile(b"nonsense\n", 0o600)
    given = server.passwords.with_name("dns.env")
    given.write_text("CF_Token=demo-token-of-nobody\n")
    given.chmod(0o600)
    said = server("apply", "--passwords", str(server.passwords), "--credentials", str(given))
    assert said.code == 3 and "demo-token" not in said.out + said.err
    assert "CF_Token" in server.host.text(CREDENTIALS_PATH) and not server.host.files[CREDENTIALS_PATH].mode & 0o077


def etc(server: Server) -> dict[str, ImaginaryFile]:
    """What stands in /etc."""
    return {path: file for path, file in server.host.files.items() if path.startswith("/etc/")}


def test_a_change_that_cannot_be_written_down_is_not_made(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    write = server.host.write

    async def full(path: str, content: bytes, *, mode: int, owner: str = "root", group: str = "root") -> None:
        if path.startswith("/var/lib/mailwizard"):
            raise HostError("The disk is full.")
        await write(path, content, mode=mode, owner=owner, group=group)

    monkeypatch.setattr(server.host, "write", full)
    before = etc(server)
    said = server("apply", "--passwords", str(server.passwords))
    assert said.code == 1 and said.out.startswith("0 changes made.") and "The disk is full." in said.err
    assert etc(server) == before


def test_only_one_changes_the_server(server: Server) -> None:
    server.host.locked.add(LOCK_PATH)
    for words in (("apply",), ("sender", "remove", OTHER), ("backup",)):
        said = server(*words)
        assert (said.code, said.out) == (4, "") and said.err.startswith("mailwizard: Another mailwizard is changing")
    assert server("plan").code == 3


def test_senders_come_and_go(server: Server) -> None:
    server.set_up()
    server.passwords.write_text(f"{OTHER}:{PASSWORD}\n")
    words = (OTHER, "--passwords", str(server.passwords))
    added = server("sender", "add", *words)
    assert added.code == 0 and added.out.startswith(f"{OTHER} can send now")
    assert added.err.startswith("Write it under `senders` in /etc/mailwizard/setup.toml") and added.err.count("\n") == 1
    assert server("sender", "list").out.splitlines() == [OTHER, SENDER]
    journal = server.host.text("/var/lib/mailwizard/journal.jsonl").splitlines()
    assert [json.loads(line)["state"] for line in journal if OTHER in line] == ["begun", "made"]
    assert PASSWORD not in "".join(journal)
    assert json.loads(server("sender", "list", "--json").out) == {"schema": 1, "senders": [OTHER, SENDER]}
    assert server("sender", "check", *words).code == 0
    server.passwords.write_text(f"{OTHER}:another-one\n")
    wrong = server("sender", "check", *words)
    assert (wrong.code, wrong.out) == (1, "") and f"does not let {OTHER} log in" in wrong.err
    assert f"mailwizard sender add {OTHER}" in wrong.err
    assert server("sender", "remove", OTHER).code == 0
    again = server("sender", "remove", OTHER)
    assert again.code == 1 and f"There is no account {OTHER}" in again.err


def test_where_no_mail_server_runs_yet_the_way_on_is_told(server: Server) -> None:
    said = server("sender", "check", SENDER, "--passwords", str(server.passwords))
    assert (said.code, said.out) == (1, "") and len(said.err.splitlines()) == 1
    assert said.err.endswith("Is chasquid set up, and does it run? See: `mailwizard health`.\n")


def test_a_password_is_asked_only_on_a_terminal(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    for words in (("sender", "add", SENDER), ("sender", "check", SENDER), ("send-test", SENDER, "a@gmail.com")):
        said = server(*words)
        assert (said.code, said.out) == (2, "") and "--passwords FILE or -" in said.err


@pytest.mark.parametrize("address", ["a+b@wizard-lab.example", "wizard-lab.example", "*@wizard-lab.example"])
def test_what_cannot_be_an_account_is_not_made_one(server: Server, address: str) -> None:
    server.set_up()
    before = dict(server.host.files)
    server.passwords.write_text(f"a+b@wizard-lab.example:{PASSWORD}\n")
    said = server("sender", "add", address, "--passwords", str(server.passwords))
    assert (said.code, said.out) == (2, "") and said.err.startswith(f'mailwizard: "{address}" ')
    assert dict(server.host.files) == before


def test_a_file_without_the_address_is_told_without_its_content(server: Server) -> None:
    said = server("sender", "check", OTHER, "--passwords", str(server.passwords))
    assert said.code == 2 and f"has no line for {OTHER}" in said.err and PASSWORD not in said.err


def test_a_test_mail_is_followed_to_its_receiver(server: Server) -> None:
    server.set_up()
    said = server("send-test", SENDER, "a@gmail.com", "--passwords", str(server.passwords))
    assert said.code == 0 and "a@gmail.com took the message" in said.out
    assert "logged in as" in said.err and PASSWORD not in said.out + said.err
    assert server("send-test", SENDER.upper(), "a@gmail.com", "--passwords", str(server.passwords)).code == 0
    server.passwords.write_text(f"{SENDER}:another-one\n")
    said = server("send-test", SENDER, "a@gmail.com", "--passwords", str(server.passwords))
    assert (said.code, said.out) == (1, "") and "not accepted" in said.err


def test_what_a_command_prints_is_shown_harmless(server: Server) -> None:
    def hostile(words: tuple[str, ...], stdin: bytes, env: object) -> Ran:
        return Ran(words, 100, "\x1b[2J\x1b]0;owned\x07", "E: \x1b[31mnothing\x9b2J\u202e\n")

    for pattern in server.host.commands:
        if isinstance(pattern, tuple) and pattern[0] == "apt-get":
            server.host.commands[pattern] = hostile
    said = server("apply", "--passwords", str(server.passwords))
    assert said.code == 1 and not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", said.out + said.err)


def test_a_banner_of_a_hostile_server_is_shown_harmless(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.set_up()
    monkeypatch.setattr("mailwizard.demo.smtp._Talk.greet", lambda _: b"220 \x1b[2Jevil \xc2\x9b2J\r\n")
    said = server("health", "--plain")
    assert said.code == 2 and "evil" in said.out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", said.out + said.err)
