"""A message signed as the mail server will sign it, to see what receivers make of it (RFC 6376 section 5)."""

from __future__ import annotations

import base64
import hashlib
import time

from mailwizard.inspecting.message import Message, read_message

_BODY = "Hello.\r\n"


def signed_message(sender: str, selector: str, pem: bytes) -> Message:
    """A message from `sender`, signed with the private key for the domain behind its @. Raises DkimKeyError.

    Its header is written as "relaxed" canonicalization (RFC 6376, 3.4.2) leaves it, names in lower case, so that it is
    signed as it stands.
    """
    from mailwizard.dns.dkim_key import algorithm_of, sign

    domain = sender.rpartition("@")[2]
    header = _header(sender, domain)
    digest = base64.b64encode(hashlib.sha256(_BODY.encode()).digest()).decode()
    names = ":".join(line.partition(":")[0] for line in header)
    tags = (
        f"v=1; a={algorithm_of(pem)}; c=relaxed/relaxed; d={_ascii(domain)}; s={selector}; h={names}; bh={digest}; b="
    )
    field = f"dkim-signature:{tags}"
    signed = base64.b64encode(sign(pem, "\r\n".join([*header, field]).encode())).decode()
    return read_message("\r\n".join([field + signed, *header, "", _BODY]).encode())


def _header(sender: str, domain: str) -> list[str]:
    return [
        f"from:{sender}",
        "to:receiver@example.net",
        "subject:A forecast",
        time.strftime("date:%a, %d %b %Y %H:%M:%S +0000", time.gmtime()),
        f"message-id:<forecast@{domain}>",
    ]


def _ascii(domain: str) -> str:
    return domain.encode("idna").decode()
