"""The functions that keep acme.sh's tokens out of `ps`: the same result, another way."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import subprocess
from pathlib import Path

import pytest

from mailwizard import assets

QUIET = assets.folder() / "templates" / "acme-quiet.sh"
TOKEN = "s3cr3t-t0ken"


def bash(script: str, path: Path | None = None, stdin: bytes = b"") -> str:
    """What a bash that has read the functions prints."""
    env = {**os.environ, "BASH_ENV": str(QUIET)}
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


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("key", [b"key", b"\x00\xff\x01", bytes(range(1, 200))])
def test_the_hmac_is_the_same(digest: str, key: bytes) -> None:
    text = b"hello\nworld\0end"
    script = f'openssl dgst -{digest} -mac HMAC -macopt "hexkey:{key.hex()}"'
    assert bash(script, stdin=text).rpartition("= ")[2].strip() == hmac.new(key, text, digest).hexdigest()


def test_other_digests_are_openssls_own() -> None:
    assert bash("openssl dgst -sha256", stdin=b"x").strip().endswith(hashlib.sha256(b"x").hexdigest())
