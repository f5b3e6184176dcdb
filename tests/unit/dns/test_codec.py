"""The codec against dnspython's: equal on what is well formed, never a crash or a hang on anything else."""

from __future__ import annotations

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwizard.dns.message import decode, question
from mailwizard.dns.names import Malformed, NotAName, from_wire, is_within, normal, parent, reverse_name, to_wire

labels = st.binary(min_size=1, max_size=20)
names = st.lists(labels, max_size=6).map(lambda parts: dns.name.Name([*parts, b""]))
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
u8, u16, u32 = st.integers(0, 255), st.integers(0, 65535), st.integers(0, 2**31 - 1)


@st.composite
def rdata(draw: st.DrawFn) -> dns.rdata.Rdata:
    kind = draw(st.sampled_from(["A", "AAAA", "MX", "TXT", "NS", "CNAME", "PTR", "CAA", "SOA", "TLSA", "SRV", "HINFO"]))
    if kind == "A":
        text = str(draw(st.ip_addresses(v=4)))
    elif kind == "AAAA":
        text = str(draw(st.ip_addresses(v=6)))
    elif kind == "MX":
        text = f"{draw(u16)} {draw(names)}"
    elif kind == "TXT":
        strings = draw(st.lists(st.binary(max_size=255), min_size=1, max_size=4))
        text = " ".join('"' + "".join(f"\\{byte:03}" for byte in string) + '"' for string in strings)
    elif kind == "CAA":
        text = f'{draw(u8)} issue "{draw(words)}"'.replace("\\", "/")
        text = text if text.count('"') == 2 else '0 iodef "mailto:a@example.com"'
    elif kind == "SOA":
        text = f"{draw(names)} {draw(names)} " + " ".join(str(draw(u32)) for _ in range(5))
    elif kind == "TLSA":
        text = f"{draw(u8)} {draw(u8)} 0 {draw(st.binary(min_size=1, max_size=64)).hex()}"
    elif kind == "SRV":
        text = f"{draw(u16)} {draw(u16)} {draw(u16)} {draw(names)}"
    elif kind == "HINFO":
        text = '"a" "b"'
    else:
        text = str(draw(names))
    return dns.rdata.from_text("IN", kind, text)


@st.composite
def messages(draw: st.DrawFn) -> dns.message.Message:
    query = dns.message.make_query(draw(names), draw(st.sampled_from(["A", "MX", "TXT", "SOA"])), use_edns=True)
    reply = dns.message.make_response(query)
    reply.flags |= draw(st.sampled_from([0, dns.flags.AA, dns.flags.RA, dns.flags.TC]))
    reply.set_rcode(dns.rcode.Rcode(draw(st.sampled_from([0, 2, 3, 5]))))
    for section in (reply.answer, reply.authority, reply.additional):
        for data in draw(st.lists(rdata(), max_size=4)):
            section.append(dns.rrset.from_rdata(draw(names), draw(u32), data))
    return reply


def facts(message: dns.message.Message) -> list[tuple[dns.name.Name, int, dns.rdata.Rdata]]:
    return [
        (rrset.name, rrset.ttl, data)
        for section in (message.answer, message.authority, message.additional)
        for rrset in section
        for data in rrset
    ]


@settings(deadline=None)
@given(messages())
def test_reads_what_dnspython_writes(message: dns.message.Message) -> None:
    wire = message.to_wire(max_size=65535)
    ours = decode(wire)
    read = [*ours.answer, *ours.authority, *ours.additional]
    expected = facts(message)
    assert len(read) == len(expected)
    for record, (name, ttl, data) in zip(read, expected, strict=True):
        assert dns.name.from_text(record.name + ".") == name
        assert record.ttl == ttl
        assert as_dnspython(record.type, record.value, record.strings) == (data.to_wire() or b"").lower()
    assert ours.rcode == message.rcode()
    assert ours.authoritative == bool(message.flags & dns.flags.AA)
    assert ours.truncated == bool(message.flags & dns.flags.TC)


def as_dnspython(kind: str, value: str, strings: tuple[bytes, ...]) -> bytes:
    """The wire form that dnspython makes of our text, in lower case."""
    if kind == "TXT":
        assert value == b"".join(strings).decode("latin-1")
        return b"".join(bytes((len(string),)) + string for string in strings).lower()
    origin = dns.name.root
    wire = dns.rdata.from_text("IN", kind, value, origin=origin, relativize=False).to_wire()
    assert wire is not None
    return wire.lower()


@settings(deadline=None, max_examples=400)
@given(st.binary(max_size=300))
def test_no_bytes_crash_it(data: bytes) -> None:
    for wire in (data, b"\1\2\x84\0\0\1\0\2\0\1\0\1" + data):
        try:
            decode(wire)
        except Malformed:
            continue


