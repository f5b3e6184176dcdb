"""The log: private, printable, and without secrets."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.log import CommandLog, Output, forms_of
from mailwizard.secret import Secret

PASSWORD = 'p&ss "wörd"/+='


def test_each_line_has_its_time_in_utc(tmp_path: Path) -> None:
    log = CommandLog(tmp_path / "log")
    log.write("$ true")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \$ true\n", (tmp_path / "log").read_text())


def test_what_is_told_is_written_and_heard_without_secrets() -> None:
    log, heard = CommandLog(), list[str]()
    log.hide(Secret(PASSWORD))
    log.tell("nobody hears it")
    log.heard = heard.append
    log.tell(f"the connection of {PASSWORD} was lost\x1b[2J")
    log.write("not for the user")
    assert heard == ["the connection of *** was lost\\x1b[2J"]
    assert [line.partition(" ")[2] for line in log.tail] == ["nobody hears it", *heard, "not for the user"]


def test_private_and_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    path.chmod(0o644)
    log = CommandLog(path)
    log.write("one")
    log.close()
    log.write("two")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [line.split()[-1] for line in path.read_text().splitlines()] == ["before", "one", "two"]


def test_nothing_is_made_before_the_first_line(tmp_path: Path) -> None:
    CommandLog(tmp_path / "log").hide(Secret("hunter2"))
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("blocked", ["no folder", "a link", "a folder"])
def test_where_no_file_can_be_written_the_lines_stay_in_memory(tmp_path: Path, blocked: str) -> None:
    path = tmp_path / "log"
    if blocked == "no folder":
        path = tmp_path / "no" / "log"
    elif blocked == "a link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.mkdir()
    log = CommandLog(path)
    log.write("one")
    log.write("two")
    assert [line.split()[-1] for line in log.tail] == ["one", "two"]
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_stops_nothing() -> None:
    log = CommandLog(Path("/dev/full"))
    log.write("one")
    assert len(log.tail) == 1


def test_the_last_lines_are_kept() -> None:
    log = CommandLog()
    for number in range(600):
        log.write(str(number))
    assert (len(log.tail), log.tail[-1].split()[-1]) == (500, "599")


def test_control_characters_are_shown() -> None:
    log = CommandLog()
    log.write("\x1b[2J\u202ebad\nsecond")
    assert log.tail[0].endswith("\\x1b[2J\\u202ebad\n    second")


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        quote(PASSWORD),
        quote(PASSWORD, safe=""),
        quote_plus(PASSWORD),
        json.dumps({"password": PASSWORD}),
        json.dumps(PASSWORD, ensure_ascii=False),
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.urlsafe_b64encode(PASSWORD.encode()).decode(),
        base64.b64encode(f"\0i@example.com\0{PASSWORD}".encode()).decode(),
        base64.b64encode(f"i@example.com\0i@example.com\0{PASSWORD}".encode()).decode(),
        base64.b64encode(f"ab:{PASSWORD}".encode()).decode(),
        PASSWORD.encode().hex(),
    ],
)
def test_every_usual_encoding_is_masked(form: str) -> None:
    log = CommandLog()
    log.hide(Secret(PASSWORD))
    log.write(f"AUTH {form} end")
    (line,) = log.tail
    assert form not in line and "***" in line and line.endswith("end")


def test_a_key_is_masked_line_by_line() -> None:
    log = CommandLog()
    log.hide(Secret("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n"))
    for line in ("MIIEvQIBADANBgkq", "x hkiG9w0BAQEF"):
        log.write(line)
    assert [line.split(" ", 1)[1] for line in log.tail] == ["***", "x ***"]


def test_a_longer_secret_is_masked_before_one_inside_it() -> None:
    log = CommandLog()
    log.hide(Secret("hunter2"))
    log.hide(Secret("hunter2-and-more"))
    log.write("hunter2-and-more")
    assert log.tail[0].endswith("Z ***")


def test_a_short_secret_does_not_garble_the_log() -> None:
    log = CommandLog()
    log.hide(Secret("a"))
    log.hide(Secret(""))
    log.write("a bad start")
    log.write("a")
    assert [line.split(" ", 1)[1] for line in log.tail] == ["a bad start", "***"]


@given(secret=st.text(min_size=4, max_size=30).filter(lambda text: text.strip() == text), before=st.text(max_size=9))
def test_no_secret_is_ever_written(secret: str, before: str) -> None:
    if not secret.isprintable() or secret in ("***", "****") or set(secret) <= set("0123456789-:TZ* "):
        return
    log = CommandLog()
    log.hide(Secret(secret))
    log.write(f"{before.replace(secret, '')} {secret}")
    assert secret not in log.tail[0].split(" ", 1)[1].replace("***", "\n")


@given(st.text(max_size=40))
def test_every_text_has_its_forms(text: str) -> None:
    assert text in forms_of(text)


def test_as_another_user_the_file_is_left_alone(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    path = tmp_path / "log"
    path.write_text("")
    path.chmod(0o600)
    os.seteuid(65534)
    try:
        log = CommandLog(path)
        log.write("one")
    finally:
        os.seteuid(0)
    assert (path.read_text(), len(log.tail)) == ("", 1)


def test_a_hard_link_to_a_file_of_roots_gets_no_line_and_no_mode(tmp_path: Path) -> None:
    cron = tmp_path / "crontab"
    cron.write_text("# root's\n")
    cron.chmod(0o644)
    (tmp_path / "mailwizard.log").hardlink_to(cron)
    log = CommandLog(tmp_path / "mailwizard.log")
    log.write("* * * * * root id")
    assert (cron.read_text(), cron.stat().st_mode & 0o777) == ("# root's\n", 0o644)
    assert log.path is None and len(log.tail) == 1


def test_a_hard_link_taken_away_at_once_gets_no_line_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cron, path = tmp_path / "crontab", tmp_path / "mailwizard.log"
    cron.write_text("# root's\n")
    path.hardlink_to(cron)
    opened = os.open

    def open_and_lose(*args: object) -> int:
        descriptor = opened(*args)  # type: ignore[arg-type]
        path.unlink()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_lose)
    log = CommandLog(path)
    log.write("* * * * * root id")
    assert cron.read_text() == "# root's\n" and log.path is None


def test_a_file_that_another_user_planted_is_told_nothing(tmp_path: Path) -> None:
    """Ubuntu's /var/log is root:syslog 0775."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    tmp_path.chmod(0o775)
    os.chown(tmp_path, 0, 65534)
    path = tmp_path / "mailwizard.log"
    path.write_text("")
    os.chown(path, 65534, 65534)
    log = CommandLog(path)
    log.write("one")
    assert path.read_text() == "" and log.path is None and len(log.tail) == 1


def test_a_folder_of_the_group_syslog_is_good_enough(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    log = CommandLog(tmp_path / "mailwizard.log")
    log.write("one")
    assert log.path is not None and (tmp_path / "mailwizard.log").read_text().endswith(" one\n")


@pytest.mark.parametrize("read", [False, True])
def test_a_pipe_at_the_logs_place_is_neither_waited_for_nor_fed(tmp_path: Path, read: bool) -> None:
    path = tmp_path / "mailwizard.log"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK) if read else None
    log = CommandLog(path)
    log.write("$ true")
    assert log.tail[0].endswith("$ true") and log.path is None
    if reader is not None:
        assert os.read(reader, 100) == b""
        os.close(reader)


def test_of_a_long_output_the_beginning_is_kept_and_all_of_it_is_told() -> None:
    log, told = CommandLog(), list[str]()
    output = Output(log, ("journalctl", "-o", "json"), told.append)
    for number in range(1000):
        output.line(f"line {number}")
    output.end(0)
    assert len(told) == 1000 and len(log.tail) == 402
    assert log.tail[-2].endswith(" line 399") and log.tail[-1].endswith("= 0 (600 more lines are not kept here)")
