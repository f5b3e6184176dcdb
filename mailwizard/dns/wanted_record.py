"""A record that is to be published, and how its text is cut into the strings that DNS has."""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 255  # of one character string, RFC 1035 section 3.3


@dataclass(frozen=True)
class Wanted:
    """One record to publish. `name` is absolute, without the last dot; `value` is written as `Record.value` is.

    `purpose`: spf, spf_host (the server's own name), spf_include (a name that another SPF record includes), dkim,
    dmarc, mx, a, aaaa, caa, mta_sts, tls_rpt.
    """

    name: str
    type: str  # A AAAA MX TXT CAA SRV
    value: str
    purpose: str
    ttl: int = 3600  # seconds
    needed: tuple[str, ...] = ()  # of an SPF record: the terms that have to stay in it, if the others spoil it

    @property
    def strings(self) -> tuple[str, ...]:
        """The value of a TXT record in strings of at most 255 bytes; any other type's value as the only one."""
        return split_text(self.value) if self.type == "TXT" else (self.value,)


def split_text(text: str) -> tuple[str, ...]:
    """`text` in strings of at most 255 bytes, to be joined without a space between (RFC 7208, 3.3; RFC 6376, 3.6.2.2).

    A character above 0x7f counts its bytes in UTF-8 and is never cut in two.
    """
    strings, size = [""], 0
    for char in text:
        width = len(char.encode("utf-8", "surrogatepass"))
        if size + width > MOST_BYTES:
            strings.append("")
            size = 0
        strings[-1] += char
        size += width
    return tuple(strings)
