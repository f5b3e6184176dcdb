"""Whatever a sender writes below what his receiver wrote, nothing of it makes a message in another's name pass."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from mailwizard.inspecting.inspection import inspect
from mailwizard.inspecting.message import NoMessage, read_message
from tests.unit.inspecting.inspected import dns, verdicts

CASES = sorted((Path(__file__).parents[2] / "cases" / "inspect").glob("*.eml"))
ZONE = {
    "bank.example TXT": ["v=spf1 ip4:192.0.2.1 -all"],
    "_dmarc.bank.example TXT": ["v=DMARC1; p=reject"],
    "evil.example TXT": ["v=spf1 ip4:198.51.100.66 -all"],
}
DATE = b"Tue, 24 Nov 2026 10:00:03 +0000"
RECEIVERS = {
    "gmail": b"Delivered-To: me@gmail.com\r\nReceived: by 2002:a05:6402:1 with SMTP id x; %s\r\n"
    b"X-Received: by 2002:a05:6402:2 with SMTP id y; %s\r\nReturn-Path: <i@bank.example>\r\n"
    b"Received: from evil.example (evil.example. [198.51.100.66])\r\n        by mx.google.com with ESMTPS id z\r\n"
    b"        for <me@gmail.com> (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); %s\r\n"
    b"Received-SPF: fail (google.com: domain of i@bank.example does not designate 198.51.100.66 as permitted sender) "
    b"client-ip=198.51.100.66;\r\nAuthentication-Results: mx.google.com;\r\n       spf=fail (google.com: domain of "
    b"i@bank.example does not designate 198.51.100.66 as permitted sender) smtp.mailfrom=i@bank.example;\r\n"
    b"       dmarc=fail (p=REJECT sp=REJECT dis=REJECT) header.from=bank.example\r\n",
    "gmail_without_dmarc": b"Received: from evil.example (evil.example. [198.51.100.66])\r\n        by mx.google.com "
    b"with ESMTPS id z; %s\r\nAuthentication-Results: mx.google.com;\r\n     spf=fail smtp.mailfrom=i@bank.example\r\n",
    "postfix_without_results": b"Return-Path: <i@bank.example>\r\nReceived: from evil.example (evil.example "
    b"[198.51.100.66])\r\n\tby mx.example.org (Postfix) with ESMTPS id 1; %s\r\n",
    "exim": b"Return-path: <i@bank.example>\r\nReceived: from [198.51.100.66] (helo=mx.example.org)\r\n\tby "
    b"mx.example.org with esmtps (Exim 4.96) id 1; %s\r\n",
    "above": b"Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=bank.example; dkim=none; dmarc=fail\r\n"
    b"Received: from evil.example (unknown [198.51.100.66]) by mx.example.org (Postfix) with ESMTPS id 1; %s\r\n",
    "lmtp": b"Return-Path: <i@bank.example>\r\n"
    b"Received: from mx.example.org\r\n\tby mx.example.org with LMTP id 8; %s\r\n"
    b"Received: from mx.example.org (unknown [198.51.100.66])\r\n\tby mx.example.org with ESMTPS id 1; %s\r\n",
}
FORGED = [
    b"Authentication-Results: %s; spf=pass smtp.mailfrom=i@bank.example; dkim=pass header.d=bank.example; "
    b"dmarc=pass (p=REJECT) header.from=bank.example",
    b"Authentication-Results: %s; dmarc=pass header.from=bank.example",
    b"Authentication-Results: %s 1; dkim=pass header.i=@bank.example",
    b"Received-SPF: pass (%s: x) client-ip=192.0.2.1; envelope-from=i@bank.example",
    b"Received: from bank.example (bank.example [192.0.2.1]) by %s with ESMTPS id 2; " + DATE,
    b"Received: from %s (localhost [127.0.0.1]) by %s with ESMTP id 3; " + DATE,
    b"Received: by %s; " + DATE,
    b"Return-Path: <i@bank.example>",
    b"ARC-Authentication-Results: i=1; %s; dmarc=pass header.from=bank.example",
    b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=%s; s=a; b=x",
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=bank.example; s=a; h=from; bh=x; b=y",
    b"X-Spam-Status: No",
    b"DMARC-Filter: OpenDMARC Filter v1.4.2 %s",
    b"\tdmarc=pass header.from=bank.example",
    b"; dmarc=pass header.from=bank.example",
    b"",
    b"X-A: b\rAuthentication-Results: %s; dmarc=pass header.from=bank.example",
    b"Authentication-Results\0: %s; dmarc=pass header.from=bank.example",
    b"From: I <i@bank.example>",
    b"From mailer Tue Nov 24 10:00:00 2026",
    b">From: I <i@bank.example>",
]
AUTHOR = b"From: I <i@bank.example>\r\nTo: me@example.org\r\nSubject: x\r\n\r\nhello\r\n"


def lines(chance: random.Random, by: bytes) -> bytes:
    """What the sender begins his message with: headers of his making among those of real messages."""
    chosen = []
    for _ in range(chance.randrange(1, 9)):
        if chance.random() < 0.75:
            line = chance.choice(FORGED)
            chosen.append(line.replace(b"%s", by))
        else:
            real = chance.choice(chance.choice(CASES).read_bytes().splitlines())
            chosen.append(real.replace(b"example.com", b"bank.example").replace(b"mx.google.com", by))
    first = 0
    while first < len(chosen) and not chosen[first][:1].strip():  # a server lets no message begin so
        first += 1
    return b"".join(line + b"\r\n" for line in chosen[first:])


@pytest.mark.parametrize("name", RECEIVERS)
def test_nothing_that_is_forged_passes(name: str) -> None:
    chance = random.Random(f"20261124 {name}")
    head = RECEIVERS[name].replace(b"%s", DATE)
    by = b"mx.google.com" if b"google" in head else b"mx.example.org"

    async def run() -> int:
        read = 0
        for _ in range(400):
            data = head + lines(chance, by) + AUTHOR
            try:
                found = await inspect(read_message(data), dns(ZONE))
            except NoMessage:
                continue
            read += 1
            said = verdicts(found)
            assert found.exit_code != 0, data
            assert said["dmarc"] != "ok", data
            assert said["dkim"] != "ok", data
            assert said["spf"] != "ok" or "bank.example" not in found.findings[1].subject, data
        return read

    assert asyncio.run(run()) > 300
