"""Which machine `--host` means, and which host keys are accepted for it."""

from __future__ import annotations

import base64
import contextlib
import getpass
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.errors import UsageError
from mailwizard.host.ssh_known_hosts import HostKey, Verdict, known_hosts
from mailwizard.host.ssh_place import place

KEY = HostKey("ssh-ed25519", b"one key")
OTHER = HostKey("ssh-ed25519", b"another key")
RSA = HostKey("ssh-rsa", b"an rsa key")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("where", "user", "address", "port", "key_name", "by_hand"),
    [
        ("root@198.51.100.7", "root", "198.51.100.7", 22, "198.51.100.7", "ssh root@198.51.100.7"),
        ("ops@mail.example:2222", "ops", "mail.example", 2222, "[mail.example]:2222", "ssh -p 2222 ops@mail.example"),
        ("root@[2001:db8::7]", "root", "2001:db8::7", 22, "2001:db8::7", "ssh root@2001:db8::7"),
        ("root@[2001:db8::7]:2222", "root", "2001:db8::7", 2222, "[2001:db8::7]:2222", "ssh -p 2222 root@2001:db8::7"),
        (
            "mail.example",
            getpass.getuser(),
            "mail.example",
            22,
            "mail.example",
            f"ssh {getpass.getuser()}@mail.example",
        ),
    ],
)
def test_what_is_meant(home: Path, where: str, user: str, address: str, port: int, key_name: str, by_hand: str) -> None:
    found = place(where)
    assert (found.user, found.address, found.port, found.key_name) == (user, address, port, key_name)
    assert found.by_hand == by_hand
    assert found.keys == ()
    assert place(found.where) == found


@pytest.mark.parametrize(
    "where",
    [
        *("", "root@", "@host", "root@host:", "root@host:0", "root@host:99999", "a b@c", "root@2001:db8::7", "-oX=y"),
        *("root:secret@host", "ssh://root@host"),
    ],
)
def test_what_is_none(home: Path, where: str) -> None:
    with pytest.raises(UsageError, match="is no USER@HOST"):
        place(where)


def test_the_users_own_config_counts(home: Path) -> None:
    (home / ".ssh/config").write_text(
        "Host vps\n HostName mail.example\n Port 2200\n User ops\n IdentityFile ~/.ssh/vps key\n IdentitiesOnly yes\n"
        "Host jumped\n ProxyJump gate.example\n"
        "Host *\n User everybody\n"
    )
    (home / ".ssh/vps key").touch()
    found = place("vps")
    assert (found.name, found.user, found.address, found.port) == ("vps", "ops", "mail.example", 2200)
    assert found.keys == (str(home / ".ssh/vps key"),)
    assert found.only_these_keys
    assert found.key_name == "[mail.example]:2200"
    assert place("root@vps:22").user == "root"
    assert place("root@vps:22").port == 22
    assert place("other").user == "everybody"
    assert place("jumped").proxy == "ssh -W '[jumped]:22' -- gate.example"


@pytest.mark.parametrize(
    ("jump", "first", "last"),
    [
        ("gate.example", [], ["gate.example", "22", ""]),
        ("ops@gate.example:2222", [], ["gate.example", "2222", "ops"]),
        ("ssh://ops@gate.example:2222", [], ["gate.example", "2222", "ops"]),
        ("ops@[2001:db8::1]:2222", [], ["2001:db8::1", "2222", "ops"]),
        ("one.example:2201, two@two.example", ["one.example:2201"], ["two.example", "22", "two"]),
    ],
)
def test_a_jump_is_understood_by_ssh_as_it_is_meant(home: Path, jump: str, first: list[str], last: list[str]) -> None:
    (home / ".ssh/config").write_text(f"Host vps\n ProxyJump {jump}\n Port 2200\n")
    argv = shlex.split(place("vps").proxy)
    assert argv[argv.index("-W") + 1] == "[vps]:2200"
    ran = subprocess.run([argv[0], "-G", "-F", "/dev/null", *argv[1:]], capture_output=True, text=True, check=True)
    said = dict(line.split(" ", 1) for line in ran.stdout.splitlines() if " " in line)
    host, port, user = last
    assert (said["hostname"], said["port"], said["user"]) == (host, port, user or getpass.getuser())
    assert said.get("proxyjump", "").split() == first


