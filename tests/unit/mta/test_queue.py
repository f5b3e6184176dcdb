"""chasquid's queue files and journal lines, as it and journalctl write them."""

from __future__ import annotations

import json

from mailwizard.host.imaginary import ImaginaryHost
from mailwizard.mta.journal_reader import mail_log_after
from mailwizard.mta.queue import QUEUE_FOLDER, parse_item, queued_ids, waiting

ITEM = """ID:  "sz0OUA9fB0M"
from:  "bob@wizard-lab.example"
To:  "alice@bigmail.example"
rcpt:  {
  address:  "alice@bigmail.example"
  last_failure_message:  "all mail servers failed temporarily, last error: 450 \\"4.7.25 no hostname\\""
  original_address:  "alice@bigmail.example"
}
rcpt:  { address: "done@x.example" status: SENT }
rcpt:  { address: "gone@x.example" type: PIPE status: 2 }
data:  "Subject: x\\r\\n\\r\\nl\\303\\251on {\\r\\n"
created_at_ts:  {
  seconds:  1795508512
  nanos:  641489000
}
"""


def test_only_those_who_still_wait_are_told() -> None:
    (entry,) = parse_item(ITEM)
    assert (entry.id, entry.sender, entry.recipient) == (
        "sz0OUA9fB0M",
        "bob@wizard-lab.example",
        "alice@bigmail.example",
    )
    assert entry.why.endswith('450 "4.7.25 no hostname"')
    assert entry.since is not None
    assert entry.since.isoformat() == "2026-11-24T08:21:52+00:00"


async def test_a_queue_is_counted_by_names_and_told_by_what_can_be_read() -> None:
    files = {f"{QUEUE_FOLDER}/m:sz0OUA9fB0M": ITEM, f"{QUEUE_FOLDER}/m:half": "ID: ", f"{QUEUE_FOLDER}/.tmp": ""}
    host = ImaginaryHost(files)
    ids = await queued_ids(host)
    assert ids == ["half", "sz0OUA9fB0M"]
    assert [entry.id for entry in await waiting(host, [*ids, "delivered-meanwhile"])] == ["sz0OUA9fB0M"]
    assert await queued_ids(ImaginaryHost()) == []


async def test_the_journal_is_read_even_where_it_is_odd() -> None:
    good = {"__REALTIME_TIMESTAMP": "1795508512641489", "__CURSOR": "c1", "MESSAGE": "one"}
    bytes_ = {**good, "MESSAGE": [0x61, 0xFF], "__CURSOR": "c2"}
    out = "\n".join([json.dumps(good), json.dumps(bytes_), '{"cut', json.dumps({**good, "MESSAGE": None}), "[]"])
    lines = await mail_log_after(ImaginaryHost(commands={("journalctl", ...): out}), "c0")
    assert [(line.text, line.cursor) for line in lines] == [("one", "c1"), ("a\\xff", "c2")]
