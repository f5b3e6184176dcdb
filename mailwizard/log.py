"""Every command that was run and its output, secrets masked: in a file, and the last lines in memory."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import stat
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote, quote_plus

from mailwizard.secret import Secret
from mailwizard.text import printable

MASK = "***"
_KEPT = 500  # lines
_MOST_LINES = 400  # of one command's output
_BASE64 = "[A-Za-z0-9+/_-]"
_SHORTEST = 4  # characters; masking "a" in every line would leave nothing to read


class CommandLog:
    """A log at `path` (0600, appended to), or in memory alone when there is none or it cannot be written.

    Looking must work for an ordinary user and on a read-only disk, so a log that cannot be written is no error.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.heard: Callable[[str], None] | None = None  # gets what is told; the line as it was masked
        self._descriptor: int | None = None
        self._lines: deque[str] = deque(maxlen=_KEPT)
        self._masked: list[str] = []
        self._buried: re.Pattern[str] | None = None
        self._cores: set[str] = set()

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, oldest first, 500 at most."""
        return tuple(self._lines)

    def hide(self, secret: Secret) -> None:
        """From now on `secret` and its usual encodings are written as ***.

        A secret shorter than four characters is masked only where it stands as a whole line: cut out of every word
        it would leave nothing readable, and would still be easy to guess from the gaps.
        """
        known = set(self._masked) | forms_of(secret.reveal())
        self._masked = sorted((form for form in known if form), key=len, reverse=True)
        self._cores |= cores_of(secret.reveal())
        if self._cores:
            inside = "|".join(re.escape(core) for core in sorted(self._cores))
            self._buried = re.compile(rf"{_BASE64}*(?:{inside}){_BASE64}*=*")

    def masked(self, text: str) -> str:
        """`text` with every hidden secret as ***."""
        if self._buried is not None:
            text = self._buried.sub(MASK, text)
        for form in self._masked:
            if len(form) >= _SHORTEST:
                text = text.replace(form, MASK)
            elif text.strip() == form:
                text = MASK
        return text

    def write(self, line: str) -> None:
        """One line, masked and printable, with its time in UTC (ISO 8601)."""
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = f"{now} {printable(self.masked(line)).rstrip()}".replace("\n", "\n    ")
        self._lines.append(text)
        self._append(f"{text}\n".encode())

    def tell(self, line: str) -> None:
        """`write`, and whoever listens (`heard`) gets the line too, without its time: the user is to know at once."""
        self.write(line)
        if self.heard is not None:
            self.heard(printable(self.masked(line)).rstrip())

    def close(self) -> None:
        """Closes the file; a later line opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self, data: bytes) -> None:
        if self.path is None:
            return
        try:
            if self._descriptor is None:
                self._descriptor = _opened(self.path)
            os.write(self._descriptor, data)
        except OSError:  # no right, read-only or full disk: the lines stay in memory, and nothing else may fail for it
            self.close()
            self.path = None


class Output:
    """What one command says: each line goes to the log, and masked to `report`; the log keeps the beginning of a long
    output, which as a rule is another log that is read again and again."""

    def __init__(self, log: CommandLog, argv: Sequence[str], report: Callable[[str], None] | None) -> None:
        self._log, self._report, self._lines = log, report, 0
        log.write(f"$ {shlex.join(argv)}")

    def line(self, line: str) -> None:
        """One line of it."""
        self._lines += 1
        if self._lines <= _MOST_LINES:
            self._log.write(line)
        if self._report is not None:
            self._report(self._log.masked(line))

    def end(self, how: object) -> None:
        """It ended, with an exit status or an error."""
        left = self._lines - _MOST_LINES
        self._log.write(f"= {how}" if left <= 0 else f"= {how} ({left} more lines are not kept here)")


def _opened(path: Path) -> int:
    """Raises OSError. Nothing planted at the path leads the log elsewhere, and a pipe is not waited for.

    Ubuntu's /var/log may be written by the group syslog: a file of theirs would let them read what is logged, and
    through a link of theirs to a file of root's our lines would become its content (link(2)).
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        # the path is looked at after it was opened: a link that is gone by now has led to another file
        opened, named = os.fstat(descriptor), path.lstat()
        is_one = os.path.samestat(opened, named) and named.st_nlink == 1
        if not (stat.S_ISREG(opened.st_mode) and is_one and named.st_uid == os.geteuid()):
            raise FileExistsError(f"{path} is not a file of ours")
        os.fchmod(descriptor, 0o600)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def forms_of(text: str) -> set[str]:
    """The ways a secret appears in output: itself, each of its lines, URL-quoted, JSON-escaped, base64 (AUTH LOGIN)."""
    raw = text.encode("utf-8", "surrogateescape")
    plain = base64.b64encode(raw).decode("ascii")
    forms = {
        text,
        quote(text, safe="", errors="replace"),
        quote_plus(text, errors="replace"),
        quote(text, errors="replace"),
    }
    forms |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], plain, plain.rstrip("=")}
    forms |= {base64.urlsafe_b64encode(raw).decode("ascii"), raw.hex(), printable(text)}
    # a key comes back line by line; short lines of it ("}") are no secret
    forms |= {line.strip() for line in text.splitlines() if len(line.strip()) >= 8} if "\n" in text else set()
    return forms


def cores_of(text: str) -> set[str]:
    """What base64 makes of a secret in the middle of other text, as in AUTH PLAIN (RFC 4616) or Basic (RFC 7617).

    Three bytes become four characters, so there are three ways, by where the secret begins; only the characters that
    no neighbour has a part in. None for a secret so short that they would occur by chance.
    """
    raw = text.encode("utf-8", "surrogateescape")
    cores = set()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).decode("ascii")
        core = whole[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
        cores |= {core, core.translate(str.maketrans("+/", "-_"))} if len(core) >= 6 else set()
    return cores
