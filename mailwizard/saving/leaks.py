"""A last look before anything is pushed: no secret of this server may stand in an open file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from mailwizard.acme.plugins import all_names, is_harmless
from mailwizard.answers import Answers
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
_SHORTEST_OF_ACME = 16  # of a value that acme.sh or a plugin made: a token or a cookie is longer than a word
_OF_ACME = re.compile(
    r"Le_(?!PFXPassword).*|ACCOUNT_.*|ACME_.*|CA_(?!EAB_HMAC_KEY).*|CERT_HOME|DEFAULT_.*|HTTPS_INSECURE|LOG_.*|NOTIFY_.*"
    r"|SYS_LOG|UPGRADE_HASH|USER_AGENT|USER_PATH"
)


class Leak(HostError):
    """An open file of the backup holds a secret."""


def marks_of(path: str, content: bytes) -> set[bytes]:
    """What a secret file is recognised by elsewhere: lines of its key, hashes of its accounts, values of variables."""
    if blocks := _PRIVATE.findall(content):
        return {line.strip() for block in blocks for line in block.splitlines() if len(line.strip()) >= 16}
    name = path.rpartition("/")[2]
    if name == "users":
        return {text for key, text in _QUOTED.findall(content) if not key and len(text) >= 12}
    if name.endswith((".cer", ".csr", ".csr.conf", ".pem")):
        return set()
    if name.endswith((".env", ".conf")):
        found = settings_in(content).items()
        return {value.encode("utf-8", "surrogateescape") for key, value in found if _is_secret(key, value, name)}
    return set(_WORD.findall(content))


def settings_in(content: bytes) -> dict[str, str]:
    """The names and values in a file of variables, or in acme.sh's."""
    return {key.decode(): value.decode("utf-8", "surrogateescape") for key, value in _SETTING.findall(content)}


def _is_secret(key: str, value: str, file: str) -> bool:
    """True for every variable that is not known to be harmless. acme.sh's files have numbers and words of its own."""
    if file.endswith(".env") or key in all_names():
        return len(value) >= _SHORTEST and not is_harmless(key, value)
    return len(value) >= _SHORTEST_OF_ACME and not _OF_ACME.fullmatch(key)


def said_openly(answers: Answers) -> frozenset[str]:
    """The names and addresses that the answers hold anyway: a variable with such a value gives nothing away."""
    domains = (domain.name for domain in answers.domains)
    words = {answers.server.hostname, answers.certificate.email, *domains, *answers.senders}
    return frozenset(words - {""})


def refuse_leaks(opens: Mapping[str, bytes], secrets: Mapping[str, bytes], said: Collection[str] = ()) -> None:
    """Returns when no open file has a private key, a token, or a mark of a secret file. Both: contents by path; `said`
    may stand anywhere.

    Raises Leak, which names the file and never the secret.
    """
    marks = {mark for path, content in secrets.items() for mark in marks_of(path, content)}
    marks -= {word.encode() for word in said}
    found = sorted(path for path, content in opens.items() if _holds(content, marks))
    if found:
        raise Leak(
            f"{found[0]} holds a secret (a private key, password or token), and was to be saved in the open. Nothing "
            "was pushed. Take the secret out of that file, then go on."
        )


def _holds(content: bytes, marks: set[bytes]) -> bool:
    return any(pattern.search(content) for pattern in _TELLING) or any(mark in content for mark in marks)
