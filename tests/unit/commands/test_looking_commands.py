"""`plan`, `health`, `records`: what they print where, as the contract has it, and that they change nothing."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mailwizard
from mailwizard import answers
from mailwizard.answers import ANSWERS_PATH, CREDENTIALS_PATH, Answers
from mailwizard.commands.records import lacking, unseen
from mailwizard.dns.wanted_record import Wanted
from mailwizard.errors import Unreachable
from mailwizard.finding import Status
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.network.own_addresses import OwnAddresses
from mailwizard.publishing.forms import nsupdate_text
from mailwizard.publishing.keys import Keys
from mailwizard.services.records import Wanted as ToPublish
from tests.unit.commands.imagined_server import SENDER, Said, Server

FINDING = {"id", "subject", "status", "title", "expected", "found", "source", "cause", "fix"}
CONTRACT = frozenset(
    {
        "os.release",
        "os.root",
        "os.systemd",
        "os.memory",
        "os.disk",
        "os.clock",
        "os.hostname",
        "os.ports_free",
        "os.firewall",
        "os.smtp_out_ipv4",
        "os.smtp_out_ipv6",
        "ipv6.kernel",
        "ipv6.address",
        "ipv6.route",
        "ipv6.outside",
        "certificate.present",
        "certificate.names",
        "certificate.key",
        "certificate.expiry",
        "certificate.renewal",
        "certificate.served",
        "chasquid.version",
        "chasquid.service",
        "chasquid.port_25",
        "chasquid.port_465",
        "chasquid.port_587",
        "chasquid.hostname",
        "chasquid.relay",
        "chasquid.sender_identity",
        "dkim.key",
        "dns.delegation",
        "dns.a",
        "dns.aaaa",
        "dns.mx",
        "dns.spf",
        "dns.dkim",
        "dns.dmarc",
        "dns.caa",
        "dns.mta_sts",
        "dns.tls_rpt",
        "rdns.ipv4",
        "rdns.ipv6",
        "blocklist.ipv4",
        "blocklist.ipv6",
        "blocklist.domain",
        "senders.account",
        "forwarding.aliases",
        "forwarding.reports",
        "forwarding.seen",
        "backup.repository",
        "backup.fresh",
        "queue.length",
        "log.errors",
        "forecast.spf",
        "forecast.dkim",
        "forecast.dmarc",
        "test_mail.sent",
    }
)
# dns.srv is of the page of mail programs, inspect.* of `inspect --json`
ELSEWHERE = {
    "dns.srv",
    *(f"inspect.{what}" for what in ["alignment", "arc", "delay", "dkim", "dmarc", "ignored", "ipv6", "spf", "tls"]),
}
STATUSES = {"ok", "warning", "failed", "unknown", "skipped"}


def document(said: Said) -> Any:
    assert not said.err
    return json.loads(said.out)


def is_finding(finding: dict[str, object]) -> bool:
    return set(finding) - {"until"} == FINDING and finding["status"] in STATUSES and isinstance(finding["found"], list)


def test_plan_shows_changes_and_what_waits_and_makes_none_of_them(server: Server) -> None:
    before = dict(server.host.files)
    said = server("plan")
    assert said.code == 3 and not said.err
    assert "mail_server: Install chasquid" in said.out and "    + " in said.out.replace("    +", "    + ")
    assert re.search(r"^waiting: mail\.wizard-lab\.example: .* \(dns\.a\)$", said.out, re.MULTILINE)
    assert dict(server.host.files) == before


def test_the_plan_as_json(server: Server) -> None:
    said = server("plan", "--json")
    plan = document(said)
    assert said.code == 3 and set(plan) == {"schema", "changes", "waiting"} and plan["schema"] == 1
    assert all(set(change) == {"step", "kind", "title", "detail", "diff"} for change in plan["changes"])
    assert all(isinstance(value, str) for change in plan["changes"] for value in change.values())
    assert plan["waiting"] and all(is_finding(finding) and finding["fix"] for finding in plan["waiting"])


def test_the_plan_of_one_step(server: Server) -> None:
    plan = document(server("plan", "--json", "--step", "addresses"))
    assert {change["step"] for change in plan["changes"]} == {"addresses"}
    assert all(finding["id"].startswith("ipv6.") for finding in plan["waiting"])


def test_when_all_is_done_there_is_nothing_to_plan(server: Server) -> None:
    server.set_up()
    said = server("plan")
    assert (said.code, said.out, said.err) == (0, "Nothing to do: everything is as the answers say.\n", "")
    assert document(server("plan", "--json")) == {"schema": 1, "changes": [], "waiting": []}


def test_health_as_json(server: Server) -> None:
    said = server("health", "--json")
    health = document(said)
    assert said.code == 2 and list(health) == ["schema", "status", "checked_at", "server", "seconds", "findings"]
    assert (health["schema"], health["status"], health["server"]) == (1, "failed", "mail.wizard-lab.example")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", health["checked_at"])
    assert isinstance(health["seconds"], float) and all(map(is_finding, health["findings"]))


def test_every_failure_says_what_to_do(server: Server) -> None:
    failed = [one for one in document(server("health", "--json"))["findings"] if one["status"] == "failed"]
    assert [one["id"] for one in failed if not one["fix"]] == []
    by_apply = {one["id"] for one in failed if one["fix"] == "mailwizard does it: run `mailwizard apply`."}
    assert {"ipv6.kernel", "chasquid.service", "dkim.key", "senders.account"} <= by_apply
    assert "dns.a" not in by_apply


def test_what_is_to_be_done_is_told_with_the_host_that_was_given(server: Server) -> None:
    server.host.option = "--host ops@vps"
    told = "run `mailwizard --host ops@vps apply`."
    failed = document(server("health", "--json"))["findings"]
    assert any(told in one["fix"] for one in failed) and not any("`mailwizard apply" in one["fix"] for one in failed)
    assert told in server("health", "--plain").out


def test_the_findings_are_those_of_the_contract(server: Server) -> None:
    server.set_up()
    said = server("health", "--json")
    health = document(said)
    assert said.code in (0, 1) and health["status"] in ("ok", "warning")
    found = {finding["id"] for finding in health["findings"]}
    assert found == CONTRACT


def test_no_other_finding_is_told_anywhere() -> None:
    areas = "|".join({id.partition(".")[0] for id in CONTRACT})
    texts = {node.value for node in _constants() if isinstance(node.value, str)}
    ids = {text for text in texts if re.fullmatch(rf"({areas}|inspect)\.[a-z0-9_]+", text)}
    known = CONTRACT | ELSEWHERE
    assert {id for id in ids if not any(one.startswith(id) for one in known)} == set()  # "rdns.ipv" is to be gone on


def _constants() -> Iterator[ast.Constant]:
    for path in Path(mailwizard.__file__).parent.rglob("*.py"):
        yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))


def test_health_as_text_ends_with_the_sum(server: Server) -> None:
    said = server("health", "--plain")
    assert said.code == 2 and not said.err
    last = said.out.splitlines()[-1]
    assert re.match(
        r"mail\.wizard-lab\.example: failed \(\d+ failed, .*\), looked at \d\d:\d\d:\d\d UTC, [\d.]+ s$", last
    )
    assert re.search(r"^FAILED   ", said.out, re.MULTILINE) and re.search(
        r"^         to fix   ", said.out, re.MULTILINE
    )


def test_health_of_one_domain(server: Server) -> None:
    health = document(server("health", "--json", "--domain", "Wizard-Lab.example."))
    assert {finding["subject"].rsplit("@")[-1] for finding in health["findings"]} == {"wizard-lab.example"}
    unknown = server("health", "--json", "--domain", "elsewhere.example")
    assert unknown.code == 2 and not unknown.out and '"elsewhere.example" is none of the domains' in unknown.err


def test_where_the_machine_is_lost_health_cannot_tell(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: object) -> None:
        raise Unreachable("The connection broke.")

    monkeypatch.setattr(server.host, "stat", lost)
    said = server("health", "--plain")
    assert (said.code, said.out, said.err) == (3, "", "mailwizard: The connection broke.\n")


def test_records_as_json(server: Server) -> None:
    server.set_up()
    said = server("records", "--json")
    records = document(said)
    assert said.code == 0
    assert all(set(record) == {"name", "type", "value", "ttl", "strings", "purpose", "status"} for record in records)
    dkim = next(record for record in records if record["purpose"] == "dkim")
    assert "".join(dkim["strings"]) == dkim["value"] and all(len(string) <= 255 for string in dkim["strings"])
    assert {record["purpose"] for record in records} >= {"a", "aaaa", "mx", "spf", "dkim", "dmarc"}
    assert {record["status"] for record in records} == {"ok"}


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("table", r"^  Name   wizard-lab\.example$"),
        ("zone", r"^wizard-lab\.example\. 3600 IN MX 10 mail\.wizard-lab\.example\.$"),
        ("nsupdate", r"^update add wizard-lab\.example\. 3600 MX 10 mail\.wizard-lab\.example\.$"),
    ],
)
def test_records_in_every_form(server: Server, form: str, pattern: str) -> None:
    server.set_up()
    said = server("records", "--format", form)
    assert said.code == 0 and not said.err and re.search(pattern, said.out, re.MULTILINE), said


def test_a_record_that_could_not_be_looked_up_is_warned_about() -> None:
    spf = Wanted("example.com", "TXT", "v=spf1 -all", purpose="spf")
    (said,) = unseen([(spf, Status.UNKNOWN), (spf, Status.OK)])
    assert said.startswith("No answer about TXT example.com: ")
    assert unseen([(spf, Status.OK), (spf, Status.FAILED)]) == []


def test_an_address_that_is_not_known_is_told_but_for_the_family_that_is_off() -> None:
    both, four = Answers(), Answers(server=answers.Server(ipv6="off"))
    nothing = ToPublish([], Keys({}, {}), OwnAddresses("", ""))
    assert [line.split()[0] for line in lacking(nothing, both)] == ["A", "AAAA"]
    assert [line.split()[0] for line in lacking(nothing, four)] == ["A"]


def test_a_zone_that_is_not_known_is_left_to_nsupdate() -> None:
    known, unknown = Wanted("a.example", "A", "192.0.2.1", "a"), Wanted("b.example", "A", "192.0.2.1", "a")
    text = nsupdate_text([known, unknown], {"a.example": "a.example", "b.example": ""}, {})
    assert text.splitlines() == [
        *("zone a.example.", "update add a.example. 3600 A 192.0.2.1", "send", ""),
        *("update add b.example. 3600 A 192.0.2.1", "send"),
    ]


def test_a_record_that_is_not_known_yet_is_told_beside_the_others(server: Server) -> None:
    said = server("records", "--json")
    assert said.code == 0 and "dkim" not in {record["purpose"] for record in json.loads(said.out)}
    assert said.err == "mailwizard: DKIM of wizard-lab.example is not among these records: the key is not made yet.\n"
    server.set_up()
    server.host.is_root, server.host.disk.user = False, "me"
    assert "DKIM of wizard-lab.example is not among these records: " in server("records").err


BAD = "credentials.env: line 1: it is not KEY=VALUE. Put /etc/mailwizard/credentials.env right"


def test_bad_credentials_that_are_kept_are_told_where_they_are_needed(server: Server) -> None:
    server.host.files[CREDENTIALS_PATH] = ImaginaryFile(b"nonsense\n", 0o600)
    health, plan = document(server("health", "--json")), document(server("plan", "--json"))
    for findings in (health["findings"], plan["waiting"]):
        assert [finding["id"] for finding in findings if BAD in finding["fix"]] == ["certificate.present"]
    assert not [change for change in plan["changes"] if change["step"] == "certificate"]
    assert server("records").code == 0 and server("sender", "list").code == 0


def test_where_the_certificate_stands_bad_credentials_break_its_renewal(server: Server) -> None:
    server.set_up()
    server.host.files[CREDENTIALS_PATH] = ImaginaryFile(b"nonsense\n", 0o600)
    health = document(server("health", "--json"))
    assert [finding["id"] for finding in health["findings"] if BAD in finding["fix"]] == ["certificate.renewal"]
    assert server("apply").code == 3


def test_records_of_the_answers_that_are_named(server: Server) -> None:
    server.host.files["/other.toml"] = ImaginaryFile(
        server.host.files[ANSWERS_PATH].content.replace(b"quarantine", b"reject"), 0o644
    )
    assert "p=reject" in server("records", "--answers", "/other.toml").out
    assert "p=reject" not in server("records").out


def test_what_a_hostile_dns_answers_is_shown_harmless(server: Server) -> None:
    server.set_up()
    hostile = "v=DMARC1; p=none; \x1b]0;owned\x07\x1b[2J\u202e"
    for record in server.world.records:
        if record.name.startswith("_dmarc"):
            record.value = hostile.encode().decode("latin-1")
    for words in (("health", "--plain"), ("plan",), ("records",), ("apply",), ("sender", "check", SENDER)):
        said = server(*words)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", said.out + said.err), words
    assert "\\x1b" in server("health", "--plain").out
