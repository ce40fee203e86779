"""The pictures of one contract: what they say of who may call, and that they hold any contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from scorpius_lab.reporting.explore import contract as view
from scorpius_lab.security.contracts.ir.callgraph import CallGraph, read_call_graph
from scorpius_lab.security.contracts.reading import sample_folder

VIEWS = (view.functions, view.calls, view.flow, view.leaving, view.gaps)


def read(folder: Path, text: str) -> CallGraph:
    (folder / "a.sol").write_text(text)
    return read_call_graph(folder / "a.sol")


@pytest.fixture(scope="module")
def vault() -> CallGraph:
    return read_call_graph(sample_folder() / "vulnerable" / "Vault.sol")


def test_the_vault_says_what_is_open_to_anyone(vault: CallGraph) -> None:
    calls, flow = view.calls(vault), view.flow(vault)
    assert "4 change something for anyone and 4 for authorized callers only; 2 of the open ones may send" in calls.html
    assert "4 of 6 state variables can be written by functions open to anyone." in flow.html
    assert "members[].send" in calls.drawn()
    first = view.functions(vault).data
    assert first is not None
    assert first.row(0)[:3] == ("deposit", "anyone", "deposits, members, prize")
    out = view.leaving(vault).data
    assert out is not None
    assert out["chosen"].to_list() == [
        "the caller",
        "state variable members",
        "the caller's to",
        "state variable rewards",
    ]


def test_every_view_holds_what_has_nothing_to_show(tmp_path: Path) -> None:
    empty = read(tmp_path, "contract A {}")
    for show in VIEWS:
        block = show(empty)
        assert block.figure is None
        assert 'class="empty"' in block.html
    assert "an interface" in view.functions(read(tmp_path, "interface I { function f() external; }")).html


def test_functions_that_call_each_other_in_a_circle(tmp_path: Path) -> None:
    graph = read(tmp_path, "contract A { uint x; function f() public { g(); } function g() public { x = 1; f(); } }")
    assert view.calls(graph).drawn().count("<svg") == 2
    assert "not all of it was followed" in view.gaps(graph).html


def test_more_boxes_than_a_picture_holds_are_counted(tmp_path: Path) -> None:
    many = "".join(f"function f{n}() public {{ x = {n}; g(); }}" for n in range(view.MOST_BOXES + 5))
    graph = read(tmp_path, f"contract A {{ uint x; function g() internal {{}} {many} }}")
    assert "5 more boxes are in the table only." in view.calls(graph).html
    assert "5 more boxes are in the table only." in view.flow(graph).html
    data = view.calls(graph).data
    assert data is not None
    assert data.height == view.MOST_BOXES + 5
