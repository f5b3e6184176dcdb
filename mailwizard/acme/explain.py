"""What acme.sh says when it fails, put into a sentence that ends with what to do."""

from __future__ import annotations

import re

from mailwizard.acme.places import HOME
from mailwizard.text import one_line

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_STAMP = re.compile(r"^\[[^\]]*\]\s*")
_PEM = re.compile(r"-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=]{40,}|[A-Za-z0-9+/]+={1,2}")
_NOISE = re.compile(r"Please (add|check) .*(--debug|log file)|_on_issue_err|See: https|You can use '--")

# the first that fits is told, so what is certain stands before what is likely
_CAUSES: tuple[tuple[str, str], ...] = (
    (r"No space left on device", "The disk is full: the certificate cannot be kept. Make room, then go on."),
    (
        r"acme:error:rateLimited|too many (certificates|failed authorizations|new orders|registrations)",
        "{authority} has had too many orders for these names and takes no more for now{until}. Wait, then go on.",
    ),
    (
        r"acme:error:caa|CAA record for \S+ prevents",
        "A CAA record forbids {authority} to issue for these names. Change the CAA record, then go on.",
    ),
    (
        r"acme:error:(rejectedIdentifier|unsupportedIdentifier)|[Pp]olicy forbids issuing",
        "{authority} does not issue for one of these names. Check the names, then go on.",
    ),
    (
        r"acme:error:invalid(Contact|Email)|contact email .* (invalid|forbidden)|invalid email",
        "{authority} does not take the e-mail address. Give another one in the Certificate step.",
    ),
    (
        r"acme:error:(dns|unauthorized|incorrectResponse)|[Tt]imed out waiting|Correct value not found"
        r"|Incorrect TXT record|No TXT record found|SERVFAIL|NXDOMAIN looking up TXT|Timeout during query",
        "The proof that was put into the DNS could not be seen by {authority}. Check that the domain is delegated to "
        "this DNS provider, then go on.",
    ),
    (
        r"[Cc]an ?not find (dns|DNS) (api|API) hook",
        "acme.sh does not have this DNS plugin. Choose another one in the Certificate step.",
    ),
    (
        r"You (didn't|did not|don't|do not|haven't|must) (specify|specified|set|provide)"
        r"|(is|are) not (specified|set|defined)|[Pp]lease (specify|define|create your key|export)"
        r"|No Token or API key|[Mm]issing (API|credential)",
        "The DNS plugin lacks one of its variables: {last}. Give it in the Certificate step.",
    ),
    (
        r"/(account|ca|[\w.-]+_ecc/[\w.-]+)\.conf: line \d+: |keys are supported\. keyfile=\S+/account\.key",
        f"acme.sh's own folder is damaged: {{last}}. Move {HOME} away, then go on: a new one is made.",
    ),
    (
        r"could not read key from|[Nn]o such file or directory|Permission denied",
        "The DNS plugin could not read a file that its variables name: {last}. Put the file on the server, then go on.",
    ),
    (
        r"error code: (6|7|28|35|52|56|60)\b|Can(no|')t init api|Could not get nonce|Cannot resolve"
        r"|Connection refused|Network is unreachable|Communication with .* failed: timed out|couldn't get address for",
        "{authority} or the DNS provider could not be reached{code}. Check the server's network and DNS, then go on.",
    ),
    (
        r"Authentication (error|failed)|[Uu]nauthori[sz]ed|[Ff]orbidden|[Ll]ogin failed|[Aa]ccess denied"
        r"|[Ii]nvalid (API|access|auth|request headers|token|key|credential|signature|login)"
        r"|NOTAUTH|BADKEY|BADSIG|REFUSED|[Cc]an(no|')t (log ?in|authenticate)"
        r"|[Ww]rong (token|key|password|credential)|(status|code|HTTP\S*)\W{1,3}(401|403)\b",
        "The DNS provider refused the credentials: {last}. Check the plugin's variables, and what they may do.",
    ),
    (
        r"[Ii]nvalid domain|[Cc]an(no|')t find .*(zone|domain)|[Zz]one .*not found|[Nn]o such zone"
        r"|domain .*not found|NOTZONE",
        "The DNS provider shows no such domain to these credentials: {last}. Check that they belong to the account "
        "that holds it, and may see it.",
    ),
    (
        r"[Nn]ot valid yet",
        "The proof that was put into the DNS did not show up in public in 20 minutes. Check that the domain is "
        "delegated to this DNS provider, then go on.",
    ),
    (
        r"[Ee]rror (adding|add) (TXT|txt)|[Ee]rror add txt|Error removing txt",
        "The DNS provider did not take the record: {last}. Check the plugin's variables, then go on.",
    ),
)
_UNTIL = re.compile(r"retry after ([0-9TZ:. +-]+(?:UTC)?)")
_CODE = re.compile(r"error code: (\d+)")


def explain(said: str, authority: str) -> str:
    """Why no certificate came, and what to do; `authority` as answered ("letsencrypt" or an address)."""
    lines = spoken(said)
    name = "Let's Encrypt" if authority.startswith("letsencrypt") else f"The authority at {authority}"
    text = "\n".join(lines)
    until, code = _UNTIL.search(text), _CODE.search(text)
    for pattern, sentence in _CAUSES:
        found = re.search(pattern, text)
        if found:
            line = next((line for line in reversed(lines) if re.search(pattern, line)), found.group())
            return sentence.format(
                authority=name,
                last=one_line(line)[:200].rstrip("."),
                until=f" (until {until[1].strip()})" if until else "",
                code=f" (curl's error {code[1]})" if code else "",
            )
    last = lines[-1] if lines else "it said nothing"
    return f"acme.sh got no certificate: {one_line(last)[:200].rstrip('.')}. Its words are in the log of mailwizard."


def told(line: str) -> str:
    """One line as the user is to see it: without colours and time; empty for a certificate's and for mere advice."""
    plain = _STAMP.sub("", _COLOURS.sub("", line)).strip()
    return "" if _PEM.fullmatch(plain) or _NOISE.search(plain) else plain


def spoken(said: str) -> list[str]:
    """acme.sh's lines without colours, times and advice to run it otherwise."""
    return [line for line in map(told, said.splitlines()) if line]
