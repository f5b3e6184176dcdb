"""What is to be said of chasquid's version, its service, its name and its hook: facts in, findings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailwizard.finding import Finding, Status
from mailwizard.mta import chasquid_conf, hook, units
from mailwizard.mta.origin import Origin, good_enough, holes_sentence
from mailwizard.mta.units import Running
from mailwizard.text import one_line

NOT_INSTALLED = "chasquid is not installed yet"
NOTHING_UPDATES_IT = "it was built from source here: nothing updates it"
_UNRESTRICTABLE = (
    "This server is a container in which systemd may not restrict a service (226/NAMESPACE). Ask your hosting company "
    'to allow it ("nesting"), or for a server that is no container.'
)


def judge_version(version: str, origin: Origin, trouble: str = "", held_back: str = "") -> Finding:
    """The finding `chasquid.version`; `trouble` is why the wanted one cannot be had, ending with what to do;
    `held_back` is a newer version that unattended upgrades do not install by themselves."""
    known = holes_sentence(version) if version else ""
    remark = NOTHING_UPDATES_IT if version and origin is Origin.SOURCE else ""
    basic = Finding(
        "chasquid.version",
        Status.OK,
        "chasquid's version",
        expected="1.19 or later, without known holes",
        found=tuple(words for words in (version or NOT_INSTALLED, known, remark) if words),
        source="readlink /usr/local/bin/chasquid-util" if origin is Origin.SOURCE else "dpkg-query -W chasquid",
        cause="known_holes" if known else "",
    )
    if not good_enough(version, origin):
        return replace(basic, status=Status.FAILED, fix=trouble)
    if known:
        return replace(basic, status=Status.WARNING, fix='Set chasquid = "auto" in setup.toml, [server], and apply.')
    return _held_back(basic, held_back) if held_back else basic


def _held_back(basic: Finding, newer: str) -> Finding:
    why = f"{newer} is ready, and unattended-upgrades does not install it: a configuration file of it was changed"
    fix = "Apply the step Mail server: it installs the new version, and your configuration stays."
    return replace(basic, status=Status.WARNING, cause="held_back", found=(*basic.found, why), fix=fix)


def judge_service(
    state: Running | None, installed: bool, newer: Sequence[str], drop_ins_due: bool, last_words: str = ""
) -> Finding:
    """The finding `chasquid.service`. `newer`: the files that changed since it started; `drop_ins_due`: its own
    restrictions are not in place; `last_words`: what it said when it ended."""
    faults = [] if state is None or not installed else _faults(state, newer, drop_ins_due)
    faults += [f"its last words: {last_words}"] if faults and last_words else []
    if state is None:
        status, found = Status.UNKNOWN, ["systemd does not answer"]
    elif not installed:
        status, found = Status.FAILED, [NOT_INSTALLED]
    else:
        status, found = Status.FAILED if faults else Status.OK, faults or _running(state)
    return Finding(
        "chasquid.service",
        status,
        "chasquid's service",
        expected="runs, starts at each boot, hardened, with its configuration as it stands",
        found=tuple(map(one_line, found)),
        source=f"systemctl show {units.SERVICE}",
        fix=_UNRESTRICTABLE if installed and state and state.unrestrictable else "",
    )


def _running(state: Running) -> list[str]:
    since = f"runs since {units.to_the_second(state.since)}"
    return [since, f"PID {state.pid}, {units.restarted(state)}"] if state.pid else [since]


def _faults(state: Running, newer: Sequence[str], drop_ins_due: bool) -> list[str]:
    return [
        *([] if state.active else [f"it does not run ({state.result or 'stopped'})"]),
        *([] if state.enabled else ["it does not start at boot"]),
        *(["its restrictions are not in place"] if drop_ins_due else []),
        *(["systemd has not read its unit files since they changed"] if state.reload_due else []),
        *(f"{path} is newer than its start" for path in newer),
    ]


def judge_hostname(conf: str | None, hostname: str, banner: str) -> Finding:
    """The finding `chasquid.hostname`: what the configuration says, and what port 25 says where it answers."""
    name = chasquid_conf.hostname_in(conf) if conf is not None else ""
    said = banner.split()[1] if len(banner.split()) > 1 and banner.startswith("220") else ""
    fits = name == hostname and said in ("", hostname)
    return Finding(
        "chasquid.hostname",
        Status.OK if fits else Status.FAILED,
        "HELO name",
        expected=hostname,
        found=tuple(one_line(text) for text in (name or "not set", f"{said} (port 25)" if said else "") if text),
        source=chasquid_conf.PATH,
    )


def judge_hook(found: bytes | None, wanted: bytes, executable: bool) -> Finding:
    """The finding `chasquid.sender_identity`."""
    fits = found == wanted and executable
    what = "in place" if fits else "not executable" if found == wanted else "another hook" if found else "no hook"
    return Finding(
        "chasquid.sender_identity",
        Status.OK if fits else Status.FAILED,
        "Senders keep to their domain",
        expected="a hook that refuses another domain in the envelope or in From",
        found=(what,),
        source=hook.PATH,
    )
