"""The aliases file: what chasquid reads, what it refuses, and how our lines are put into the user's file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard.mta.aliases import endless, lookup, merged, needs_newer_than_1_15, parse_aliases
from mailwizard.mta.prototext import BrokenFile

NOTE = "written by mailwizard"


@pytest.mark.parametrize(
    ("line", "name", "targets"),
    [
        ("i: me@gmail.com", "i", ["me@gmail.com"]),
        ("  pe.pe : Jose , a@B.example, ", "pepe", ["jose@example.com", "a@b.example"]),
        ("*: *@pond", "*", ["*@pond"]),
        ("null: | cat -n", "null", ["| cat -n"]),
        ("x: y via mx1/mx2.example", "x", ["y@example.com via mx1/mx2.example"]),
        ("a.b+C.d: e", "ab+c.d", ["e@example.com"]),
        ("josé: x@y", "josé", ["x@y"]),
        ("x: a:b@c", "", []),
    ],
)
def test_a_line_leads_where_chasquid_leads_it(line: str, name: str, targets: list[str]) -> None:
    if not targets:
        with pytest.raises(BrokenFile):
            parse_aliases(line, "example.com")
        return
    found = parse_aliases(f"# comment\n\n{line}\n", "example.com")
    assert {key: [str(target) for target in value] for key, value in found.items()} == {name: targets}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("no separator", 'line 3: the ":" is missing'),
        (": x@y", "address or its target is missing"),
        ("x:", "address or its target is missing"),
        ("x@y: z", 'without "@"'),
        ("x: |", "command"),
        ("x: ,,", "target is missing"),
        ("x: y via ", "not an address"),
        ("x: y via a//b", "no server"),
        ("x: @", "not an address"),
        ("x: y z@example.com", "not an address"),
        ("x y: z", "not a name"),
        ("x: a@b..", "not an address"),
        ("x: a@", "not an address"),
        ("x: " + "y," * 40000, "too long"),
        ("# " + "a comment " * 8000, "too long"),
        (" " * 70000, "too long"),
        ("\x1c", "missing"),
        ("x: \x1f", "not an address"),
        ("x: ☠@example.net", "characters that no address has"),
        ("x: ﬁ@example.net", "characters that no address has"),
        ("x: דוד@example.net", "characters that no address has"),
        ("x: a@xn--\u00e9.example", "characters that no address has"),
        ("x: a@xn--999999999999.example", "characters that no address has"),
        ("x: y via\t", "not an address"),
        ("x: y\x00@example.net", "not an address"),
    ],
)
def test_a_line_that_would_end_the_server_is_refused_with_its_number(line: str, words: str) -> None:
    with pytest.raises(BrokenFile, match=words):
        parse_aliases(f"a: b\n\n{line}\n", "example.com")


def test_the_last_line_of_a_name_wins_and_dots_do_not_count() -> None:
    found = parse_aliases("ju.an: a\njuan: b\n", "example.com")
    assert [str(target) for target in lookup(found, "Ju.An+list")] == ["b@example.com"]
    assert lookup(found, "other") == ()


@pytest.mark.parametrize(
    ("text", "circles"),
    [
        ("i: me@example.net\n*: i\n", []),
        ("*: postmaster\n", ["*"]),
        ("i: nobody\n*: i\n", ["i", "*"]),
        ("*: *@example.com\n", ["*"]),
        ("*: *@example.com via mx.example.net\n", []),
        ("*: somebody\n", []),  # who has an account
        ("a: b\nb: c, a\nc: me@example.net\n", ["a", "b"]),
        ("all: a, b\na: x@example.net\nb: y@example.net\n*: all\n", []),
        ("*: | /bin/cat\n", []),
    ],
)
def test_mail_that_leads_round_in_a_circle_is_found_through_the_catch_all_too(text: str, circles: list[str]) -> None:
    assert endless(parse_aliases(text, "example.com"), "example.com", ("i", "somebody")) == circles


def test_lines_for_a_newer_chasquid_are_known() -> None:
    assert needs_newer_than_1_15(parse_aliases("a: b via c", "example.com").values())
    assert needs_newer_than_1_15(parse_aliases("*: *@c", "example.com").values())
    assert not needs_newer_than_1_15(parse_aliases("a: b", "example.com").values())


WANTED = {"i": ["me@gmail.com"], "*": ["me@gmail.com", "you@gmail.com"]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"# {NOTE}\ni: me@gmail.com\n*: me@gmail.com, you@gmail.com\n"),
        (
            "# mine\nsales: | /bin/sort\ni: other@x.example\ni: third@x.example\n",
            f"# mine\nsales: | /bin/sort\ni: me@gmail.com\n# {NOTE}\n*: me@gmail.com, you@gmail.com\n",
        ),
        ("I : Me@gmail.com\n*:me@gmail.com,you@gmail.com", "I : Me@gmail.com\n*:me@gmail.com,you@gmail.com\n"),
    ],
)
def test_the_users_lines_stay_and_ours_are_put_in(before: str, after: str) -> None:
    assert merged(before, WANTED, NOTE) == after
    assert merged(after, WANTED, NOTE) == after


def test_nothing_wanted_and_nothing_there_is_an_empty_file() -> None:
    assert merged("", {}, NOTE) == ""


@given(st.text(alphabet="ab*:@|,# .+\nvia/"))
def test_no_file_crashes_the_reader_and_merging_is_idempotent(text: str) -> None:
    once = merged(text, WANTED, NOTE)
    assert merged(once, WANTED, NOTE) == once
    try:
        parse_aliases(text, "example.com")
    except BrokenFile:
        return
    found = parse_aliases(once, "example.com")
    assert [str(target) for target in found["i"]] == ["me@gmail.com"]
