"""The secrets in one encrypted file: a tar archive (GNU, for long names) within age (age-encryption.org/v1).

Owners and modes stand in the archive, so that the timer's script can make the same with tar(1) and age(1).
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping

from mailwizard.errors import HostError
from mailwizard.saving.allowed import Kind, kind_of
from mailwizard.saving.manifest import BrokenBackup, Entry, shown
from mailwizard.secret import Secret

_MOST_FILES, _MOST_BYTES = 2000, 50_000_000


class WrongIdentity(HostError):
    """The identity does not open the archive."""


def sealed(entries: Iterable[Entry], contents: Mapping[str, bytes], recipient: str) -> bytes:
    """The encrypted archive. Raises HostError when the recipient is none."""
    import pyrage

    try:
        to = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise HostError(
            "age_recipient in your answers is no public key of age. Make one: `mailwizard backup --new-key`."
        ) from None
    return bytes(pyrage.encrypt(_tar(entries, contents), [to]))


def opened(archive: bytes, identity: Secret) -> dict[Entry, bytes]:
    """What the archive holds, each file checked like a manifest's. Raises WrongIdentity or BrokenBackup."""
    import pyrage

    try:
        key = pyrage.x25519.Identity.from_str(identity.reveal())
    except pyrage.IdentityError:
        raise WrongIdentity(
            'That is no identity of age, which begins with "AGE-SECRET-KEY-1". Nothing was changed.'
        ) from None
    try:
        return _files(bytes(pyrage.decrypt(archive, [key])))
    except pyrage.DecryptError:
        raise WrongIdentity(
            "This identity does not open the backup's secrets: they were encrypted to another key, or the archive is "
            "damaged. Nothing was changed."
        ) from None


def digest_of(entries: Iterable[Entry]) -> str:
    """A digest over what the archive is to hold. The timer's script computes the same."""
    lines = (f"{one.sha256} {one.mode:o} {one.owner} {one.group} {one.path}\n" for one in sorted(entries))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def new_identity() -> tuple[Secret, str]:
    """A new identity and its public key (the recipient)."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    return Secret(str(identity)), str(identity.to_public())


def _tar(entries: Iterable[Entry], contents: Mapping[str, bytes]) -> bytes:
    to = io.BytesIO()
    with tarfile.open(fileobj=to, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for entry in sorted(entries):
            facts = tarfile.TarInfo(entry.path.lstrip("/"))
            facts.size, facts.mode = len(contents[entry.path]), entry.mode
            facts.uname, facts.gname = entry.owner, entry.group
            archive.addfile(facts, io.BytesIO(contents[entry.path]))
    return to.getvalue()


def _files(packed: bytes) -> dict[Entry, bytes]:
    """Read member by member; nothing is ever extracted by tarfile itself."""
    found: dict[Entry, bytes] = {}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as archive:
            for facts in archive:
                total += facts.size
                if len(found) >= _MOST_FILES or total > _MOST_BYTES:
                    raise BrokenBackup("The backup's secrets are more than any mail server has.")
                entry, content = _member(archive, facts)
                found[entry] = content
    except (tarfile.TarError, ValueError, OverflowError, EOFError):  # tarfile lets numbers that are none through
        raise BrokenBackup("The backup's secrets are damaged: what was encrypted is no tar archive.") from None
    if len({entry.path for entry in found}) != len(found):
        raise BrokenBackup("The backup's secrets name a file twice.")
    return found


def _member(archive: tarfile.TarFile, facts: tarfile.TarInfo) -> tuple[Entry, bytes]:
    path = f"/{facts.name}"
    reader = archive.extractfile(facts) if facts.isreg() else None
    if reader is None or kind_of(path) is not Kind.SECRET:
        raise BrokenBackup(f"Among the backup's secrets is {shown(path)}, which is no secret file of a mail server.")
    content = reader.read()
    if facts.mode & 0o7002:
        raise BrokenBackup(f"The backup wants {path} to be writable by everybody (mode {facts.mode:04o}).")
    return Entry(
        path,
        facts.uname or str(facts.uid),
        facts.gname or str(facts.gid),
        facts.mode,
        hashlib.sha256(content).hexdigest(),
    ), content
