"""What is to be said of the certificate: facts in, findings out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailwizard.acme import places
from mailwizard.acme.explain import explain
from mailwizard.acme.names import covers
from mailwizard.acme.pem import Facts
from mailwizard.acme.renewal import TIMER, Renewal
from mailwizard.answers import CREDENTIALS_PATH
from mailwizard.dns.caa import CaaSet
from mailwizard.finding import Finding, Status
from mailwizard.host.protocol import FileStat
from mailwizard.mta.ports import Answered
from mailwizard.text import one_line

SOON = timedelta(days=10)  # a renewal has failed for days by then: acme.sh renews 30 days after issue
TITLES = {
    "present": "Certificate",
    "names": "Names in the certificate",
    "key": "Private key",
    "expiry": "Expiry",
    "renewal": "Renewal",
    "served": "Certificate at the ports",
}


def finding(
    what: str, status: Status, expected: str, found: Sequence[str], source: str, *, cause: str = "", fix: str = ""
) -> Finding:
    """The finding `certificate.WHAT`."""
    lines = tuple(one_line(line) for line in found)
    return Finding(f"certificate.{what}", status, TITLES[what], "", expected, lines, source, cause, fix)


def missing(hostname: str, why: str, trouble: str) -> list[Finding]:
    """The findings where there is no certificate; `trouble` is why none can be ordered, ending with what to do."""
    source, failed, skipped = places.chain_path(hostname), Status.FAILED, Status.SKIPPED
    present = finding("present", failed, f"one for {hostname}", [why], source, cause="missing", fix=trouble)
    others = [finding(what, skipped, "", [why], source) for what in ("names", "key", "expiry", "served")]
    return [present, *others]


def judge_present(facts: Facts, authority: str, hostname: str) -> Finding:
    """A certificate of Let's Encrypt's staging side is none: nobody trusts it."""
    trial = authority == "letsencrypt" and "STAGING" in facts.issuer.upper()
    status = Status.FAILED if trial else Status.OK
    cause = "other_value" if trial else ""
    expected = "issued by the authority that was chosen"
    return finding("present", status, expected, [f"by {facts.issuer}"], places.chain_path(hostname), cause=cause)


def judge_names(facts: Facts, wanted: Sequence[str], hostname: str) -> Finding:
    """Every wanted name must be in it or under a wildcard of it."""
    lacking = [name for name in wanted if name not in facts.names and not covers(facts.names, name)]
    status = Status.FAILED if lacking else Status.OK
    return finding("names", status, ", ".join(wanted), facts.names, places.chain_path(hostname))


def judge_key(stat: FileStat | None, fits: bool | None, group_known: bool, hostname: str) -> Finding:
    """Its owner and mode, and whether it belongs to the certificate (`fits`; None: it may not be read by this user)."""
    path = places.key_path(hostname)
    group = places.KEY_GROUP if group_known else "root"
    expected = f"{places.KEY_MODE:04o} root:{places.KEY_GROUP}, belongs to the certificate"
    if stat is None:
        return finding("key", Status.FAILED, expected, ["no key"], path)
    words = f"{stat.mode:04o} {stat.owner}:{stat.group}"
    if (stat.mode & 0o777, stat.owner, stat.group) != (places.KEY_MODE, "root", group):
        return finding("key", Status.FAILED, expected, [words], path)
    if fits is None:
        return finding("key", Status.UNKNOWN, expected, [words, "only root can see whether it fits"], path)
    found = [words, "belongs to the certificate" if fits else "belongs to another certificate"]
    return finding("key", Status.OK if fits else Status.FAILED, expected, found, path)


def judge_expiry(facts: Facts, now: datetime, hostname: str) -> Finding:
    """Expired is a failure; less than ten days left, a warning: the renewal should have come long before."""
    left = facts.ends - now
    status = Status.FAILED if left <= timedelta() else Status.WARNING if left < SOON else Status.OK
    found = f"{facts.ends:%Y-%m-%d %H:%M} UTC, {max(left.days, 0)} days left"
    fix = "See why the renewal fails: journalctl -u mailwizard-acme" if status is Status.WARNING else ""
    expected = f"{SOON.days} days or more left"
    return finding("expiry", status, expected, [found], places.chain_path(hostname), fix=fix)


def judge_renewal(state: Renewal | None, authority: str = "letsencrypt", unusable: str = "") -> Finding:
    """The timer must run, its last run must have ended well, and the plugin's variables must do for the next;
    `unusable` says why they do not, ending with what to do."""
    expected, source = "the timer runs, its last run was good", f"systemctl status {TIMER}"
    if unusable:
        found = ["the DNS plugin's variables cannot be used"]
        return finding(
            "renewal", Status.FAILED, expected, found, CREDENTIALS_PATH, cause="renewal_failed", fix=unusable
        )
    if state is None:
        return finding("renewal", Status.UNKNOWN, expected, ["systemd does not answer"], source)
    if not (state.enabled and state.active) or state.files_due:
        what = "its files are not in place" if state.files_due else "the timer does not run"
        return finding("renewal", Status.FAILED, expected, [what], source)
    if state.failure or state.result not in ("success", ""):
        when, _, said = state.failure.partition("\n")
        found = [f"the last run failed{f' at {when}' if when else ''}", *([explain(said, authority)] if said else [])]
        fix = "Read its words with: journalctl -u mailwizard-acme; then run: systemctl start mailwizard-acme"
        return finding("renewal", Status.WARNING, expected, found, source, cause="renewal_failed", fix=fix)
    return finding("renewal", Status.OK, expected, [f"next run: {state.next_run or 'not known'}"], source)


def judge_served(der: bytes, ports: Sequence[Answered], hostname: str) -> Finding:
    """Each port must present the certificate of the file; a chasquid that was not restarted presents the old one."""
    expected, source = "the certificate of the file", "ports " + ", ".join(str(answered.port) for answered in ports)
    if not any(answered.banner for answered in ports):
        return finding("served", Status.SKIPPED, expected, ["no mail server answers yet"], source)
    found, worst = [], Status.OK
    for answered in ports:
        status, words = _presented(answered, der)
        found.append(f"{answered.port}: {words}")
        worst = max(worst, status, key=lambda one: one.weight)
    fix = f"Run: systemctl restart chasquid, then look at {places.folder(hostname)}." if worst is Status.FAILED else ""
    return finding("served", worst, expected, found, source, cause="other_value" if fix else "", fix=fix)


def _presented(answered: Answered, der: bytes) -> tuple[Status, str]:
    if answered.certificate:
        same = answered.certificate == der
        return (Status.OK, "the same") if same else (Status.FAILED, "another certificate")
    if answered.silent:
        return Status.UNKNOWN, answered.trouble
    return Status.FAILED, answered.trouble or "no TLS"


def judge_caa(name: str, found: CaaSet, add: Sequence[str]) -> Finding:
    """The finding `dns.caa` of one name; `add` are the records without which the authority may not issue for it."""
    unknown = ": ".join(filter(None, (found.unknown.server, found.unknown.why))) if found.unknown else ""
    status = Status.UNKNOWN if found.unknown else Status.FAILED if add else Status.OK
    values = tuple(one_line(f'{record.flags} {record.tag} "{record.value}"') for record in found.records)
    cause = "quotes_in_value" if found.quoted else "other_value"
    return Finding(
        "dns.caa",
        status,
        "CAA record",
        name,
        "none, or one that allows the authority",
        (one_line(unknown),) if found.unknown else values or ("none",),
        f"CAA of {found.owner or name}" + (f": {found.source}, authoritative" if found.source else ""),
        "no_answer" if found.unknown else cause if add else "",
        _caa_fix(found, found.owner or name, add) if add else "",
    )


def _caa_fix(found: CaaSet, owner: str, add: Sequence[str]) -> str:
    if found.obstacles:  # adding one helps nobody
        which = " and ".join(f'{one.flags} {one.tag} "{one.value}"' for one in found.obstacles)
        return one_line(f"Delete at {owner} the CAA record {which}: no authority may issue while it stands.")
    quotes = "Delete the quotes inside of the CAA value, or: " if found.quoted else ""
    return f"{quotes}Publish at {owner}, beside what stands there: CAA {' and CAA '.join(add)}"
