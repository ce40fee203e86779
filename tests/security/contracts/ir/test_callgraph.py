"""Who calls whom and where data goes: entries, modifiers, libraries, calls out, and what could not be looked at."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from scorpius_lab.errors import FormatError, UsageError
from scorpius_lab.security.contracts.ir.callgraph import Caller, CallGraph, Link, Outflow, Role, read_call_graph
from scorpius_lab.security.contracts.reading import sample_folder

PURSE = """
pragma solidity ^0.8.0;
interface IThing { function poke(uint x) external; }
library Sums { function twice(uint x) internal pure returns (uint) { return 2 * x; } }
contract Base {
    address immutable boss;
    constructor() { boss = msg.sender; }
    modifier onlyBoss() { require(msg.sender == boss); _; }
    function hook(uint x) internal virtual {}
    function unused() internal { hook(1); }
}
contract Purse is Base {
    using Sums for uint;
    IThing thing;
    uint public held;
    mapping(address => uint) of;
    function put() external payable { of[msg.sender] += msg.value.twice(); }
    function take(uint amount) external { of[msg.sender] -= amount; _send(msg.sender, amount); }
    function run(address code, bytes calldata data) external onlyBoss { code.delegatecall(data); }
    function set(IThing next) external onlyBoss { thing = next; }
    function poke() external { thing.poke(held); }
    function end(address payable to) external onlyBoss { selfdestruct(to); }
    function look() external view returns (uint) { return _look(held); }
    function _look(uint n) internal view returns (uint) { return n == 0 ? 1 : _look(n - 1); }
    function _send(address to, uint amount) private { (bool ok, ) = to.call{value: amount}(""); require(ok); }
    function hook(uint x) internal override { held = x; }
}
"""


@pytest.fixture
def graph(tmp_path: Path) -> CallGraph:
    return read(tmp_path, PURSE)


def read(folder: Path, text: str, contract: str = "") -> CallGraph:
    file = folder / "a.sol"
    file.write_text(text)
    return read_call_graph(file, contract)


def callers(graph: CallGraph) -> dict[str, Caller | None]:
    return {node.name: node.caller for node in graph.nodes if node.role is Role.ENTRY}


def edges(graph: CallGraph) -> set[tuple[str, str, Link]]:
    names = {node.id: node.name for node in graph.nodes}
    return {(names[edge.source], names[edge.target], edge.link) for edge in graph.edges}


def test_the_contract_that_nothing_builds_on_is_chosen(graph: CallGraph) -> None:
    assert graph.contract == "Purse"
    assert graph.gaps == ("_look calls itself or lies too deep, so that not all of it was followed",)


def test_who_may_call_follows_from_what_guards_the_effects(graph: CallGraph) -> None:
    assert callers(graph) == {
        "constructor": Caller.DEPLOYER, "put": Caller.ANYONE, "take": Caller.ANYONE, "run": Caller.AUTHORISED,
        "set": Caller.AUTHORISED, "poke": Caller.ANYONE, "end": Caller.AUTHORISED, "look": Caller.ANYONE,
        "unused": Caller.HEIR,
    }  # fmt: skip


def test_calls_go_through_modifiers_libraries_overrides_and_recursion(graph: CallGraph) -> None:
    assert edges(graph) == {
        ("put", "Sums.twice", Link.CALL),
        ("take", "_send", Link.CALL),
        ("_send", "msg.sender.call", Link.VALUE),
        ("run", "onlyBoss", Link.MODIFIER),
        ("run", "code.delegatecall", Link.DELEGATE),
        ("set", "onlyBoss", Link.MODIFIER),
        ("poke", "IThing.poke", Link.EXTERNAL),
        ("end", "onlyBoss", Link.MODIFIER),
        ("end", "selfdestruct(to)", Link.VALUE),
        ("look", "_look", Link.CALL),
        ("_look", "_look", Link.CALL),
        ("unused", "Purse.hook", Link.CALL),
    }
    put = next(node for node in graph.nodes if node.name == "put")
    assert (put.payable, put.reads_only, put.line) == (True, False, 17)
    (edge,) = (edge for edge in graph.edges if edge.link is Link.DELEGATE)
    assert edge.lines == (19,)


def test_state_is_written_and_read_by_entries_with_all_they_call(graph: CallGraph) -> None:
    found = {access.entry: (access.reads, access.writes) for access in graph.accesses}
    assert found["put"] == (("of",), ("of",))
    assert found["set"] == (("boss",), ("thing",))
    assert found["look"] == (("held",), ())
    assert found["unused"] == ((), ("held",))
    assert [(one.name, one.type, one.contract, one.fixed) for one in graph.variables] == [
        ("boss", "address", "Base", True),
        ("thing", "IThing", "Purse", False),
        ("held", "uint256", "Purse", False),
        ("of", "mapping(address => uint256)", "Purse", False),
    ]


def test_who_chooses_what_is_called_and_what_goes_with_it(graph: CallGraph) -> None:
    found = {one.target: one for one in graph.outflows}
    assert {name: (one.chosen_by, one.value) for name, one in found.items()} == {
        "msg.sender.call": ("the caller", "amount"),
        "code.delegatecall": ("the caller's code", ""),
        "IThing.poke": ("state variable thing", ""),
        "selfdestruct(to)": ("the caller's to", "all there is"),
    }
    assert (found["msg.sender.call"].entry, found["msg.sender.call"].line) == ("take", 25)
    assert isinstance(found["IThing.poke"], Outflow)


def test_overloads_are_told_apart(tmp_path: Path) -> None:
    text = """contract A {
      function f(uint) public { g(1); } function f(bool) public { g(true); }
      function g(uint) internal {} function g(bool) internal {} }"""
    assert edges(read(tmp_path, text)) == {
        ("f(uint256)", "g(uint256)", Link.CALL),
        ("f(bool)", "g(bool)", Link.CALL),
    }


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    (gap,) = read(tmp_path, 'import "./gone.sol"; contract A is Gone { function f() public { g(); } }').gaps
    assert gap == "something it inherits is in a file that is not there"
    text = "contract A { function f(uint s) public { assembly { sstore(s, 1) } } }"
    assert "f: a place in storage is worked out" in read(tmp_path, text).gaps[0]


def test_imports_are_followed(tmp_path: Path) -> None:
    (tmp_path / "b.sol").write_text("contract B { function g() internal {} }")
    graph = read(tmp_path, 'import {B} from "./b.sol"; contract A is B { function f() public { g(); } }')
    assert edges(graph) == {("f", "g", Link.CALL)}
    assert graph.gaps == ()


def test_an_interface_has_nothing_to_run(tmp_path: Path) -> None:
    graph = read(tmp_path, "interface I { function f() external; }")
    assert (graph.nodes, graph.edges, graph.accesses) == ((), (), ())


def test_what_cannot_be_read_ends_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no contract Purze; did you mean Purse"):
        read(tmp_path, PURSE, "Purze")
    with pytest.raises(UsageError, match="no such file"):
        read_call_graph(tmp_path / "none.sol")
    with pytest.raises(FormatError, match="there is no contract in"):
        read(tmp_path, "pragma solidity ^0.8.0;")
    (tmp_path / "x.sol").write_bytes(b"\x00\x01\x02" * 500)
    with pytest.raises(FormatError):
        read_call_graph(tmp_path / "x.sol")
    with pytest.raises(FormatError, match="nested too deeply"):
        read(tmp_path, f"contract A {{ uint x = {'(' * 3000}1{')' * 3000}; }}")


def test_the_sample_is_there_in_both_states() -> None:
    for name in ("vulnerable", "fixed"):
        assert read_call_graph(sample_folder() / name / "Vault.sol").contract == "Vault"


def test_the_catalogue_lists_the_sample_with_its_hashes() -> None:
    folder = sample_folder().parent
    listed = {d["name"]: d for d in yaml.safe_load((folder / "catalogue.yaml").read_text())["datasets"]}["contracts"]
    assert listed["licence"]
    found = {str(path.relative_to(folder)) for path in sample_folder().rglob("*.sol")}
    assert {file["path"] for file in listed["files"]} == found
    for file in listed["files"]:
        assert hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() == file["sha256"], file["path"]
