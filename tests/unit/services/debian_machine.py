"""An imaginary Debian that installs packages, runs units, keeps users, and has an acme.sh that issues certificates."""

from __future__ import annotations

from collections.abc import Mapping

from mailwizard.acme.plugins import script_path
from mailwizard.debian.mirror import KNOWN
from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.host.imaginary_files import ImaginaryFile
from mailwizard.host.protocol import Ran
from tests.unit.acme.certificates import pair

RELEASES = {
    "trixie": ("debian", "13", {"acme.sh": "3.1.1-1", "chasquid": "1.15.0-1+b4"}),
    "bookworm": ("debian", "12", {"chasquid": "1.11-2+b2"}),
    "jammy": ("ubuntu", "22.04", {"chasquid": "1.8-1"}),
    "noble": ("ubuntu", "24.04", {"chasquid": "1.13-1"}),
}
TESTING = {"acme.sh": "3.1.5", "chasquid": "1.19.0-1"}
MIRROR = "http://mirror.example/debian"
NEEDED = ("curl", "openssl", "ca-certificates", "bind9-dnsutils", "adduser")


class DebianMachine(ImaginaryHost):
    """`installed` has package versions, `running` and `enabled` units; `acme_says` is a failure of acme.sh."""

    def __init__(self, codename: str = "trixie", *, root: bool = True) -> None:
        kind, version, self.stable = RELEASES[codename]
        release = f'ID={kind}\nVERSION_ID="{version}"\nVERSION_CODENAME={codename}\n'
        keyring = {} if kind == "ubuntu" else {"/usr/share/keyrings/debian-archive-keyring.gpg": b"k"}
        folders = ("/etc", "/etc/apt/preferences.d", "/etc/apt/sources.list.d", "/var/lib", "/etc/systemd/system")
        made = {path: ImaginaryFile(is_dir=True, mode=0o755) for path in folders}
        mirror = {f"{KNOWN[0]}/dists/forky/InRelease": (200, b"Origin: Debian\n")}
        super().__init__({"/etc/os-release": release, **keyring, **made}, pages=mirror, root=root)
        self.codename = codename
        self.installed: dict[str, str] = dict.fromkeys(NEEDED, "1")
        self.groups: set[str] = set()
        self.running: set[str] = set()
        self.enabled: set[str] = set()
        self.lists_have_testing = False
        self.acme_says = ""
        self.newer: tuple[str, ...] = ()
        self.environments: list[Mapping[str, str]] = []
        self.commands = {
            ("apt-get", "indextargets", ...): f"{MIRROR}/ {codename}\n" if kind == "debian" else "",
            ("apt-get", ...): self._apt,
            ("apt-cache", "policy", ...): self._policy,
            ("dpkg-query", ...): self._query,
            ("getent", ...): lambda words, _, __: Ran(words, 0 if words[2] in self.groups else 2, "", ""),
            ("adduser", ...): self._adduser,
            ("systemctl", ...): self._systemctl,
            ("flock", ...): self._acme,
            ("find", "/var/lib/apt/lists", ...): "/var/lib/apt/lists/x_InRelease\n",
            ("find", ...): lambda words, _, __: "\n".join(path for path in self.newer if "-maxdepth" in words),
            ("stat", ...): "",
            ("date", ...): "0",
            ("journalctl", ...): "daemon listening on [::]:25\n",
        }

    def candidate(self, name: str) -> str:
        """What apt would install by the lists and pins."""
        pinned = f"/etc/apt/preferences.d/mailwizard-{name.replace('.', '-')}" in self.files
        sourced = "/etc/apt/sources.list.d/mailwizard.sources" in self.files
        return TESTING[name] if pinned and sourced and self.lists_have_testing else self.stable.get(name, "")

    def _apt(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        if "update" in words:
            self.lists_have_testing = "/etc/apt/sources.list.d/mailwizard.sources" in self.files
        for name in words[words.index("--no-install-recommends") + 1 :] if "install" in words else ():
            self.installed[name] = self.candidate(name) if name in TESTING else "1"
            if name == "acme.sh":
                for plugin in ("dns_cf", "dns_nsupdate"):
                    self.files[script_path(plugin)] = ImaginaryFile(b"#")
            if name == "chasquid":
                self.running.add("chasquid.service")
                self.enabled.add("chasquid.service")
        return Ran(words, 0, "", "")

    def _policy(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> str:
        return "".join(f"{name}:\n  Candidate: {self.candidate(name) or '(none)'}\n" for name in words[2:])

    def _query(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        if words[1] == "-W":
            version = self.installed.get(words[-1], "")
            return Ran(words, 0 if version else 1, f"installed {version}" if version else "", "")
        rows = "".join(f"ii \t{name}\n" for name in words[3:] if name in self.installed)
        return Ran(words, 0, rows, "")

    def _adduser(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> str:
        self.groups.add("chasquid")
        return ""

    def _systemctl(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        verb, unit = words[1], words[-1]
        if verb == "enable":
            self.enabled.add(unit)
        if verb in ("enable", "restart"):
            self.running.add(unit)
            self.newer = ()
        if verb == "is-failed":
            return Ran(words, 1, "inactive\n", "")
        if verb in ("is-enabled", "is-active"):
            fits = unit in (self.enabled if verb == "is-enabled" else self.running)
            word = "enabled" if verb == "is-enabled" else "active"
            return Ran(words, 0 if fits else 1, f"{word if fits else 'in' + word}\n", "")
        return Ran(words, 0, self._shown(unit) if verb == "show" else "", "")

    def _shown(self, unit: str) -> str:
        on, boot = unit in self.running, unit in self.enabled
        since = "Tue 2026-11-24 08:00:00.000000 UTC" if on else ""
        return (
            f"LoadState={'loaded' if boot else 'not-found'}\nActiveState={'active' if on else 'inactive'}\n"
            f"UnitFileState={'enabled' if boot else ''}\nResult=success\nNRestarts=0\nNeedDaemonReload=no\n"
            f"ExecMainStartTimestamp={since}\nNextElapseUSecRealtime=Tue 2026-11-24 15:00:00 UTC\n"
        )

    def _acme(self, words: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> Ran:
        self.environments.append(env)
        if "--issue" in words:
            return self._issued(words)
        if "--install-cert" in words:
            folder = f"{words[words.index('--home') + 1]}/{words[words.index('-d') + 1]}_ecc"
            for option, name in (("--key-file", "x.key"), ("--fullchain-file", "fullchain.cer")):
                path = words[words.index(option) + 1]
                old = self.files[path]
                content = self.files[f"{folder}/{name}"].content
                self.files[path] = ImaginaryFile(content, old.mode, old.owner, old.group)
        return Ran(words, 0, "", "")

    def _issued(self, words: tuple[str, ...]) -> Ran:
        if self.acme_says:
            return Ran(words, 1, "", self.acme_says)
        home, plugin = words[words.index("--home") + 1], words[words.index("--dns") + 1]
        names = [words[place + 1] for place, word in enumerate(words) if word == "-d"]
        chain, key = pair(*names)
        server = {"letsencrypt": "https://acme-v02.api.letsencrypt.org/directory"}.get(
            words[words.index("--server") + 1], "x"
        )
        folder = f"{home}/{names[0]}_ecc"
        self.disk.make_folder(folder, ImaginaryFile(is_dir=True, mode=0o700))
        conf = f"Le_Domain='{names[0]}'\nLe_API='{server}'\nLe_Webroot='{plugin}'\n".encode()
        for name, content in ((f"{names[0]}.conf", conf), ("fullchain.cer", chain), ("x.key", key)):
            self.files[f"{folder}/{name}"] = ImaginaryFile(content, 0o600)
        return Ran(words, 0, "Cert success.", "")