def test_a_broken_config_is_a_sentence(home: Path) -> None:
    (home / ".ssh/config").write_text("Host vps\n ProxyJump gate:x\n")
    with pytest.raises(UsageError, match='ProxyJump "gate:x" is no'):
        place("vps")
    (home / ".ssh/config").write_text("Host vps\n Port many\n")
    with pytest.raises(UsageError, match="is no port"):
        place("vps")
    (home / ".ssh/config").write_text("nonsense\n")
    with pytest.raises(UsageError, match=r"~/\.ssh/config cannot be used"):
        place("vps")


@given(st.text())
def test_no_text_is_a_crash(where: str) -> None:
    with contextlib.suppress(UsageError):
        assert place(where).address


def line(name: str, key: HostKey) -> str:
    return f"{name} {key.type} {base64.b64encode(key.blob).decode()} a comment\n"


@pytest.mark.parametrize(
    ("text", "name", "verdict"),
    [
        ("", "mail.example", Verdict.UNKNOWN),
        (line("mail.example", KEY), "mail.example", Verdict.KNOWN),
        (line("mail.example", KEY), "MAIL.example", Verdict.KNOWN),
        (line("mail.example", KEY), "other.example", Verdict.UNKNOWN),
        (line("mail.example", KEY), "[mail.example]:2222", Verdict.UNKNOWN),
        (line("[mail.example]:2222", KEY), "[mail.example]:2222", Verdict.KNOWN),
        (line("[2001:db8::7]:2222", KEY), "[2001:db8::7]:2222", Verdict.KNOWN),
        (line("198.51.100.7,mail.example", KEY), "mail.example", Verdict.KNOWN),
        (line("*.example", KEY), "mail.example", Verdict.KNOWN),
        (line("*.example,!mail.example", KEY), "mail.example", Verdict.UNKNOWN),
        (line("mail.example", OTHER), "mail.example", Verdict.CHANGED),
        (line("mail.example", RSA), "mail.example", Verdict.CHANGED),
        (line("mail.example", OTHER) + line("mail.example", KEY), "mail.example", Verdict.KNOWN),
        (line("mail.example", KEY) + "@revoked " + line("*", KEY), "mail.example", Verdict.REVOKED),
        ("@cert-authority " + line("*", KEY), "mail.example", Verdict.UNKNOWN),
        ("# " + line("mail.example", KEY), "mail.example", Verdict.UNKNOWN),
        ("mail.example\nmail.example ssh-ed25519 %%%\n|1|x mail\n@revoked\n", "mail.example", Verdict.UNKNOWN),
    ],
)
def test_which_keys_are_known(tmp_path: Path, text: str, name: str, verdict: Verdict) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(text)
    assert known_hosts([str(file), str(tmp_path / "nothing")], name).judge(KEY) is verdict


def test_hashed_names_as_ssh_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("mail.example", KEY) + line("[mail.example]:2222", OTHER))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True)
    assert "mail.example" not in file.read_text()
    assert known_hosts([str(file)], "mail.example").judge(KEY) is Verdict.KNOWN
    assert known_hosts([str(file)], "[mail.example]:2222").judge(OTHER) is Verdict.KNOWN
    assert known_hosts([str(file)], "other.example").judge(KEY) is Verdict.UNKNOWN


def test_the_machine_is_asked_for_the_kind_of_key_that_is_known(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("mail.example", RSA))
    offered = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"]
    known = known_hosts([str(file)], "mail.example")
    assert known.preferred(offered) == ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519", "ecdsa-sha2-nistp256"]


@pytest.mark.parametrize("password", ["hunter2", "p@ss:w/rd", "two\nlines"])
def test_a_password_in_it_is_not_repeated(password: str) -> None:
    with pytest.raises(UsageError, match=r'^--host: "ops:\.\.\.@vps" is no USER@HOST') as told:
        place(f"ops:{password}@vps")
    assert password not in str(told.value)
