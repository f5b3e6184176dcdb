"""A real OpenSSH server for one test session: its own port, keys and accounts file; nobody else's is touched."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
USER = getpass.getuser()


@dataclass
class Sshd:
    """A server and the home of a user who may log in there."""

    folder: Path
    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def where(self) -> str:
        """What `--host` is given."""
        return f"{USER}@127.0.0.1:{self.port}"

    @property
    def known_hosts(self) -> Path:
        """The user's file of accepted host keys."""
        return self.home / ".ssh/known_hosts"

    def host_key(self) -> str:
        """ "ssh-ed25519 AAAA..."."""
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    def accept(self) -> None:
        """The user has accepted the host key."""
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {self.host_key()}\n")

    def start(self, *options: str, environment: str = "") -> None:
        """Starts it, with further lines of sshd_config and variables of a login."""
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.folder}/host_key",
            f"AuthorizedKeysFile {self.folder}/authorized_keys",
            f"PidFile {self.folder}/sshd.pid",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            f"SetEnv HOME={self.folder} {environment}",  # the user's own shell files must not have a say
            *options,
        ]
        (self.folder / "sshd_config").write_text("\n".join(lines) + "\n")
        assert SSHD
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        log = self.folder / "log"
        self.process = subprocess.Popen([SSHD, "-D", "-f", self.folder / "sshd_config", "-E", log])
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"sshd did not start: {log.read_text()}")

    def renew(self) -> None:
        """Gives it another host key, as a server has that was installed anew."""
        for file in self.folder.glob("host_key*"):
            file.unlink()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "host_key"], check=True)

    def cut(self) -> None:
        """Ends the connections that stand, as a network does that fails; what runs in them is not touched."""
        for pid in self._serving():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """The connections that stand say nothing more, and do not end: a cable that was pulled."""
        for pid in self._serving():
            os.kill(pid, signal.SIGSTOP)

    def _serving(self) -> list[int]:
        """The pids of the processes that serve a connection, not of what runs in it."""
        assert self.process
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        below = subprocess.run(["pgrep", "-P", ",".join(found), "-x", "sshd"], capture_output=True, text=True)
        return [int(pid) for pid in [*found, *(below.stdout.split() if found else [])]]

    def stop(self) -> None:
        """No more connections, and those that stand end."""
        if self.process is not None:
            self.cut()
            self.process.terminate()
            self.process.wait()
            self.process = None


def prepared(folder: Path) -> Sshd:
    """A server that is not started, with a user's home: a key that is allowed in, no host key accepted."""
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    for file in (folder / "host_key", home / ".ssh/id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    shutil.copy(home / ".ssh/id_ed25519.pub", folder / "authorized_keys")
    return Sshd(folder, home, port)
