"""A last look before anything is pushed: no secret of this server may stand in an open file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mailwizard.errors import HostError

_PRIVATE = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_TELLING = (
    re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"),
    re.compile(rb"AGE-SECRET-KEY-1[A-Z0-9]{20}"),
    re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{30}|glpat-[A-Za-z0-9_-]{20})"),
)
# salts and hashes in a users file; its keys are the accounts' names, which stand in the open everywhere
_QUOTED = re.compile(rb'(\bkey\s*:\s*)?"((?:[^"\\\n]|\\.)*)"')
_SETTING = re.compile(
    rb"^\s*(?:export\s+)?(?:SAVED_)?([A-Za-z_][A-Za-z0-9_]*)=[\"']?([^\"'\n]*)[\"']?\s*$", re.MULTILINE
)
_WORD = re.compile(rb"[^\s\"']{24,}")
_SHORTEST = 6  # characters; a shorter value would be found everywhere


class Leak(HostError):
    """An open file of the backup holds a secret."""


def marks_of(path: str, content: bytes) -> set[bytes]:
    """What a secret file is recognised by elsewhere: lines of its key, hashes of its accounts, values of variables."""
    if blocks := _PRIVATE.findall(content):
        return {line.strip() for block in blocks for line in block.splitlines() if len(line.strip()) >= 16}
    name = path.rpartition("/")[2]
    if name == "users":
        return {text for key, text in _QUOTED.findall(content) if not key and len(text) >= 12}
    if name.endswith((".env", ".conf")):
        return {value for key, value in _SETTING.findall(content) if key.decode() in secret_names()} - _short(content)
    return set() if name.endswith((".cer", ".csr", ".pem")) else set(_WORD.findall(content))


def _short(content: bytes) -> set[bytes]:
    return {value for _, value in _SETTING.findall(content) if len(value) < _SHORTEST}


@lru_cache(maxsize=1)
def secret_names() -> frozenset[str]:
    """The variables of all DNS plugins that hold a secret."""
    from mailwizard.acme.plugins import plugins

    return frozenset(v.name for plugin in plugins().values() for v in plugin.all_variables if v.secret)


def refuse_leaks(opens: Mapping[str, bytes], secrets: Mapping[str, bytes]) -> None:
    """Returns when no open file has a private key, a token, or a mark of a secret file. Both: contents by path.

    Raises Leak, which names the file and never the secret.
    """
    marks = {mark for path, content in secrets.items() for mark in marks_of(path, content)}
    found = sorted(path for path, content in opens.items() if _holds(content, marks))
    if found:
        raise Leak(
            f"{found[0]} holds a secret (a private key, password or token), and was to be saved in the open. Nothing "
            "was pushed. Take the secret out of that file, then go on."
        )


def _holds(content: bytes, marks: set[bytes]) -> bool:
    return any(pattern.search(content) for pattern in _TELLING) or any(mark in content for mark in marks)
