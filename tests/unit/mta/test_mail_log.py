"""The mail log's lines, and what receivers' answers mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.mta.mail_log import Event, Kind, meaning, parse

LINES = [
    ("daemon listening on [::]:587", None),
    (
        "127.0.0.1:47606 auth succeeded for i@example.test",
        Event(Kind.LOGGED_IN, "", "i@example.test", (), "127.0.0.1:47606"),
    ),
    ("[2001:db8::1]:476 auth failed for i", Event(Kind.LOGIN_FAILED, "", "i", (), "[2001:db8::1]:476")),
    (
        "1S2BTmr8vqE from=i@example.test queued ip=127.0.0.1:47606 to=[a@x.test b@y.test]",
        Event(Kind.QUEUED, "1S2BTmr8vqE", "i@example.test", ("a@x.test", "b@y.test"), "127.0.0.1:47606"),
    ),
    ("-S2BTmr8v_E from=<> to=a@x.test sent\n", Event(Kind.SENT, "-S2BTmr8v_E", "", ("a@x.test",))),
    (
        "sz0OUA9fB0M from=a@none.test to=b@x.test failed (temporary): all MXs failed (last: 451 4.7.0 try\nlater)",
        Event(
            Kind.DEFERRED,
            "sz0OUA9fB0M",
            "a@none.test",
            ("b@x.test",),
            "",
            "all MXs failed (last: 451 4.7.0 try\nlater)",
        ),
    ),
    (
        "sz0OUA9fB0M from=a@none.test completed loop, next in 1m52.601553167s",
        Event(Kind.WAITING, "sz0OUA9fB0M", "a@none.test", text="1m52s"),
    ),
    (
        "e_Hwvl996jc from=a@none.test to=p@x.test failed (permanent): 550 5.1.1 no such user",
        Event(Kind.FAILED, "e_Hwvl996jc", "a@none.test", ("p@x.test",), "", "550 5.1.1 no such user"),
    ),
    ("e_Hwvl996jc from=a@none.test all done", Event(Kind.DONE, "e_Hwvl996jc", "a@none.test")),
    (
        "127.0.0.1:57566 rejected from=a@none.test to=[x@gmail.test] - relay not allowed",
        Event(Kind.REJECTED, "", "a@none.test", ("x@gmail.test",), "127.0.0.1:57566", "relay not allowed"),
    ),
    (
        "127.0.0.1:57556 rejected from=a@spoof.test - failed SPF: matched all",
        Event(Kind.REJECTED, "", "a@spoof.test", (), "127.0.0.1:57556", "failed SPF: matched all"),
    ),
    ("", None),
    ("short from=a to=b sent", None),
]


@pytest.mark.parametrize(("line", "event"), LINES)
def test_a_line_is_read(line: str, event: Event | None) -> None:
    assert parse(line) == event


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (
            "all MXs returned transient failures (last: MAIL+RCPT 450 4.7.25 Client host rejected)",
            "reverse_dns",
        ),
        (
            "MAIL+RCPT 550 5.7.25 [2001:db8::1] The IP address sending this message does not have a PTR record",
            "reverse_dns",
        ),
        ('MDA delivery failed: exec: "maildrop": executable file not found in $PATH', "alias_missing"),
        ("550 5.1.1 The email account that you tried to reach does not exist.", "no_such_user"),
        ("554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.spamhaus.org", "blocklist"),
        (
            "550 5.7.1 Unfortunately, messages from [1.2.3.4] weren't sent. Please contact your ISP. (S3140)",
            "blocklist",
        ),
        ("550 5.7.26 This mail has been blocked because the sender is unauthenticated.", "authentication"),
        ("451 4.7.1 Greylisting in action, please come back later", "greylisted"),
        ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail", "rate"),
        ("452 4.2.2 The recipient's inbox is out of storage space: over quota", "mailbox_full"),
        ("Could not find mail server: lookup nothing.example: no such host", "no_mail_server"),
        ("Error dialing: dial tcp 203.0.113.25:25: i/o timeout", "port_25_shut"),
        ("dial tcp 203.0.113.25:25: connect: connection refused", "refused"),
        ("Security level check failed (level:PLAIN)", "downgrade"),
        ("550 5.7.1 message looks like spam", "content"),
        ("550 no", "other"),
    ],
)
def test_an_answer_is_explained(answer: str, cause: str) -> None:
    found = meaning(answer)
    assert found.cause == cause
    assert found.advice.endswith(".")


@given(st.text())
def test_no_line_crashes_the_reader(text: str) -> None:
    event = parse(text)
    assert event is None or event.kind in Kind
    assert meaning(text).advice


@given(st.sampled_from([line for line, event in LINES if event]), st.integers(0, 90), st.text(max_size=3))
def test_no_damaged_line_crashes_the_reader(line: str, at: int, noise: str) -> None:
    event = parse(line[:at] + noise + line[at + 1 :])
    assert event is None or isinstance(event, Event)