@settings(deadline=None, max_examples=400)
@given(messages(), st.lists(st.tuples(st.integers(2, 4000), u8), min_size=1, max_size=6), st.integers(0, 200))
def test_no_damage_crashes_it(message: dns.message.Message, damage: list[tuple[int, int]], cut: int) -> None:
    wire = bytearray(message.to_wire(max_size=65535))
    for at, value in damage:
        wire[at % len(wire)] = value
    try:
        decode(bytes(wire[: len(wire) - cut]))
    except Malformed:
        return


@settings(deadline=None, max_examples=300)
@given(messages(), st.tuples(st.integers(0, 4000), u8))
def test_accepts_what_dnspython_accepts(message: dns.message.Message, damage: tuple[int, int]) -> None:
    wire = bytearray(message.to_wire(max_size=65535))
    wire[12 + damage[0] % (len(wire) - 12)] = damage[1]
    try:
        theirs = dns.message.from_wire(bytes(wire), one_rr_per_rrset=True)
    except Exception:  # noqa: BLE001 (whatever dnspython raises for damaged bytes)
        return
    if all(rrset.rdclass == 1 for rrset in theirs.answer + theirs.authority + theirs.additional):
        ours = decode(bytes(wire))
        assert len(ours.answer) == sum(len(rrset) for rrset in theirs.answer)


def test_pointers_that_go_round_or_forwards_are_refused() -> None:
    header = b"\1\2\x84\0\0\1\0\0\0\0\0\0"
    for name in (b"\xc0\x0c", b"\xc0\x0e", b"\1a\xc0\x0c", b"\xc0\xff"):
        with pytest.raises(Malformed):
            decode(header + name + b"\0\1\0\1")


def test_a_long_stair_of_pointers_ends() -> None:
    stair = b"\1\2\x84\0\0\0\xff\xff\0\0\0\0\0" + b"".join(
        (0xC000 | max(12, 13 + 2 * n - 2)).to_bytes(2, "big") for n in range(8000)
    )
    with pytest.raises(Malformed):
        decode(stair)
    with pytest.raises(Malformed):
        from_wire(stair, 13 + 2 * 7999)


def test_a_question_is_random_and_carries_edns() -> None:
    packets = {question("mail.example.com", "MX", recursive=False).packet for _ in range(20)}
    assert len(packets) == 20
    for packet in packets:
        theirs = dns.message.from_wire(packet)
        assert str(theirs.question[0].name).lower() == "mail.example.com."
        assert theirs.payload == 1232
        assert not theirs.flags & dns.flags.RD
    assert len({packet[12:30] for packet in packets}) > 15  # letter case
    assert dns.message.from_wire(question("a.example", "TXT", recursive=True).plain).flags & dns.flags.RD


@given(names)
def test_names_go_there_and_back(name: dns.name.Name) -> None:
    text = normal(from_wire(name.to_wire() or b"", 0)[0])
    assert dns.name.from_text(text + ".") == name
    assert to_wire(text) == (name.canonicalize().to_wire() or b"")


def test_names_that_are_none_are_refused() -> None:
    for text in ("a..b", ".a", "a" * 64, ".".join(["a" * 60] * 5), "a\\", "\\999.b"):
        with pytest.raises(NotAName):
            to_wire(text)


def test_international_names_are_sent_as_a_labels() -> None:
    assert to_wire("Bücher.example") == b"\x0dxn--bcher-kva\x07example\0"


def test_what_lies_in_what() -> None:
    assert is_within("a.example.com", "example.com")
    assert is_within("example.com", "example.com")
    assert is_within("example.com", "")
    assert not is_within("badexample.com", "example.com")
    assert parent("example.com") == "com"
    assert parent("com") == ""
    assert parent(r"a\.b.com") == "com"
    assert reverse_name("198.51.100.7") == "7.100.51.198.in-addr.arpa"
    assert reverse_name("2001:db8::1").endswith("0.8.b.d.0.1.0.0.2.ip6.arpa")


def test_the_explanation_of_an_error_is_told() -> None:
    reply = dns.message.make_response(dns.message.make_query("example.com", "A", use_edns=True))
    reply.set_rcode(dns.rcode.SERVFAIL)
    reply.use_edns(options=[dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "signature expired")])
    assert decode(reply.to_wire()).status == "SERVFAIL (signature expired)"
    reply.use_edns(options=[dns.edns.EDEOption(dns.edns.EDECode.NO_REACHABLE_AUTHORITY)])
    assert decode(reply.to_wire()).status == "SERVFAIL (EDE 22)"
