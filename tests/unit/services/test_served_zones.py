"""Zones with mistakes, served by name servers of the test: what `health` says of each, and of nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from mailwizard.finding import Finding, Status
from tests.unit.dns.name_server import Net, Reply, ZoneData, zone_text
from tests.unit.services.served import (
    SELECTOR,
    SERVERS,
    V4,
    V6,
    answers,
    dkim_value,
    look,
    rows,
    served,
    strings,
)

OK, WARNING, FAILED, UNKNOWN = Status.OK, Status.WARNING, Status.FAILED, Status.UNKNOWN
SPF, DKIM, DMARC = "dns.spf example.com", "dns.dkim", "dns.dmarc"
US, RUA = "a:smtp.example.com", "rua=mailto:rua@example.com"
KEY = dkim_value()
P = KEY.partition("p=")[2]
TEN = " ".join(f"include:i{n}.example.com" for n in range(10))
INCLUDED = "\n".join(f'i{n} TXT "v=spf1 ip4:192.0.2.{n} -all"' for n in range(10))
NEITHER = {"dmarc": "", "aaaa": ""}
OTHER = {
    "other.example": zone_text(
        {"ns.other.example": "127.0.0.4"},
        'd A 192.0.2.9\n_spf TXT "v=spf1 ip4:192.0.2.0/24 ~all"',
        apex="other.example",
    )
}


def spf(*texts: str) -> dict[str, str]:
    return {"spf": "\n".join(f"@ TXT {strings(text)}" for text in texts)}


def dkim(*texts: str) -> dict[str, str]:
    return {"dkim": "\n".join(f"{SELECTOR}._domainkey TXT {strings(text)}" for text in texts)}


def dmarc(*texts: str) -> dict[str, str]:
    return {"dmarc": "\n".join(f"_dmarc TXT {strings(text)}" for text in texts)}


def wrong(found: dict[str, Finding]) -> dict[str, tuple[Status, str]]:
    return {id: (f.status, f.cause) for id, f in found.items() if f.status not in (OK, Status.SKIPPED)}


GOOD = [
    {},
    spf(f"v=spf1 {US} {TEN.rpartition(' ')[0]} ~all") | {"x": INCLUDED},  # ten look-ups exactly
    spf(f"v=spf1 {US} a:x1.example.com a:x2.example.com ~all"),  # two that find nothing
    spf(f"V=SPF1 IP4:{V4} IP6:2001:DB8:7:0:0:0:0:7 -ALL"),
    spf(f"v=spf1 {US} ~all", "spf2.0/pra ?all"),
    spf("v=spf1 redirect=_r.example.com") | {"x": f'_r TXT "v=spf1 {US} -all"'},
    {"spf": f'@ TXT "v=spf1 {US} " "~all"'},
    dkim(f"v=DKIM1;\tk=rsa; h=sha1:sha256; s=*; p= {P[:60]} {P[60:]} ;"),
    dkim(f"p={P}"),
    {"dkim": f"{SELECTOR}._domainkey CNAME k1\nk1 CNAME k2\nk2 TXT {strings(KEY, 100, 200, 300)}"},
    dmarc("v=DMARC1;p=QUARANTINE;rua=mailto:RUA@example.com!10m;"),
    {"dmarc": f'_DMARC TXT "v=DMARC1; {RUA}; sp=reject; p=quarantine; np=reject; psd=n; adkim=s"', "a": f"SMTP A {V4}"},
    {"mx": "@ MX 0 SMTP.Example.COM.\n@ MX 20 d.other.example."},
    {"x": '@ CAA 0 ISSUE "LetsEncrypt.org"\n@ CAA 128 iodef "mailto:a@example.com"'},
    {"x": f'* TXT "v=spf1 -all"\n* A {V4}\n* MX 10 smtp'},
]


@pytest.mark.parametrize("changes", GOOD, ids=range(len(GOOD)))
async def test_a_good_zone_names_nothing(changes: dict[str, str]) -> None:
    async with served(rows(changes), OTHER) as net:
        assert wrong(await look(net)) == {}


BAD: list[tuple[dict[str, str], dict[str, tuple[Status, str]], str]] = [
    # SPF
    (spf(f"v=spf1 {US} {TEN} ~all") | {"x": INCLUDED}, {SPF: (FAILED, "too_many_lookups")}, "must take 10 at most"),
    (spf(f"v=spf1 {US} a:x1.example.com a:x2.example.com exists:x3.example.com ~all"), {SPF: (FAILED, "void_lookups")},
     f"to: v=spf1 {US} ~all"),
    (spf(f"v=spf1 {US} a:o1.example.com a:o2.example.com a:o3.example.com ~all")
     | {"x": "o1 A 192.0.2.1\no2 A 192.0.2.2\no3 A 192.0.2.3"}, {SPF: (FAILED, "void_lookups")},
     "The names in a:o1.example.com, a:o2.example.com and a:o3.example.com have addresses of one kind only"),
    (spf(f"v=spf1 {US} include:gone.example.com ~all"), {SPF: (FAILED, "other_value")}, f"to: v=spf1 {US} ~all"),
    (spf("v=spf1 redirect=example.com"), {SPF: (FAILED, "other_value")}, f"to: v=spf1 {US} ~all"),
    (spf(f"v=spf1 {US} include:_o.example.com ~all") | {"x": '_o TXT "v=spf1 +all"'}, {SPF: (FAILED, "plus_all")},
     f"to: v=spf1 {US} ~all"),
    (spf(f"v=spf1 {US} ip4:0.0.0.0/0 -all"), {SPF: (FAILED, "plus_all")}, f"to: v=spf1 {US} -all"),
    ({"spf": f'@ TXT "v=spf1 {US}" "include:_spf.other.example ~all"'}, {SPF: (FAILED, "other_value")},
     f"to: v=spf1 {US} include:_spf.other.example ~all"),
    ({"spf": f'@ TXT "v=spf1 ip4:{V4}" "ip6:{V6} ~all"'}, {SPF: (FAILED, "other_value")},
     f"to: v=spf1 {US} ip4:{V4} ip6:{V6} ~all"),
    (spf('"v=spf1 include:_spf.other.example -all"'), {SPF: (FAILED, "quotes_in_value")},
     f"to: v=spf1 {US} include:_spf.other.example -all"),
    (spf("v=spf1; include:_spf.other.example; -all"), {SPF: (FAILED, "other_value")},
     f"to: v=spf1 {US} include:_spf.other.example -all"),
    (spf(f"v=spf1 {US} –all"), {SPF: (FAILED, "typographic_dash")}, f"to: v=spf1 {US} -all"),
    (spf("v=spf1 exists:%{ir}.%{v}.sp.example.com -all") | {"x": "7.100.51.198.in-addr.sp A 127.0.0.2"},
     {SPF: (FAILED, "other_value")}, f"does not let {V6} send"),
    (spf(f"v=spf1 {US} " + " ".join(f"ip4:192.0.2.{n}" for n in range(35)) + " ~all"), {SPF: (WARNING, "")}, "450"),
    (spf("v=spf1 ptr ~all"), {SPF: (WARNING, "")}, "Name the hosts"),
    # DKIM
    (dkim(f"v=DKIM1; h=sha1; p={P}"), {DKIM: (FAILED, "other_value")}, "The record says h=sha1"),
    (dkim(f"v=DKIM1; t=y; p={P}"), {DKIM: (WARNING, "")}, "t=y says that you only test"),
    (dkim(f"v=DKIM1; k=ed25519; p={P}"), {DKIM: (FAILED, "other_value")}, "k=ed25519"),
    (dkim("v=DKIM1; p="), {DKIM: (FAILED, "revoked_key")}, KEY),
    (dkim(KEY[255:] + KEY[:255]), {DKIM: (FAILED, "other_value")}, KEY),
    (dkim(KEY[:255]), {DKIM: (FAILED, "cut_at_255")}, KEY),
    (dkim(KEY, "google-site-verification=x"), {DKIM: (FAILED, "two_records")}, "Delete the other one"),
    (dkim("v=DMARC1; p=none"), {DKIM: (FAILED, "other_value")}, KEY),
    # DMARC
    (dmarc("v=dmarc1; p=none; rua=mailto:x@example.com"), {DMARC: (FAILED, "other_value")},
     "to: v=DMARC1; p=quarantine; rua=mailto:x@example.com,mailto:rua@example.com"),
    (dmarc("v=DMARC1; p=quarantine; rua=rua@example.com"), {DMARC: (FAILED, "other_value")}, RUA),
    (dmarc(f"v=DMARC1; p=quarantine; {RUA}", "v=DMARC1; p=none; rua=mailto:x@other.example"),
     {DMARC: (FAILED, "two_records")},
     "value: v=DMARC1; p=quarantine; rua=mailto:x@other.example,mailto:rua@example.com"),
    (dmarc(f"v=DMARC1; p=quarantine; {RUA},mailto:x@other.example"), {DMARC: (WARNING, "")},
     "publish the TXT record example.com._report._dmarc.other.example with the value v=DMARC1"),
    (dmarc(f"v=DMARC1; p=quarantine; {RUA}; t=y"), {DMARC: (WARNING, "")}, "t=y"),
    (dmarc(f"v=DMARC1; p=quarantine; {RUA}; psd=y"), {DMARC: (WARNING, "")}, "psd=y"),
    (dmarc(f"v=DMARC1; p=quarantine; {RUA}; ;"), {DMARC: (WARNING, "")}, "Two semicolons stand together."),
    ({"dmarc": "_dmarc CNAME x\nx CNAME _dmarc"}, {DMARC: (FAILED, "wrong_type")}, "leads in a circle"),
    ({"dmarc": f'www TXT "v=DMARC1; p=quarantine; {RUA}"'}, {DMARC: (FAILED, "missing")}, "Publish a TXT record"),
    # hosts
    ({"mx": "* MX 10 smtp"}, {"dns.mx": (FAILED, "missing")}, "Publish an MX record at example.com"),
    ({"mx": "@ MX 0 ."}, {"dns.mx": (FAILED, "other_value")}, "says that example.com takes no mail"),
    ({"a": f"* A {V4}"}, {"dns.a": (FAILED, "missing"), "rdns.ipv4": (FAILED, "missing")}, "Publish"),
    ({"a": "smtp A 10.0.0.1"}, {"dns.a": (FAILED, "other_value"), "rdns.ipv4": (FAILED, "other_value")}, V4),
    # CAA
    ({"x": '@ CAA 0 issue "letsencrypt.org"\n@ CAA 128 foo "x"'}, {"dns.caa": (FAILED, "other_value")},
     'Delete at example.com the CAA record 128 foo "x"'),
    ({"x": '@ CAA 0 issue "\\"letsencrypt.org\\""'}, {"dns.caa": (FAILED, "quotes_in_value")}, "Delete the quotes"),
    ({"x": '@ CAA 0 issue "letsencrypt.org"\n@ CAA 0 issuewild ";"'}, {"dns.caa": (FAILED, "other_value")},
     'beside what stands there: CAA 0 issuewild "letsencrypt.org"'),
    # several at once
    (spf("v=spf1 -all", "v=spf1 mx -all") | dkim(KEY[:300]) | {"mx": "@ MX 10 smtp.example.com"} | NEITHER,
     {SPF: (FAILED, "two_records"), DKIM: (FAILED, "truncated"), "dns.mx": (FAILED, "name_doubled"),
      DMARC: (FAILED, "missing"), "dns.aaaa": (FAILED, "missing"), "rdns.ipv6": (FAILED, "missing")}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected", "words"), BAD, ids=range(len(BAD)))
async def test_a_bad_zone_names_its_mistakes_alone(
    changes: dict[str, str], expected: dict[str, tuple[Status, str]], words: str
) -> None:
    async with served(rows(changes), OTHER) as net:
        found = await look(net)
    assert wrong(found) == expected
    assert all(words in found[id].fix for id in expected)


async def test_every_finding_says_who_was_asked() -> None:
    async with served(rows({"dmarc": ""})) as net:
        found = await look(net)
    for finding in found.values():
        assert re.search(r"ns[12]\.example\.com \(127\.0\.0\.[23]\)", finding.source), finding
    for server, address in SERVERS.items():
        assert f"{server} ({address})" in found[DMARC].source
        assert f"{server} ({address})" in found["dns.delegation"].source


async def test_what_the_fix_says_to_publish_is_what_is_expected() -> None:
    async with served(rows(spf(f"v=spf1 {US} include:gone.example.com include:_spf.other.example ~all")), OTHER) as net:
        finding = (await look(net))[SPF]
    assert finding.expected == f"v=spf1 {US} include:_spf.other.example ~all"
    assert finding.fix.endswith(finding.expected)


async def test_an_include_of_ones_own_answers_stays() -> None:
    given = answers(spf_include=("_spf.example.com",))
    async with served(rows(spf(f"v=spf1 {US} include:_spf.example.com ~all"))) as net:
        found = await look(net, given)
    finding = found["dns.spf example.com SPF record"]
    assert (finding.status, finding.cause) == (FAILED, "other_value")
    assert "Publish what is missing, or take include:_spf.example.com out of spf_include" in finding.fix


async def test_a_name_that_is_an_alias_has_its_caa_records_at_the_target() -> None:
    given = answers()
    given = replace(
        given,
        server=replace(given.server, hostname="mail.example.com"),
        certificate=replace(given.certificate, wildcard=False),
    )
    zones = {
        "ca.example": zone_text({"ns.ca.example": "127.0.0.4"}, 'd CAA 0 issue "other.example"', apex="ca.example")
    }
    async with served(rows({"x": "mail CNAME d.ca.example."}), zones) as net:
        found = await look(net, given)
    assert found["dns.caa"].fix.startswith("Publish at d.ca.example,")


SOA = ZoneData.parse("example.com", zone_text(SERVERS, apex="example.com")).sets["example.com", 6]
OLD = ZoneData.parse(
    "example.com",
    zone_text(SERVERS, f"_dmarc 900 TXT old\n{SELECTOR}._domainkey 700 CNAME k.other.example.", apex="example.com"),
).sets


@pytest.mark.parametrize(
    ("name", "reply", "seconds", "remembered"),
    [
        ("_dmarc.example.com", Reply(3, 0x80, [], SOA), 300, "127.0.0.53: no such record"),
        ("_dmarc.example.com", Reply(0, 0x80, OLD["_dmarc.example.com", 16]), 900, "127.0.0.53: old"),
        (f"{SELECTOR}._domainkey.example.com", Reply(3, 0x80, OLD[f"{SELECTOR}._domainkey.example.com", 5], SOA), 700,
         "127.0.0.53: CNAME k.other.example"),
    ],
)  # fmt: skip
async def test_a_resolver_that_lags_has_its_clock(name: str, reply: Reply, seconds: int, remembered: str) -> None:
    began = datetime.now(timezone.utc)
    async with served(rows()) as net:
        net.at("127.0.0.53").remembered[name, "TXT"] = reply
        found = await look(net)
    (id,) = wrong(found)
    finding = found[id]
    assert (finding.status, finding.cause, finding.found) == (FAILED, "not_yet_everywhere", (remembered,))
    assert finding.until is not None
    assert timedelta() <= finding.until - began - timedelta(seconds=seconds) < timedelta(seconds=60)
    assert finding.fix == "Nothing to do but wait: 127.0.0.53 still remembers what stood there before."
    assert finding.source.endswith("authoritative; 127.0.0.53, resolver")


async def test_several_resolvers_remember() -> None:
    async with served(
        rows({"ns": "ns3 A 127.0.0.54"}), {"x.example": zone_text({"x.x.example": "127.0.0.54"}, apex="x.example")}
    ) as net:
        for address in ("127.0.0.53", "127.0.0.54"):
            net.at(address).recursive, net.at(address).zones = True, net.at("127.0.0.53").zones
            net.at(address).remembered["_dmarc.example.com", "TXT"] = Reply(3, 0x80, [], SOA)
        finding = (await look(net, resolvers=("127.0.0.53", "127.0.0.54")))[DMARC]
    assert "127.0.0.53 and 127.0.0.54 still remember what" in finding.fix
    assert finding.source.endswith("127.0.0.53 and 127.0.0.54, resolvers")


async def test_what_no_resolver_can_fetch_is_not_ok_and_not_missing() -> None:
    async with served(rows()) as net:
        net.at("127.0.0.53").remembered["_dmarc.example.com", "TXT"] = Reply(2, 0x80)
        found = await look(net)
    assert wrong(found) == {DMARC: (UNKNOWN, "no_answer")}
    assert "DNSSEC" in found[DMARC].fix
    assert found[DMARC].found[-1] == "127.0.0.53: SERVFAIL"


def silent(net: Net) -> None:
    net.at("127.0.0.3").silent = True


def failing(net: Net) -> None:
    for address in SERVERS.values():
        net.at(address).rcode = 2


def refusing(net: Net) -> None:
    net.at("127.0.0.3").rcode = 5


@pytest.mark.parametrize(
    ("fault", "status", "cause", "words"),
    [
        (silent, UNKNOWN, "no_answer", "ns2.example.com (127.0.0.3): timed out"),
        (failing, UNKNOWN, "no_answer", "ns1.example.com (127.0.0.2): SERVFAIL"),
        (refusing, WARNING, "lame_delegation", "ns2.example.com (127.0.0.3) does not serve example.com"),
    ],
)
async def test_servers_that_do_not_serve(fault: object, status: Status, cause: str, words: str) -> None:
    async with served(rows()) as net:
        assert callable(fault)
        fault(net)
        found = await look(net)
    assert (found["dns.delegation"].status, found["dns.delegation"].cause) == (status, cause)
    assert words in found["dns.delegation"].found[-1]
    assert found[DMARC].status is (FAILED if status is WARNING else UNKNOWN)
    assert found[DMARC].cause == cause
    assert "Publish" not in found[DMARC].fix  # it stands at the servers that serve the zone, or may stand


async def test_a_dead_address_of_a_server_that_answers_is_told_and_no_more() -> None:
    async with served(rows({"x": "ns2 A 127.0.0.7"})) as net:
        net.at("127.0.0.7").silent = True
        found = await look(net)
    assert wrong(found) == {}
    assert found["dns.delegation"].found[-1] == "ns2.example.com (127.0.0.7): timed out"


async def test_an_old_server_is_waited_for_until_it_must_have_asked() -> None:
    async with served(rows()) as net:
        text = zone_text(SERVERS, rows({"dmarc": ""}), apex="example.com", serial=0)
        net.at("127.0.0.3").zones["example.com"] = ZoneData.parse("example.com", text)
        found = await look(net)
    assert wrong(found) == {
        "dns.delegation": (WARNING, "not_yet_everywhere"),
        DMARC: (FAILED, "not_yet_everywhere"),
    }
    assert found["dns.delegation"].until and found[DMARC].until
    assert found[DMARC].fix.startswith("ns1.example.com has the TXT record")
