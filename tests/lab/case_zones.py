"""The zone files of tests/cases/dns for real name servers: each under a domain as long as example.com.

Three instances of knot play the name servers that the files speak of, on addresses of their own. A server that refuses
has not heard of the zone; one that fails has it in its configuration and no file.
"""

from __future__ import annotations

import base64
import io
import re
import tarfile
from dataclasses import replace

from mailwizard.dns.wanted_record import Wanted
from tests.lab.machine import Lab
from tests.unit.dns.mistake_cases import FOLDER, WANTED, ZoneCase, zone_cases

SERVERS = {"203.0.113.202": "ns1", "203.0.113.203": "ns2", "203.0.113.206": "other"}
RESOLVER = "203.0.113.53"
HERE = "/run/cases"
TOP = "/var/lib/knot/zones/example.zone"
CORRECT = 200  # domains that hold the correct zone
CASES = {f"c{number:02}.example": case for number, case in enumerate(zone_cases())}
_CONF = """\
server:
    rundir: {here}
    listen: {address}@53
database:
    storage: {here}
log:
  - target: {here}/log
    any: info
zone:
"""


def moved(text: str, domain: str) -> str:
    """The text of a case, its domain and the addresses of its name servers replaced."""
    return re.sub(r"\b127\.0\.0\.([236])\b", r"203.0.113.20\1", text).replace("example.com", domain)


def wanted(domain: str) -> list[Wanted]:
    """What this domain wants to publish."""
    return [replace(one, name=moved(one.name, domain), value=moved(one.value, domain)) for one in WANTED]


def is_delegated(case: ZoneCase) -> bool:
    """False for the domain that nobody has registered: its file is the zone above, which the lab has."""
    return "apex" not in case.head


class Served:
    """The zones as they are to lie on the three servers, and what knot made of them."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._files: dict[str, dict[str, str | None]] = {name: {} for name in SERVERS.values()}
        self.delegated = [domain for domain, case in CASES.items() if is_delegated(case)]
        for domain in self.delegated:
            self._lay(domain, CASES[domain])
        correct = next(case for case in CASES.values() if case.name == "correct")
        self.correct = [f"d{number:03}.example" for number in range(CORRECT)]
        for domain in self.correct:
            self._lay(domain, correct)

    def _lay(self, domain: str, case: ZoneCase) -> None:
        for label in ("ns1", "ns2"):
            fault = case.head.get(label, "")
            text = (FOLDER / fault).read_text() if fault.endswith(".zone") else case.text
            if fault != "refused":
                self._files[label][domain] = None if fault == "servfail" else moved(text, domain)
        if also := case.head.get("also"):
            apex, file = also.split()
            self._files["other"][moved(apex, domain)] = moved((FOLDER / file).read_text(), domain)

    def start(self) -> None:
        """Starts the three servers, and delegates the domains to them."""
        script = f"mkdir -p {HERE}; base64 -d | tar -x -C {HERE}; chmod -R a+rX {HERE}"
        self._lab.inet("bash", "-ec", script, stdin=self._archive()).must()
        for address, name in SERVERS.items():
            self._lab.inet("ip", "addr", "replace", f"{address}/32", "dev", "lo").must()
            here = f"{HERE}/{name}"
            run = ("systemd-run", "--quiet", f"--unit=cases-{name}", "--service-type=notify")
            self._lab.inet(*run, "knotd", "-c", f"{here}/knot.conf").must()
        glue = f"cp {TOP} {HERE}/top; cat >>{TOP}; knotc -b zone-reload example; unbound-control flush_zone ."
        self._lab.inet("bash", "-ec", glue, stdin="".join(map(_delegation, [*self.delegated, *self.correct]))).must()

    def stop(self) -> None:
        """Everything as it was."""
        for address, name in SERVERS.items():
            self._lab.inet("systemctl", "stop", f"cases-{name}")
            self._lab.inet("ip", "addr", "del", f"{address}/32", "dev", "lo")
        script = f"cp {HERE}/top {TOP}; knotc -b zone-reload example; unbound-control flush_zone .; rm -r {HERE}"
        self._lab.inet("bash", "-ec", script).must()

    def not_loaded(self) -> set[tuple[str, str]]:
        """Server and apex of each zone file that knot has not taken."""
        found = set()
        for name, files in self._files.items():
            ran = self._lab.inet("knotc", "-s", f"{HERE}/{name}/knot.sock", "zone-status").must()
            loaded = set(re.findall(r"^\[(\S+)\.\] .*serial: \d", ran.stdout, re.MULTILINE))
            found |= {(name, apex) for apex, text in files.items() if text is not None and apex not in loaded}
        return found

    def _archive(self) -> str:
        """All files, as base64 of a tar archive."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for address, name in SERVERS.items():
                conf = [_CONF.format(here=f"{HERE}/{name}", address=address)]
                for apex, text in self._files[name].items():
                    conf.append(f"  - domain: {apex}\n    file: {HERE}/{name}/{apex}.zone\n")
                    if text is not None:
                        _add(archive, f"{name}/{apex}.zone", text)
                _add(archive, f"{name}/knot.conf", "".join(conf))
        return base64.b64encode(packed.getvalue()).decode()


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    archive.addfile(entry, io.BytesIO(data))


def _delegation(domain: str) -> str:
    label = domain.removesuffix(".example")
    pairs = [(name, address) for address, name in SERVERS.items() if name != "other"]
    return "".join(f"{label} NS {name}.{label}\n{name}.{label} A {address}\n" for name, address in pairs)
