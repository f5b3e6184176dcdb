"""The functions that keep acme.sh's tokens out of `ps`: the same result, another way."""

from __future__ import annotations

import hashlib
import hmac
import os
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from mailwizard import assets

QUIET = assets.folder() / "templates" / "acme-quiet.sh"
TOKEN = "s3cr3t-t0ken"


# acme.sh's wait for the DNS, in the shape that it has from 3.1.1 to 3.1.5
WAIT = """
_sleep() { sleep "$1"; }
__check_txt() { echo "a public resolver was asked"; false; }
_check_dns_entries() { until __check_txt; do _sleep 10; done; }
issue() { _sleep 20; _check_dns_entries; _sleep 2; }
"""


def bash(script: str, path: Path | None = None, stdin: bytes = b"", **variables: str) -> str:
    """What a bash that has read the functions prints."""
    env = {**os.environ, "BASH_ENV": str(QUIET), **variables}
    if path:
        env["PATH"] = f"{path}:{env['PATH']}"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, env=env, input=stdin, check=True)
    return ran.stdout.decode()


@pytest.fixture
def fake_curl(tmp_path: Path) -> Path:
    """A curl that tells its arguments, then the configuration it is handed."""
    program = tmp_path / "curl"
    program.write_text(
        '#!/bin/bash\nprintf "arg %s\\n" "$@"\nwhile [ $# -gt 0 ]; do [ "$1" = --config ] && cat "$2"; shift; done\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def test_a_token_is_no_argument_of_curl(fake_curl: Path) -> None:
    call = (
        'curl --silent --dump-header /tmp/h -L -g --user-agent "acme.sh (https://x)" -X PUT -H "Authorization: Bearer '
        f'{TOKEN}" -H "" --data \'{{"key":"{TOKEN}"}}\' "https://api.example/zone?token={TOKEN}"'
    )
    said = bash(call, fake_curl)
    arguments = [line for line in said.splitlines() if line.startswith("arg ")]
    assert not [line for line in arguments if TOKEN in line]
    assert "arg --dump-header" in arguments and "arg acme.sh (https://x)" in arguments and "arg PUT" in arguments
    assert f'header = "Authorization: Bearer {TOKEN}"' in said
    assert f'url = "https://api.example/zone?token={TOKEN}"' in said
    assert 'data = "{\\"key\\":\\"' in said


@pytest.mark.parametrize("option", ["-u", "--user", "-b", "-F", "--data-binary", "--header"])
def test_every_option_that_may_hold_a_token_is_moved(option: str, fake_curl: Path) -> None:
    said = bash(f"curl {option} '{TOKEN}' https://a.example/", fake_curl)
    assert f"arg {TOKEN}" not in said and f'"{TOKEN}"' in said


def test_a_call_without_anything_to_hide_is_handed_on(fake_curl: Path) -> None:
    assert bash("curl --help all", fake_curl) == "arg --help\narg all\n"


def test_quotes_and_line_ends_survive(fake_curl: Path) -> None:
    said = bash("curl -H $'a\\\\b\"c\\nd' https://a.example/", fake_curl)
    assert 'header = "a\\\\b\\"c\\nd"' in said


@pytest.fixture
def telling(tmp_path: Path) -> Path:
    """Programs that tell their arguments, and what they read from standard input."""
    for name in ("nsupdate", "oathtool"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\nprintf "arg %s\\n" "$@"\ncat\n')
        program.chmod(0o755)
    real = shutil.which("sed")
    (tmp_path / "sed").write_text(f'#!/bin/sh\nprintf "arg %s\\n" "$@" >&2\nexec {real} "$@"\n')
    (tmp_path / "sed").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("value", ["a-token", r"a\\b\|c\&d", "n1", "#n"])
def test_a_setting_written_anew_by_sed_is_no_argument(value: str, telling: Path) -> None:
    script = f"s|^SAVED_CF_Token=.*$|SAVED_CF_Token='{value}'|"
    text = b"LOG='1'\nSAVED_CF_Token='old'\n"
    plain = subprocess.run(["sed", script], input=text, capture_output=True, check=True).stdout.decode()
    assert bash(f"sed {shlex.quote(script)} 2>&1", telling, text) == f"arg --file\narg /dev/fd/63\n{plain}"


def test_other_calls_of_sed_are_handed_on(telling: Path) -> None:
    assert bash("sed -n 2p 2>/dev/null", telling, b"a\nb\n") == "b\n"
    assert "GNU sed" in bash("sed --version 2>/dev/null", telling)


def test_a_key_for_one_time_passwords_is_no_argument(telling: Path) -> None:
    said = bash("oathtool --base32 --totp 'MZXW 6YTB' 2>/dev/null", telling)
    assert said == "arg --base32\narg --totp\narg -\nMZXW 6YTB\n"


@pytest.mark.parametrize(
    "option", ["-y hmac-sha256:key.example:c2Vj/mV0+Q==", "-yhmac-sha256:key.example:c2Vj/mV0+Q=="]
)
def test_a_key_of_nsupdate_becomes_its_own_statement(option: str, telling: Path) -> None:
    said = bash(f"nsupdate -v {option} -t 5", telling, b"send\n")
    assert said == "arg -v\narg -t\narg 5\nkey hmac-sha256:key.example c2Vj/mV0+Q==\nsend\n"


def test_nsupdate_with_the_file_of_a_key_is_handed_on(telling: Path) -> None:
    assert bash("nsupdate -k /root/a.key", telling, b"send\n") == "arg -k\narg /root/a.key\nsend\n"


def test_a_program_that_is_not_there_is_not_said_to_be(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "BASH_ENV": str(QUIET)}
    bash_path = shutil.which("bash") or ""
    ran = subprocess.run([bash_path, "-c", "type oathtool || type nsupdate"], capture_output=True, env=env)
    assert ran.returncode == 1


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("key", [b"key", b"\x00\xff\x01", bytes(range(1, 200))])
def test_the_hmac_is_the_same(digest: str, key: bytes) -> None:
    text = b"hello\nworld\0end"
    script = f'openssl dgst -{digest} -mac HMAC -macopt "hexkey:{key.hex()}"'
    assert bash(script, stdin=text).rpartition("= ")[2].strip() == hmac.new(key, text, digest).hexdigest()


def test_other_digests_are_openssls_own() -> None:
    assert bash("openssl dgst -sha256", stdin=b"x").strip().endswith(hashlib.sha256(b"x").hexdigest())


@pytest.fixture
def fake_sleep(tmp_path: Path) -> Path:
    """A sleep that takes no time and tells how long it was to be; by the third time `seen` is there."""
    program = tmp_path / "sleep"
    count = f'echo "$1" >>{tmp_path}/slept; [ "$(wc -l <{tmp_path}/slept)" -lt 3 ] || : >{tmp_path}/seen'
    program.write_text(f"#!/bin/bash\n{count}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def test_the_wait_for_the_dns_ends_when_mailwizard_has_seen_the_proof(fake_sleep: Path) -> None:
    said = bash(f"{WAIT}\nissue; echo done", fake_sleep, MAILWIZARD_SEEN=str(fake_sleep / "seen"))
    assert said == "done\n"  # no resolver was asked
    assert (fake_sleep / "slept").read_text().split() == ["0.2", "0.2", "0.2", "2"]


def test_a_look_from_outside_that_has_begun_ends_too(fake_sleep: Path) -> None:
    script = f"{WAIT}\n_check_dns_entries; echo done"
    said = bash(script, fake_sleep, MAILWIZARD_SEEN=str(fake_sleep / "seen"))
    assert said == "a public resolver was asked\ndone\n"
    assert (fake_sleep / "slept").read_text().split() == ["0.2", "0.2", "0.2"]


@pytest.mark.parametrize("seen", ["", "there"])
def test_other_sleeps_are_as_long_as_they_say(seen: str, fake_sleep: Path) -> None:
    (fake_sleep / "there").touch()
    script = f"{WAIT}\nissue() {{ _sleep 7; }}; dns_x_add() {{ _sleep 20; sleep 10; }}; issue; dns_x_add; sleep 1 2"
    bash(script, fake_sleep, MAILWIZARD_SEEN=str(fake_sleep / seen) if seen else "")
    assert (fake_sleep / "slept").read_text().split() == ["7", "20", "10", "1"]


def test_a_renewal_without_mailwizard_sleeps_and_asks_as_ever(fake_sleep: Path) -> None:
    script = f"{WAIT}\n__check_txt() {{ echo asked; [ -e {fake_sleep}/seen ]; }}; issue; echo done"
    assert bash(script, fake_sleep) == "asked\nasked\nasked\ndone\n"
    assert (fake_sleep / "slept").read_text().split() == ["20", "10", "10", "2"]


def test_a_wait_that_mailwizard_does_not_end_ends_by_itself(tmp_path: Path) -> None:
    script = f"{WAIT}\n_quiet_wait 0; __check_txt || echo done"
    said = bash(script, MAILWIZARD_SEEN=str(tmp_path / "never"))
    assert said == "a public resolver was asked\ndone\n"
