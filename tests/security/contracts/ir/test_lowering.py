"""The intermediate representation: linearisation, versions, inlining, SSA, guards."""

from __future__ import annotations

import pytest

from scorpius_lab.security.contracts.analysis.guards import is_authorised, locks_of
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.summaries import summary
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.program import Contract, Program, read_members
from scorpius_lab.security.contracts.ir.versions import least_version
from scorpius_lab.security.contracts.syntax.parse import parse


def contracts(source: str) -> dict[str, Contract]:
    program = Program()
    unit = program.add(parse("a.sol", source.encode()), requested=True)
    read_members(unit)
    return unit.contracts


def entry(source: str, name: str = "f") -> Entry:
    *_, last = contracts(source).values()
    return next(e for e in last.entries if e.function.name == name)


@pytest.mark.parametrize(
    ("pragma", "least"),
    [
        ("solidity ^0.4.19", (0, 4, 19)),
        ("solidity >=0.6.0 <0.9.0", (0, 6, 0)),
        ("solidity 0.8.20", (0, 8, 20)),
        ("solidity >0.5.1", (0, 5, 2)),
        ("solidity <0.6.0", (0, 4, 0)),
        ("solidity ^0.5.0 || ^0.7.0", (0, 5, 0)),
        ("solidity 0.6.2 - 0.8.0", (0, 6, 2)),
        ("solidity banana", None),
        ("experimental ABIEncoderV2", None),
    ],
)
def test_least_version(pragma: str, least: tuple[int, int, int] | None) -> None:
    assert least_version([pragma]) == least


def test_linearisation_of_a_diamond() -> None:
    found = contracts("contract O {} contract A is O {} contract B is O {} contract D is A, B {}")
    assert [c.name for c in found["D"].linearisation] == ["D", "B", "A", "O"]


def test_linearisation_where_no_order_is_right_still_ends() -> None:
    found = contracts("contract A {} contract B is A {} contract C is B, A {} contract D is D, C {}")
    assert {c.name for c in found["D"].linearisation} == {"D", "C", "B", "A"}


def test_super_goes_along_the_linearisation() -> None:
    body = entry(
        """contract O { uint x; function f() public virtual { x = 1; } }
        contract A is O { function f() public virtual override { x = 2; super.f(); } }
        contract B is O { function f() public virtual override { x = 3; super.f(); } }
        contract D is A, B { function f() public override(A, B) { super.f(); } }"""
    ).body
    assert [store.arguments[0].data for store in body.of("store")] == [3, 2, 1]


def test_modifiers_are_around_the_body() -> None:
    body = entry(
        "contract C { uint x; modifier m(uint a) { x = a; _; x = 9; } function f() public m(5) { x = 7; } }"
    ).body
    assert [store.arguments[0].data for store in body.of("store")] == [5, 7, 9]


def test_a_return_within_a_modifier_goes_on_after_the_placeholder() -> None:
    body = entry(
        "contract C { uint x; modifier m() { _; x = 9; } function f() public m returns (uint) { return 7; } }"
    ).body
    assert [store.arguments[0].data for store in body.of("store")] == [9]
    assert [value.data for block in body.returns for value in block.returned] == [7]


def test_values_meet_in_a_phi() -> None:
    body = entry("contract C { uint x; function f(bool b) public { uint y = 1; if (b) { y = 2; } x = y; } }").body
    phi = body.of("store")[0].arguments[0]
    assert phi.operation == "phi"
    assert sorted(a.data for a in phi.arguments) == [1, 2]


def test_a_loop_variable_has_a_phi_at_its_head() -> None:
    body = entry("contract C { uint x; function f(uint n) public { for (uint i = 0; i < n; i++) { x = i; } } }").body
    store = body.of("store")[0]
    assert store.arguments[0].operation == "phi"
    assert store.block.loops
    assert body.returns[0].loops == ()


@pytest.mark.parametrize(
    ("pragma", "text", "checked"),
    [
        ("^0.8.0", "x = a + 1;", True),
        ("^0.8.0", "unchecked { x = a + 1; }", False),
        ("^0.7.0", "x = a + 1;", False),
        (">=0.7.0 <0.9.0", "x = a + 1;", False),
    ],
)
def test_arithmetic_is_checked_by_version_and_block(pragma: str, text: str, checked: bool) -> None:
    body = entry(f"pragma solidity {pragma}; contract C {{ uint x; function f(uint a) public {{ {text} }} }}").body
    assert [i.checked for i in body.of("binary")] == [checked]


def test_storage_pointers_lead_to_their_variable() -> None:
    body = entry(
        """pragma solidity ^0.8.0; contract C { struct S { uint a; } mapping(address => S) m;
        function f() public { S storage s = m[msg.sender]; s.a = 1; } }"""
    ).body
    store = body.of("store")[0]
    assert store.data.name == "m[].a"


def test_yul_storage_is_the_same_storage() -> None:
    body = entry("contract C { uint x; function f() public { assembly { sstore(x.slot, caller()) } } }").body
    store = body.of("store")[0]
    assert store.data.name == "x"
    assert origins(body, store.arguments[0]) == {"msg.sender"}


GUARDS = [
    "require(msg.sender == owner);",
    "if (msg.sender != owner) revert();",
    "require(msg.sender == owner || msg.sender == other);",
    "require(isOwner());",
    "require(admins[msg.sender]);",
    "require(levels[msg.sender] == 2);",
    "check();",
    "if (msg.sender == owner) {} else { return; }",
]
NO_GUARDS = [
    "",
    "require(msg.sender != owner);",
    "require(msg.sender == who);",
    "require(msg.sender == owner || x == 0);",
    "require(msg.sender == tx.origin);",
    "if (msg.sender == owner) { x = 2; }",
    "require(owner != address(0));",
    "require(!admins[msg.sender]);",
]
HOLDER = """pragma solidity ^0.8.0; contract C {{ address owner; address other; uint x; mapping(address => bool) admins;
mapping(address => uint) levels;
function isOwner() internal view returns (bool) {{ return msg.sender == owner; }}
function check() private view {{ if (msg.sender != owner) revert(); }}
function f(address who) public {{ {} x = 1; }} }}"""


@pytest.mark.parametrize("guard", GUARDS)
def test_guards_are_proved(guard: str) -> None:
    body = entry(HOLDER.format(guard)).body
    assert is_authorised(body, body.of("store")[-1].block)


@pytest.mark.parametrize("guard", NO_GUARDS)
def test_what_looks_like_a_guard_is_none(guard: str) -> None:
    body = entry(HOLDER.format(guard)).body
    last = next(s for s in body.of("store") if s.arguments[0].data == 1)
    assert not is_authorised(body, last.block)


def test_a_lock_is_known_by_what_it_does() -> None:
    body = entry(
        """pragma solidity ^0.8.0; contract C { uint gate; modifier banana() { require(gate == 0); gate = 1; _; gate = 0; }
        function f() public banana { msg.sender.call(""); } }"""
    ).body
    assert {getattr(lock, "name", "") for lock in locks_of(body, body.calls[0])} == {"gate"}


def test_summary_says_what_an_entry_does() -> None:
    found = summary(
        entry("contract C { uint x; uint y; function f(address payable a) public { x = y; a.transfer(1); } }")
    )
    assert {v.name for v in found.reads} == {"y"}
    assert {v.name for v in found.writes} == {"x"}
    assert len(found.value_flow) == 1
    assert not found.authorised


def test_recursion_ends() -> None:
    body = entry("contract C { function f(uint n) public returns (uint) { return n == 0 ? 0 : f(n - 1); } }").body
    assert [i.data.kind for i in body.of("call")] == ["internal"]
