"""Excerpts for bundles: people, addresses and secrets are masked, everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.threats.excerpts import Mask


@pytest.mark.parametrize(
    ("text", "personal", "shown"),
    [
        ("alice from 203.0.113.9 and alice", ("alice",), "user-1 from address-1 and user-1"),
        ("malice stays", ("alice",), "malice stays"),
        ("ALICE@example.org wrote", (), "mail-1 wrote"),
        ("C:\\Users\\bob\\x and /home/bob/y", (), "C:\\Users\\user-1\\x and /home/user-1/y"),
        ("from 2001:db8::1 port 22 at 03:12:07", (), "from address-1 port 22 at 03:12:07"),
        ("root and NT AUTHORITY\\SYSTEM stay", ("root", "NT AUTHORITY\\SYSTEM"), "root and NT AUTHORITY\\SYSTEM stay"),
        ("tool --password hunter2 -x", (), "tool --password ******** -x"),
        ("tool --token=abc", (), "tool --token=********"),
        ("mysql -u a -psecret db", (), "mysql -u a -p******** db"),
        ("curl https://u:pw@example.org/x", (), "curl https://********@example.org/x"),
        ("version 1.2.3 of x", (), "version 1.2.3 of x"),
    ],
)
def test_masking(text: str, personal: tuple[str, ...], shown: str) -> None:
    assert Mask().text(text, personal) == shown


@given(st.from_regex(r"[a-z][a-z0-9_.\\-]{3,12}", fullmatch=True), st.text(" :;=/[](){}'\"", min_size=1, max_size=4))
def test_a_name_never_comes_through(name: str, around: str) -> None:
    masked = Mask().text(f"{around}{name}{around}{name.upper()}{around}", (name,))
    assert name.lower() not in masked.lower() or "user-1".startswith(name.lower())


@given(st.text(max_size=300), st.lists(st.text(max_size=8), max_size=3))
def test_any_text_can_be_masked(text: str, personal: list[str]) -> None:
    assert isinstance(Mask().text(text, personal), str)
