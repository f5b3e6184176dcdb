"""Facts about chasquid in, findings out."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from mailwizard.answers import Domain, Server
from mailwizard.debian.release import Release
from mailwizard.finding import Status
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.protocol import FileStat
from mailwizard.mta import chasquid_conf
from mailwizard.mta.conf_text import values, with_values
from mailwizard.mta.dkim_files import DkimKeys, selector_for
from mailwizard.mta.dkim_judge import KeyFacts, judge_key
from mailwizard.mta.judge import judge_hook, judge_hostname, judge_service, judge_version
from mailwizard.mta.log_errors import judge_log, last_words
from mailwizard.mta.origin import Origin, go_package, good_enough, holes, impossible, origin_of
from mailwizard.mta.ports import Answered, judge_port
from mailwizard.mta.queue import Waiting
from mailwizard.mta.queue_length import judge_queue
from mailwizard.mta.relay import judge_relay
from mailwizard.mta.smtp_talk import Reply
from mailwizard.mta.units import Running, parse_running

UBUNTU, DEBIAN = Release("ubuntu", "24.04", "noble"), Release("debian", "12", "bookworm")


@pytest.mark.parametrize(
    ("chasquid", "origin"),
    [
        ("auto", Origin.TESTING),
        ("distribution", Origin.DISTRIBUTION),
        ("source", Origin.SOURCE),
        ("debian-testing", Origin.TESTING),
    ],
)
def test_where_chasquid_comes_from(chasquid: str, origin: Origin) -> None:
    assert origin_of(Server(chasquid=chasquid)) is origin


@pytest.mark.parametrize(
    ("version", "known", "distribution", "other"),
    [
        ("1.8-1", 3, False, False),
        ("1.11-2+b2", 3, False, False),
        ("1.13-1", 2, False, False),
        ("1.15.0-1+b4", 2, True, False),
        ("1.15.1-1", 1, True, False),
        ("1.18.0", 1, True, False),
        ("1.19.0-1", 0, True, True),
        ("2.0", 0, True, True),
    ],
)
def test_what_is_known_against_a_version(version: str, known: int, distribution: bool, other: bool) -> None:
    assert len(holes(version)) == known
    assert good_enough(version, Origin.DISTRIBUTION) is distribution
    assert good_enough(version, Origin.TESTING) is good_enough(version, Origin.SOURCE) is other


def test_what_cannot_be_had_is_told_with_what_to_do() -> None:
    assert "no Go that is new enough" in impossible(Origin.SOURCE, DEBIAN, "")
    assert impossible(Origin.SOURCE, UBUNTU, "") == "" and go_package(UBUNTU) == "golang-1.23-go"
    assert "cannot sign mail" in impossible(Origin.DISTRIBUTION, DEBIAN, "1.11-2+b2")
    assert impossible(Origin.DISTRIBUTION, DEBIAN, "") == ""


def test_a_version_held_back_by_a_changed_configuration_file_is_told() -> None:
    held = judge_version("1.19.0-1", Origin.TESTING, held_back="1.20.0-1")
    assert held.status is Status.WARNING and held.cause == "held_back" and "Apply" in held.fix
    assert "1.20.0-1 is ready" in held.found[1]
    assert judge_version("1.19.0", Origin.SOURCE).found[1:] == ("it was built from source here: nothing updates it",)


def test_a_version_with_holes_is_a_warning_where_it_was_asked_for() -> None:
    asked = judge_version("1.15.0-1+b4", Origin.DISTRIBUTION)
    assert asked.status is Status.WARNING and "anybody can crash it" in asked.found[1] and asked.fix
    assert judge_version("1.15.0-1+b4", Origin.TESTING).status is Status.FAILED
    assert not judge_version("", Origin.TESTING).waits
    assert judge_version("", Origin.TESTING, "Set debian_mirror.").waits


SHOWN = """LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
Result=success
NeedDaemonReload=no
NRestarts=2
ExecMainStartTimestamp=Tue 2026-11-24 08:00:00.123456 UTC
"""
RUNS = parse_running(SHOWN)


async def test_why_chasquid_does_not_run_is_told_in_its_own_words() -> None:
    crash = "\u2620  chasquid.go:322      d.example: users file error: \x1b[2J"
    log = f"_ chasquid.go:55  starting\n{crash}\nchasquid.service: Failed with result 'exit-code'.\n"
    host = ImaginaryHost(files={}, commands={("journalctl", ...): log})
    words = await last_words(host)
    found = judge_service(Running(True, False, True, "exit-code"), True, (), False, words)
    assert found.found == (
        "it does not run (exit-code)",
        "its last words: d.example: users file error: \\x1b[2J",
    )
    assert await last_words(ImaginaryHost(files={})) == ""


def test_a_container_that_does_not_let_systemd_restrict_a_service_is_named() -> None:
    shown = SHOWN.replace("ActiveState=active", "ActiveState=activating") + "ExecMainStatus=226\n"
    found = judge_service(parse_running(shown), True, (), False)
    assert found.waits and "nesting" in found.fix
    assert judge_service(parse_running(shown.replace("226", "1")), True, (), False).fix == ""
    assert judge_service(parse_running(SHOWN + "ExecMainStatus=226\n"), True, (), False).fix == "", "of an earlier try"


def test_systemds_words_are_read() -> None:
    assert Running(True, True, True, "success", False, 2, "2026-11-24 08:00:00.123456 UTC") == RUNS
    assert parse_running("") == Running()


@pytest.mark.parametrize(
    ("state", "installed", "newer", "due", "status"),
    [
        (RUNS, True, (), False, Status.OK),
        (RUNS, True, ("/etc/chasquid/chasquid.conf",), False, Status.FAILED),
        (RUNS, True, (), True, Status.FAILED),
        (Running(True, False, True, "exit-code"), True, (), False, Status.FAILED),
        (Running(True, True, False, since="x"), True, (), False, Status.FAILED),
        (Running(True, True, True, reload_due=True, since="x"), True, (), False, Status.FAILED),
        (Running(), False, (), True, Status.FAILED),
        (None, True, (), False, Status.UNKNOWN),
    ],
)
def test_the_service_must_run_as_it_is_configured(
    state: Running | None, installed: bool, newer: tuple[str, ...], due: bool, status: Status
) -> None:
    assert judge_service(state, installed, newer, due).status is status


@pytest.mark.parametrize(
    ("conf", "banner", "status"),
    [
        ('hostname: "mx.example.com"', "220 mx.example.com ESMTP chasquid", Status.OK),
        ('hostname: "mx.example.com"', "", Status.OK),
        ('hostname: "mx.example.com"', "220 old.example.com ESMTP chasquid", Status.FAILED),
        ('#hostname: "mx.example.com"', "", Status.FAILED),
        (None, "", Status.FAILED),
    ],
)
def test_the_name_in_the_file_and_on_the_wire(conf: str | None, banner: str, status: Status) -> None:
    assert judge_hostname(conf, "mx.example.com", banner).status is status


def test_the_hook_must_be_ours_and_run() -> None:
    assert judge_hook(b"x", b"x", True).status is Status.OK
    assert judge_hook(b"x", b"x", False).found == ("not executable",)
    assert judge_hook(b"y", b"x", True).found == ("another hook",)
    assert judge_hook(None, b"x", False).found == ("no hook",)


@pytest.mark.parametrize(
    ("answered", "status"),
    [
        (Answered(25, "220 mx ESMTP chasquid", True), Status.OK),
        (Answered(25, "220 mx ESMTP chasquid", False), Status.FAILED),
        (Answered(25, "220 mx ESMTP Postfix", True), Status.FAILED),
        (Answered(25, "554 go away chasquid", True), Status.FAILED),
        (Answered(25, trouble="the connection was refused"), Status.FAILED),
        (Answered(25, trouble="timed out", silent=True), Status.UNKNOWN),
    ],
)
def test_a_port_must_answer_as_chasquid_with_tls(answered: Answered, status: Status) -> None:
    assert judge_port(answered).status is status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Reply(503, "5.7.1 Relay not allowed"), Status.OK),
        (Reply(550, "no"), Status.OK),
        (Reply(451, "later"), Status.UNKNOWN),
        (Reply(250, "You have an eerie feeling..."), Status.FAILED),
        ("broke off", Status.UNKNOWN),
    ],
)
def test_only_a_refusal_is_no_relay(answer: Reply | str, status: Status) -> None:
    assert judge_relay(answer).status is status


def test_the_template_has_every_needed_value_and_no_key_that_an_old_version_refuses() -> None:
    text = chasquid_conf.wanted_conf(None, "mx.example.com")
    assert chasquid_conf.needed_values("mx.example.com").items() <= values(text).items()
    assert chasquid_conf.wanted_conf(text, "mx.example.com") == text
    assert not {"max_queue_items", "give_up_send_after"} & set(values(text))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", 'hostname: "b"\n'),
        ("x: 1", 'x: 1\nhostname: "b"\n'),
        ('hostname: "a" # old\nx: 1\n', 'hostname: "b"\nx: 1\n'),
        ("hostname: 'b'\n", "hostname: 'b'\n"),
        ('#hostname: "a"\n', '#hostname: "a"\nhostname: "b"\n'),
    ],
)
def test_a_value_is_set_and_the_rest_stays(text: str, after: str) -> None:
    assert with_values(text, {"hostname": "b"}) == after


@pytest.mark.parametrize(
    ("domain", "keys", "selector"),
    [
        (Domain("d", selector="mine"), DkimKeys((("a", "/a"),), ()), "mine"),
        (Domain("d"), DkimKeys((("a", "/a"), ("b", "/b")), (("p", "/p"),)), "b"),
        (Domain("d"), DkimKeys((), (("p", "/p"),)), "p"),
        (Domain("d"), DkimKeys(), ""),
    ],
)
def test_a_selector_is_made_once_then_kept(domain: Domain, keys: DkimKeys, selector: str) -> None:
    assert selector_for(domain, keys) == selector


def stat(mode: int, group: str) -> FileStat:
    return FileStat(mode, "root", group, 1, False, False)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (KeyFacts("d", "s", DkimKeys()), Status.FAILED),
        (KeyFacts("d", "s", DkimKeys((("s", "/s"),)), stat(0o600, "root")), Status.WARNING),
        (KeyFacts("d", "s", DkimKeys((), (("s", "/s"),)), stat(0o640, "chasquid")), Status.OK),
        (KeyFacts("d", "s", DkimKeys((), (("s", "/s"),)), stat(0o640, "root")), Status.FAILED),
        (KeyFacts("d", "s", DkimKeys((), (("s", "/s"),)), stat(0o644, "chasquid")), Status.FAILED),
        (KeyFacts("d", "s", DkimKeys((), (("s", "/s"),)), stat(0o640, "chasquid"), "too short"), Status.FAILED),
    ],
)
def test_a_key_signs_only_when_placed_and_readable(facts: KeyFacts, status: Status) -> None:
    assert judge_key(facts).status is status


def test_other_keys_that_sign_are_named() -> None:
    keys = DkimKeys((), (("old", "/o"), ("s", "/s")))
    assert judge_key(KeyFacts("d", "s", keys, stat(0o640, "chasquid"))).found == ("s signs, and so do old",)


def test_a_key_that_is_none_is_named_with_the_way_out() -> None:
    alone = judge_key(KeyFacts("d", "s", DkimKeys((), (("s", "/p"),)), trouble="it is no key"))
    assert alone.source == "/p" and alone.fix == "Move /p away and apply: a new key is made, and its record shown."
    twin = judge_key(KeyFacts("d", "s", DkimKeys((("s", "/t"),), (("s", "/p"),)), trouble="it is no key"))
    assert twin.fix.startswith("Move /p away and apply: the copy in ")


SENT = "1S2BTmr8vqE from=i@example.com to=a@gmail.test failed (permanent): 550 5.1.1 no such user"
FORWARDED = "1S2BTmr8vqE from=i+fwd_from=a=b.test@example.com to=a@gmail.test failed (permanent): 550 spam"


@pytest.mark.parametrize(
    ("lines", "status", "cause"),
    [
        ((), Status.OK, ""),
        (("daemon listening on [::]:25",), Status.OK, ""),
        ((FORWARDED,), Status.OK, ""),
        ((SENT.replace("example.com", "other.test"),), Status.OK, ""),
        ((SENT,), Status.WARNING, "refused"),
        (("☠ No entries found in domains/",), Status.WARNING, "crashed"),
        (("panic: runtime error", SENT), Status.WARNING, "crashed"),
    ],
)
def test_errors_of_the_day_are_told(lines: tuple[str, ...], status: Status, cause: str) -> None:
    finding = judge_log(lines, ["example.com"])
    assert (finding.status, finding.cause) == (status, cause)


@pytest.mark.parametrize(
    ("count", "status"),
    [(0, Status.OK), (20, Status.OK), (21, Status.WARNING), (179, Status.WARNING), (180, Status.FAILED)],
)
def test_a_long_queue_is_told(count: int, status: Status) -> None:
    why = Waiting("x", "i@example.com", "a@b.test", datetime(2026, 11, 24, tzinfo=timezone.utc), "451 greylisted")
    finding = judge_queue(count, [why] if count else [])
    assert finding.status is status and bool(finding.fix) is (status is not Status.OK)
