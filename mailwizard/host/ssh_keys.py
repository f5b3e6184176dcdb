"""The user's private keys: in the agent and in files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mailwizard.secret import Secret

if TYPE_CHECKING:
    from paramiko import PKey


def passphrase_question(file: str) -> str:
    """What the user is asked for a key's passphrase."""
    return f"Passphrase of the key {file}"


def key_of(file: str, passphrase: Secret | None) -> PKey | None:
    """The private key in a file; None when it cannot be opened (so), or is none that is understood."""
    from paramiko import PKey, SSHException
    from paramiko.pkey import UnknownKeyType

    try:
        # by position: paramiko 5 renamed the argument. Bytes: its types say text, which it cannot read a key with
        return PKey.from_path(file, passphrase.reveal().encode() if passphrase else None)  # type: ignore[arg-type]
    except (SSHException, UnknownKeyType, OSError, ValueError, TypeError):
        return None


def needs_passphrase(file: str) -> bool:
    """True when there is a private key in the file that is encrypted."""
    from paramiko import PKey, SSHException
    from paramiko.pkey import UnknownKeyType

    try:
        PKey.from_path(file)
    except TypeError:  # how the library below says it
        return True
    except (SSHException, UnknownKeyType, OSError, ValueError):
        return False
    return False


def agent_keys(files: Sequence[str]) -> tuple[list[PKey], list[PKey]]:
    """The agent's keys: those whose public half lies beside one of the files, and the others. None without an agent."""
    from paramiko import Agent, SSHException

    try:
        keys = Agent().get_keys()
    except (SSHException, OSError):
        return [], []
    named = {blob for file in files if (blob := _public(f"{file}.pub"))}
    return [key for key in keys if key.asbytes() in named], [key for key in keys if key.asbytes() not in named]


def _public(file: str) -> bytes:
    try:
        return base64.b64decode(Path(file).read_text(encoding="ascii", errors="replace").split()[1])
    except (OSError, IndexError, binascii.Error):
        return b""
