from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.dns.tls_rpt import judge, owner, parse, record


@pytest.mark.parametrize(
    ("text", "rua", "faults"),
    [
        (record("tls@example.com"), ("mailto:tls@example.com",), 0),
        (
            "v=TLSRPTv1;rua=mailto:a@example.com, https://example.com/r;x=y",
            ("mailto:a@example.com", "https://example.com/r"),
            0,
        ),
        ("v=TLSRPTv1; rua=tls@example.com", ("tls@example.com",), 1),
        ("v=TLSRPTv1; rua=http://example.com/", ("http://example.com/",), 1),
        ("v=TLSRPTv1;", (), 1),
        ("v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@b.example", ("mailto:a@b.example",), 1),
        ("v=TLSRPTv2; rua=mailto:a@b.example", (), 1),
    ],
)
def test_reads_records(text: str, rua: tuple[str, ...], faults: int) -> None:
    found = parse(text)
    assert found.rua == rua and len(found.faults) == faults


def test_one_record_counts() -> None:
    text = record("tls@example.com")
    assert judge([]) is None and judge(["v=spf1 -all"]) is None
    assert judge(["other", text]) == parse(text)
    two = judge([text, text])
    assert two and not two.rua and two.faults
    assert owner("example.com") == "_smtp._tls.example.com"


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert parse(text).faults or parse(text).rua
    assert parse(f"v=TLSRPTv1;{text}").faults or parse(f"v=TLSRPTv1;{text}").rua
