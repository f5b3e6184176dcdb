"""Header values cut up: words and comments, hops, addresses, times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.inspecting.author import author_domains
from mailwizard.inspecting.kinship import are_kin
from mailwizard.inspecting.lexical import Kind, tokens, unquoted
from mailwizard.inspecting.message import Header, Message, NoMessage, read_message
from mailwizard.inspecting.path_verdict import duration
from mailwizard.inspecting.received import read_date, read_received
from mailwizard.inspecting.results import read_results


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a b;c", ["a", "b", ";", "c"]),
        ("a(b (c) d)e", ["a", "(b (c) d)", "e"]),
        ('a="b; (c)" d', ["a=b; (c)", "d"]),
        (r'"a\"b" (c\)d)', ['a"b', r"(c\)d)"]),
        ('(5" disk) x', ['(5" disk)', "x"]),
        ('("a); b (c"@d) e', ['("a); b (c"@d)', "e"]),
        ("(never ends", ["(never ends)"]),
        ('"never ends', ['"never', "ends"]),
        ('""', [""]),
        ("", []),
    ],
)
def test_a_value_is_cut_up(text: str, pieces: list[str]) -> None:
    assert [f"({one.text})" if one.kind is Kind.COMMENT else one.text for one in tokens(text)] == pieces


@given(st.text(alphabet='ab ();"\\\t<>@=', max_size=60))
def test_cutting_up_loses_no_letter(text: str) -> None:
    kept = "".join(one.text for one in tokens(text))
    assert [char for char in kept if char in "ab@"] == [char for char in text if char in "ab@"]
    assert len(unquoted(text)) <= len(text)


@pytest.mark.parametrize(
    ("text", "address", "tls", "protocol"),
    [
        ("from a (b.example [192.0.2.1]) by c with ESMTPS id 1; x", "192.0.2.1", "TLS", "ESMTPS"),
        ("from [10.0.0.1] (unknown [192.0.2.1]) by c with SMTP; x", "192.0.2.1", "", "SMTP"),
        ("from a ([192.0.2.1]:25 helo=[10.1.1.1]) by c with esmtpsa (TLS1.2); x", "192.0.2.1", "TLS 1.2", "esmtpsa"),
        ("from [192.0.2.1] (port=25 helo=[10.0.0.1]) by c with esmtp; x", "192.0.2.1", "", "esmtp"),
        ("from unknown (HELO [10.0.0.1]) (192.0.2.1) by c with SMTP; x", "192.0.2.1", "", "SMTP"),
        ("from 192.0.2.1 (EHLO [10.0.0.1]) by c with SMTPs (version=TLS1_3); x", "192.0.2.1", "TLS 1.3", "SMTPs"),
        ("from a (a. [IPv6:2001:db8::1]) by c with ESMTP; x", "2001:db8::1", "", "ESMTP"),
        ("from a (2001:db8::1) by c with Microsoft SMTP Server id 15; x", "2001:db8::1", "", "Microsoft SMTP Server"),
        ("from a (::ffff:192.0.2.1) by c with HTTP; x", "192.0.2.1", None, "HTTP"),
        ("from TLS1.3.example (TLS1.3 [192.0.2.1]) by c with ESMTP (envelope TLS1_3); x", "192.0.2.1", "", "ESMTP"),
        ("by 2002:a05:: with SMTP id x; y", None, "", "SMTP"),
        ("from a ([192.0.2.1]) by c over TLS secured channel with SVC(7.5); x", "192.0.2.1", "TLS", "SVC"),
        ("from a (b [1.2.3.4.5]) by c with Tls13; x", None, "TLS 1.3", "Tls13"),
        ("", None, None, ""),
        (";;;(((", None, None, ""),
    ],
)  # fmt: skip
def test_a_hop_is_read(text: str, address: str | None, tls: str | None, protocol: str) -> None:
    hop = read_received(text)
    assert (str(hop.address) if hop.address else None, hop.tls, hop.protocol) == (address, tls, protocol)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Tue, 24 Nov 2026 02:00:02 -0800 (PST)", "2026-11-24T10:00:02+00:00"),
        ("24 Nov 2026 10:00:03 -0000", "2026-11-24T10:00:03+00:00"),
        ("Tue, 24 Nov 2026 10:00:03 GMT", "2026-11-24T10:00:03+00:00"),
        ("Tue, 24 Nov 2026 10:00", "2026-11-24T10:00:00+00:00"),
        ("Tue, 99 Nov 2026 10:00:00 +0000", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("never", None),
        ("", None),
    ],
)
def test_a_time_is_read(text: str, utc: str | None) -> None:
    found = read_date(text)
    assert (found.isoformat() if found else None) == utc


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("I <i@example.com>", ("example.com",)),
        ("i@Example.COM.", ("example.com",)),
        ('"ceo@bank.example" <i@example.com>', ("example.com",)),
        ("ceo@bank.example <i@example.com>", ("example.com",)),
        ("i@example.com (ceo@bank.example)", ("example.com",)),
        ('"a@b"@example.com', ("example.com",)),
        ("i@example.com, j@other.example", ("example.com", "other.example")),
        ("<i@example.com>, <j@other.example>", ("example.com", "other.example")),
        ("i at example.com", ()),
        ("", ()),
    ],
)
def test_the_author_is_found(text: str, domains: tuple[str, ...]) -> None:
    assert author_domains(Message((Header(b"From", text.encode()),))) == domains


def test_results_are_read() -> None:
    found = read_results('mx.example.org 1; dkim=pass (a) header.i="@example.com" header.b=ab== ; spf = none; x; none')
    assert found.server == "mx.example.org"
    assert [(one.method, one.verdict, one.domain) for one in found.results] == [
        ("dkim", "pass", "example.com"),
        ("spf", "none", ""),
    ]
    assert found.results[0].properties["header.b"] == "ab=="
    assert read_results("spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com").server == ""


@pytest.mark.parametrize(
    ("one", "other", "is_so"),
    [
        ("mx.google.com", "mail-sor-f41.google.com", True),
        ("pv50.me.com", "spf.icloud.com", True),
        ("a.example.co.uk", "b.example.co.uk", True),
        ("a.one.co.uk", "b.two.co.uk", False),
        ("google.com.evil.example", "mx.google.com", False),
        ("notgoogle.com", "google.com", False),
        ("", "", False),
        ("x", "", False),
    ],
)
def test_kin_is_told_from_strangers(one: str, other: str, is_so: bool) -> None:
    assert are_kin(one, other) is is_so


def test_a_message_is_found_below_whatever_stands_above() -> None:
    for above in (
        b"",
        b"Some words\n",
        b"To: x\n\n",
        b"A page: with words\nSubject: y\nno header\n",
        b"From x Tue\n",
        b"\n\n\n",
    ):
        message = read_message(above + b"Received: by x; y\nFrom: a@example.com\nSubject: z\n\nbody\n")
        assert message.first("received") == "by x; y", above
        assert message.first("subject") == "z"
        assert message.body == b"body\r\n"
    with pytest.raises(NoMessage):
        read_message(b"no\nmessage\n")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 days")]
)
def test_a_duration_is_said(seconds: float, words: str) -> None:
    assert duration(seconds) == words
