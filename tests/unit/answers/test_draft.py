"""What the wizard writes can be read again, and what the user wrote stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.answers_file import parse, parse_unfinished
from mailwizard.draft import Draft
from mailwizard.errors import AnswersError, FileChanged
from mailwizard.host.imaginary import ImaginaryHost

PATH = "/etc/mailwizard/setup.toml"
COMMENTED = """# my server
schema = 1   # the first

[server]
hostname = "smtp.example.com" # its name
# ipv4 is found by itself

[[domain]]
name = "example.com" # the main one
senders = [
  "i",     # me
]
dmarc = { policy = "none" } # for now
"""
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAME = st.tuples(LABEL, st.sampled_from(["example", "com", "xn--p1ai"])).map(".".join)
LOCAL = st.from_regex(r"[a-z0-9_][a-z0-9_-]{0,10}", fullmatch=True)
ADDRESS = st.tuples(LOCAL, NAME).map("@".join)


def test_every_comment_stays() -> None:
    draft = Draft(COMMENTED, PATH)
    draft.set(("server", "ipv4"), "198.51.100.7")
    draft.set(("certificate", "dns_plugin"), "dns_cf")
    draft.set_domain(0, ("dmarc", "policy"), "reject")
    draft.set_domain(0, "selector", "s1")
    draft.add_domain("example.org")
    for comment in (
        "# my server",
        "# the first",
        "# its name",
        "# ipv4 is found by itself",
        "# the main one",
        "# me",
        "# for now",
    ):
        assert comment in draft.text
    answers = draft.finished()
    assert (answers.server.ipv4, answers.certificate.dns_plugin) == ("198.51.100.7", "dns_cf")
    assert (answers.domains[0].dmarc.policy, answers.domains[0].selector) == ("reject", "s1")
    assert answers.domains[1].name == "example.org"


def test_the_same_answer_again_changes_nothing() -> None:
    draft = Draft(COMMENTED, PATH)
    draft.set(("server", "hostname"), "smtp.example.com")
    draft.set_domain(0, "senders", ["i"])
    draft.set_domain(0, ("dmarc", "policy"), "none")
    assert draft.text == COMMENTED and not draft.is_changed


def test_an_answer_can_be_taken_away() -> None:
    draft = Draft(COMMENTED, PATH)
    draft.set(("server", "hostname"), None)
    draft.set(("backup", "remote"), None)
    assert draft.answers().server.hostname == "" and "backup" not in draft.text


def test_a_wrong_answer_is_told_and_not_saved() -> None:
    draft = Draft(COMMENTED, PATH)
    draft.set(("server", "ipv4"), "999.1.1.1")
    with pytest.raises(AnswersError, match=r"^setup.toml: server.ipv4: "):
        draft.answers()


@given(
    hostname=NAME,
    domains=st.lists(NAME, unique=True, max_size=3),
    senders=st.lists(LOCAL, unique=True, max_size=3),
    forward=st.dictionaries(LOCAL | st.just("*"), ADDRESS.map(lambda address: f"to-{address}"), max_size=3),
    receive=st.booleans(),
)
def test_what_is_written_and_read_again_is_equal(
    hostname: str, domains: list[str], senders: list[str], forward: dict[str, str], receive: bool
) -> None:
    draft = Draft()
    draft.set(("server", "hostname"), hostname)
    draft.set(("server", "comfort"), ["unattended-upgrades"])
    for name in domains:
        number = draft.add_domain(name)
        draft.set_domain(number, "senders", senders)
        draft.set_domain(number, "receive", receive)
        draft.set_domain(number, "forward", forward)
    again = parse_unfinished(draft.text, draft.path)
    assert again == draft.answers() == Draft(draft.text).answers()
    assert again.server.hostname == hostname and again.server.comfort == ("unattended-upgrades",)
    assert [domain.name for domain in again.domains] == domains
    assert all((list(d.senders), dict(d.forward), d.receive) == (senders, forward, receive) for d in again.domains)


async def test_a_new_file_is_made_with_its_folder() -> None:
    host = ImaginaryHost(files={})
    draft = await Draft.load(host)
    draft.set(("server", "hostname"), "smtp.example.com")
    draft.add_domain("example.com")
    await draft.save(host)
    assert parse((await host.read(PATH)).decode(), PATH) == draft.finished()
    stat, folder = await host.stat(PATH), await host.stat("/etc/mailwizard")
    assert stat and (stat.mode, stat.owner) == (0o644, "root")
    assert folder and folder.is_dir


async def test_somebody_elses_change_is_not_written_over() -> None:
    host = ImaginaryHost(files={PATH: COMMENTED})
    draft = await Draft.load(host)
    draft.set(("server", "ipv4"), "198.51.100.7")
    await host.write(PATH, b"schema = 1\n", mode=0o644)
    with pytest.raises(FileChanged, match="changed by somebody else"):
        await draft.save(host)


async def test_it_can_be_saved_twice() -> None:
    host = ImaginaryHost(files={PATH: COMMENTED})
    draft = await Draft.load(host)
    draft.set(("server", "ipv4"), "198.51.100.7")
    await draft.save(host)
    draft.set(("server", "ipv4"), "198.51.100.8")
    await draft.save(host)
    assert (await Draft.load(host)).answers().server.ipv4 == "198.51.100.8"
