"""Remappings mean what they mean to the compiler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.contracts.source.remappings import (
    Remapping,
    parse_remapping,
    parse_remappings,
    rebase,
    remapped,
)

PIECES = st.text(alphabet="ab/.", max_size=6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/=b/", Remapping("a/", "b/")),
        ("  a/ = b/ ", Remapping("a/", "b/")),
        ("ctx:a/=b/", Remapping("a/", "b/", "ctx")),
        ("a=", Remapping("a", "")),
        ("a=b=c", Remapping("a", "b=c")),
        ("a=b:c", Remapping("a", "b:c")),
        (":a=b", Remapping("a", "b")),
        ("=b", None),
        ("ctx:=b", None),
        ("a", None),
        ("", None),
        ("a=\0", None),
    ],
)
def test_parsing(text: str, expected: Remapping | None) -> None:
    assert parse_remapping(text) == expected


def test_lines_that_are_none_are_left_out() -> None:
    assert parse_remappings(["# a=b", "// a=b", "", "x", "a=b"]) == (Remapping("a", "b"),)


def test_the_longest_prefix_wins_then_the_last() -> None:
    remappings = [Remapping("@a/", "1/"), Remapping("@a/b/", "2/"), Remapping("@a/", "3/")]
    assert remapped("@a/b/C.sol", "src/X.sol", remappings) == ["2/C.sol", "3/b/C.sol", "1/b/C.sol"]
    assert remapped("@a/C.sol", "src/X.sol", remappings) == ["3/C.sol", "1/C.sol"]
    assert remapped("other/C.sol", "src/X.sol", remappings) == []


def test_a_closer_context_wins_over_a_longer_prefix() -> None:
    remappings = [Remapping("@a/b/", "1/"), Remapping("@a/", "2/", "lib/x/"), Remapping("@a/", "3/", "lib/")]
    assert remapped("@a/b/C.sol", "lib/x/X.sol", remappings)[0] == "2/b/C.sol"
    assert remapped("@a/b/C.sol", "lib/y/X.sol", remappings)[0] == "3/b/C.sol"
    assert remapped("@a/b/C.sol", "src/X.sol", remappings) == ["1/C.sol"]


def test_targets_move_into_the_folder_of_the_dependency() -> None:
    moved = list(rebase([Remapping("a/", "lib/a/src/", "ctx"), Remapping("b", "../b"), Remapping("c", "/c/")], "lib/d"))
    assert moved == [Remapping("a/", "lib/d/lib/a/src/"), Remapping("b", "lib/b"), Remapping("c", "/c/")]


@given(st.lists(st.builds(Remapping, PIECES.filter(bool), PIECES, PIECES), max_size=6), PIECES, PIECES)
def test_the_first_choice_is_the_compiler_s(remappings: list[Remapping], imported: str, importer: str) -> None:
    longest_context = longest_prefix = 0
    best = None
    for one in remappings:  # ImportRemapper::apply, step by step
        if len(one.context) < longest_context or not importer.startswith(one.context):
            continue
        if len(one.prefix) < longest_prefix and len(one.context) == longest_context:
            continue
        if not imported.startswith(one.prefix):
            continue
        longest_context, longest_prefix, best = len(one.context), len(one.prefix), one
    expected = None if best is None else best.target + imported[longest_prefix:]
    assert next(iter(remapped(imported, importer, remappings)), None) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_remapping_or_none(text: str) -> None:
    parsed = parse_remapping(text)
    assert parsed is None or parsed.prefix
