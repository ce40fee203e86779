"""What nobody should scan: each ends in time, in a state with a reason in one sentence, and costs no other file."""

from __future__ import annotations

import os
import resource
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from security.contracts.source.folders import write

from scorpius_lab.errors import UsageError
from scorpius_lab.security.contracts import scanner
from scorpius_lab.security.contracts.detection import FileOutcome, FileState, ScanOutcome
from scorpius_lab.security.contracts.scanner import scan_paths, scan_sources, scan_text
from scorpius_lab.security.contracts.source.files import SourceFile, from_text, read_source

EVALUATED, PARTIAL, NOT_EVALUATED = FileState.EVALUATED, FileState.PARTIAL, FileState.NOT_EVALUATED
SECONDS = 3.0
OVERTIME = 4.0  # what cannot be stopped: a regular expression, the end of a batch; generous for a busy machine
DEEP = 10_000
LONG = 10 << 20
GOOD = "contract Good { address o; function f() public { require(tx.origin == o); } }"

# Of the shape of real contracts: every kind of declaration, old and new statements, comments and strings.
HOUSE = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Owned} from "./Owned.sol";
import "./Token.sol" as Token;

/// @title A house that keeps money; "quotes" and { braces } in comments mean nothing
interface Oracle { function price(address token) external view returns (uint256 value, uint8 decimals); }

library Shares {
    struct Share { uint128 paid; uint64 since; bool frozen; }
    function due(Share storage share, uint256 rate) internal view returns (uint256) {
        return share.paid * rate / 1e18 + (block.timestamp - share.since) ** 2;
    }
}

abstract contract House is Owned(msg.sender) {
    using Shares for Shares.Share;
    enum State { Open, Closed }
    type Rate is uint128;
    error Closed(State state);
    event Paid(address indexed who, uint256 amount) ;

    mapping(address => Shares.Share) private shares;
    mapping(uint256 => mapping(address => bool)) public seen;
    address[] public members;
    bytes32 public constant DOMAIN = keccak256("House(uint256 \\"chain\\")");
    Oracle public immutable oracle;
    State internal state;

    modifier open() { if (state != State.Open) revert Closed(state); _; }

    constructor(Oracle oracle_) payable { oracle = oracle_; state = State.Open; }
    receive() external payable { shares[msg.sender].paid += uint128(msg.value); }
    fallback(bytes calldata data) external returns (bytes memory) { return data; }

    function pay(address payable who, uint256 amount) external open returns (bool ok) {
        Shares.Share storage share = shares[msg.sender];
        unchecked { share.paid -= uint128(amount); }
        (ok, ) = who.call{value: amount, gas: 50_000}("");
        require(ok, unicode"nicht bezahlt: \u00fc");
        emit Paid(who, amount);
    }

    function all(uint256[] calldata rates) public virtual {
        for (uint256 i = 0; i < members.length; ++i) {
            address member = members[i];
            if (shares[member].frozen || rates[i] == 0) continue;
            do { shares[member].since = uint64(block.timestamp); } while (false);
            try oracle.price(member) returns (uint256 value, uint8) {
                shares[member].paid = value > 1 ether ? uint128(value) : uint128(shares[member].due(rates[i]));
            } catch Error(string memory reason) { revert(reason); } catch { delete shares[member]; }
        }
        assembly ("memory-safe") {
            let size := extcodesize(caller())
            switch size case 0 { sstore(0, 0x2a) } default { if gt(size, 1) { revert(0, 0) } }
            for { let i := 0 } lt(i, size) { i := add(i, 1) } { mstore(i, not(0)) }
        }
    }
}
"""


def one_reason(file: FileOutcome) -> None:
    assert bool(file.reason) == (file.state is not EVALUATED)
    assert "\n" not in file.reason
    assert "failed" not in file.reason  # a fault of ours


def beside_a_good_file(folder: Path, files: dict[str, str | bytes]) -> dict[str, FileOutcome]:
    """Scan files with a good one beside them; what became of the others, by name."""
    write(folder, {**files, "zz_good.sol": GOOD})
    started = time.process_time()
    outcome = scan_paths([folder], file_seconds=SECONDS)
    assert time.process_time() - started < (SECONDS + OVERTIME) * max(1, len(files))
    return checked(outcome)


def checked(outcome: ScanOutcome) -> dict[str, FileOutcome]:
    found = {file.path: file for file in outcome.files}
    good = found.pop("zz_good.sol")
    assert (good.state, good.reason) == (EVALUATED, "")
    assert any(d.detector.id == "tx-origin" and d.place.path == "zz_good.sol" for d in outcome.detections)
    for file in found.values():
        one_reason(file)
    return found


# Not Solidity ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes(range(256)) * 40, "it is not Solidity: it is not text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0", "it is not Solidity: it is not text"),
        (b"\x7fELF\2\1\1" + b"\0" * 60, "it is not Solidity: it is not text"),
        (b"contract A {}\0", "it is not Solidity: it is not text"),
        (b"", "it is empty"),
        ("contract A {}".encode("utf-16"), "it is UTF-16, which no Solidity compiler reads; save it as UTF-8"),
        (b"<!DOCTYPE html><html><body><p>404 Not Found</p></body></html>", "there is no Solidity in it"),
        (b"this is a shopping list: eggs, milk, (bread", "there is no Solidity in it"),
        (b'{"contracts": [1, 2, 3]}', "there is no Solidity in it"),
        (b"def f(x):\n    return x + 1\n", "there is no Solidity in it"),
        (b"# @version ^0.3.10\n@external\ndef f():\n    pass\n", "Vyper is not supported; only Solidity is looked at"),
        (b'object "A" { code { sstore(0, 1) } }', "Yul is not supported; only Solidity is looked at"),
    ],
)
def test_what_is_not_solidity_says_what_it_is(tmp_path: Path, data: bytes, reason: str) -> None:
    file = beside_a_good_file(tmp_path, {"a.sol": data})["a.sol"]
    assert file.state is NOT_EVALUATED
    assert file.reason.startswith(reason)


@pytest.mark.parametrize("name", ["a.vy", "a.yul"])
def test_other_languages_are_told_by_the_name_too(tmp_path: Path, name: str) -> None:
    file = beside_a_good_file(tmp_path, {name: "x: uint256\n"})[name]
    assert file.state is NOT_EVALUATED
    assert "is not supported" in file.reason


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode().replace(b"o; f", b"o; /* \xff\xfe caf\xe9 */ f"),
        GOOD.replace("{", "{\r\n").encode(),
        GOOD.replace("{", "{\r").encode(),
        GOOD.replace("o;", "o; /* \u2028 \u202e \ufeff */").encode(),
        b"pragma solidity ^99.99.99; " + GOOD.encode(),
        b"pragma solidity >=0.4.0 <0.9.0 || ^1.2; " + GOOD.encode(),
        b"pragma solidity; " + GOOD.encode(),
        b"pragma experimental banana; " + GOOD.encode(),
        b'import "https://example.org/a.sol"; import "../../../../etc/passwd"; import ""; ' + GOOD.encode(),
    ],
    ids=["mark", "not utf-8", "crlf", "cr", "separators", "newer", "either", "no version", "experimental", "imports"],
)
def test_odd_text_around_a_contract_hides_nothing(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, {"a.sol": data})
    outcome = scan_paths([tmp_path])
    assert outcome.files[0].state in {EVALUATED, PARTIAL}
    one_reason(outcome.files[0])
    assert [d.detector.id for d in outcome.detections if d.detector.id == "tx-origin"] == ["tx-origin"]


# Half a file ----------------------------------------------------------------------------------------------------------


def test_the_whole_house_is_read() -> None:
    file = scan_text(HOUSE).files[0]
    assert (file.state, file.contracts) == (EVALUATED, ("Oracle", "Shares", "House"))


@pytest.mark.parametrize("start", [0, 17, 31])
def test_half_a_file_keeps_what_is_whole(start: int) -> None:
    data = HOUSE.encode()
    cuts = range(start or 50, len(data), 50)
    halves = [from_text(data[:cut].decode("utf-8", "replace"), f"{cut:05}.sol") for cut in cuts]
    tails = [from_text(data[cut:].decode("utf-8", "replace"), f"{cut:05}_tail.sol") for cut in cuts]
    outcome = scan_sources([*halves, *tails, from_text(GOOD, "zz_good.sol")], lambda _path, _importer: None)
    found = checked(outcome)
    body = HOUSE.encode().index(b"constructor(")
    for cut in cuts:
        if cut > body:
            assert {"Oracle", "Shares", "House"} <= set(found[f"{cut:05}.sol"].contracts), cut


# Long -----------------------------------------------------------------------------------------------------------------

LONG_LINES = {
    "statements": "contract A { uint x; function f() public { " + "x = x + 1; " * (LONG // 11) + "} }",
    "comment": "// " + "x" * LONG,
    "string": 'contract A { string s = "' + "x" * LONG + '"; }',
    "name": "contract " + "x" * LONG + " {}",
    "number": "contract A { uint x = 1" + "0" * (LONG // 10) + "; }",
    "spaces": "contract A {" + " " * LONG + "}",
    "words": "x " * (LONG // 2),
    "stars": "*" * LONG,
    "open comments": "/*" * (LONG // 2),
    "open quotes": "contract A { string s = '" + "\\'" * (LONG // 10),
    "braces": "{" * (LONG // 10),
    "contracts": "contract A{}" * (LONG // 100),
    "imports": 'import "./b.sol";' * (LONG // 100),
    "items": "contract A { uint[] x = [" + "1," * (LONG // 10) + "1]; }",
    "yul": "contract A { function f() public { assembly { " + "sstore(0, 1) " * (LONG // 100) + "} } }",
    "functions": "contract A { " + "".join(f"function f{n}() public {{ f{n + 1}(); }} " for n in range(DEEP)) + "}",
    "variables": "contract A { " + "".join(f"uint v{n}; " for n in range(DEEP)) + "function f() public { v1 = 2; } }",
    "branches": "contract A { uint x; function f() public { " + "if (x == 1) x = 2; " * DEEP + "} }",
    "doubling calls": "contract A { "
    + "".join(f"function f{n}() public {{ f{n + 1}(); f{n + 1}(); }} " for n in range(60))
    + "function f60() public {} }",
    "doubling modifiers": "contract A { "
    + "".join(f"modifier m{n}() {{ _; _; }} " for n in range(40))
    + "uint x; function f() public "
    + " ".join(f"m{n}" for n in range(40))
    + " { x = 1; } }",
}


@pytest.mark.parametrize("form", LONG_LINES)
def test_ten_megabytes_on_one_line_end_in_time(tmp_path: Path, form: str) -> None:
    beside_a_good_file(tmp_path, {"a.sol": LONG_LINES[form]})


def test_a_file_larger_than_any_contract_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.sol").open("wb") as file:
        file.truncate(1 << 40)  # takes no room
    file = beside_a_good_file(tmp_path, {})["a.sol"]
    assert file.state is NOT_EVALUATED
    assert file.reason == "it is larger than 32 MB, which no contract is; leave it out or split it"


# Deep -----------------------------------------------------------------------------------------------------------------


def code(statement: str) -> str:
    return f"contract A {{ uint a; uint[] m; function f() public returns (uint) {{ {statement} }} }}"


def nested(depth: int) -> dict[str, str]:
    """Every form that can stand inside of itself, `depth` times."""
    return {
        "parentheses": code("a = " + "(" * depth + "1" + ")" * depth + ";"),
        "tuples": code("(a," * depth + "a" + ")" * depth + " = 1;"),
        "blocks": code("{" * depth + "}" * depth),
        "unchecked": code("unchecked {" * depth + "}" * depth),
        "not": code("a = " + "!" * depth + "1;"),
        "minus": code("a = " + "- " * depth + "1;"),
        "increments": code("++" * depth + "a;"),
        "members": code("a" + ".b" * depth + ";"),
        "indexes": code("m" + "[0]" * depth + " = 1;"),
        "index in index": code("m" + "[m" * depth + "[0]" + "]" * depth + " = 1;"),
        "calls": code("f" + "()" * depth + ";"),
        "call in call": code("f(" * depth + ")" * depth + ";"),
        "call options": code("f" + "{value: 1}" * depth + "();"),
        "hashes": code("keccak256(" * depth + ")" * depth + ";"),
        "sum": code("a = " + "a + " * depth + "1;"),
        "power": code("a = " + "2 ** " * depth + "1;"),
        "conditions": code("if (" + "a == 1 && " * depth + "true) a = 2;"),
        "assignments": code("a = " * depth + "1;"),
        "ternaries": code("a = " + "a == 1 ? 2 : " * depth + "3;"),
        "ternary in ternary": code("a = " + "a == 1 ? " * depth + "3" + " : 2" * depth + ";"),
        "array literals": code("a = " + "[" * depth + "1" + "]" * depth + ";"),
        "new": code("a = " + "new " * depth + "A();"),
        "if": code("if (a == 1) " * depth + "a = 2;"),
        "else if": code("if (a == 1) a = 2; else " * depth + "a = 3;"),
        "for": code("for (uint i = 0; i < a; i++) " * depth + "a = 2;"),
        "while": code("while (a > 0) " * depth + "a = 2;"),
        "do": code("do " * depth + "a = 2;" + " while (a > 0);" * depth),
        "try": code("try this.f() { " * depth + "} catch {}" * depth),
        "yul blocks": code("assembly { " + "{" * depth + "}" * depth + " }"),
        "yul calls": code("assembly { let x := " + "add(1," * depth + "1" + ")" * depth + " }"),
        "yul if": code("assembly { " + "if a.slot {" * depth + "}" * depth + " }"),
        "yul switch": code("assembly { " + "switch 1 default {" * depth + "}" * depth + " }"),
        "yul functions": code("assembly { " + "function g() {" * depth + "}" * depth + " }"),
        "arrays": "contract A { uint" + "[]" * depth + " x; function f() public { delete x; } }",
        "fixed arrays": "contract A { uint" + "[3]" * depth + " x; function f() public { delete x; } }",
        "mappings": "contract A { "
        + "mapping(uint => " * depth
        + "uint"
        + ")" * depth
        + " x; function f() public { x; } }",
        "function types": "contract A { " + "function(" * depth + "uint" + ") external" * depth + " x; }",
        "structs": "contract A { "
        + "".join(f"struct S{n} {{ S{n + 1} x; }} " for n in range(depth))
        + f"struct S{depth} {{ uint y; }} S0 s; function f() public {{ delete s; s{'.x' * min(depth, 400)}.y = 1; }} }}",
        "bases": "contract B0 { function f() public virtual {} } "
        + "".join(f"contract B{n + 1} is B{n} {{ }} " for n in range(depth)),
        "bases backwards": "".join(f"contract B{depth - n} is B{depth - n - 1} {{ }} " for n in range(depth))
        + "contract B0 { function f() public virtual {} }",
        "constants": "contract A { "
        + "".join(f"uint constant c{n} = c{n + 1} + c{n + 1}; " for n in range(depth))
        + f"uint constant c{depth} = 1; function f() public returns (uint) {{ return c0; }} }}",
        "internal calls": "contract A { "
        + "".join(f"function f{n}() internal {{ f{n + 1}(); }} " for n in range(depth))
        + f"function f{depth}() internal {{}} function f() public {{ f0(); }} }}",
    }


@pytest.mark.parametrize("form", nested(1))
def test_nesting_without_end_is_told(tmp_path: Path, form: str) -> None:
    file = beside_a_good_file(tmp_path, {"a.sol": nested(DEEP)[form]})["a.sol"]
    if file.state is NOT_EVALUATED:
        assert file.reason.startswith(("it is nested too deeply", "it took longer than"))


@pytest.mark.parametrize("depth", [1, 60, 200, pytest.param(700, marks=pytest.mark.full)])
def test_nesting_that_is_still_read_is_looked_at(tmp_path: Path, depth: int) -> None:
    files: dict[str, str | bytes] = {f"{form}.sol": text for form, text in nested(depth).items()}
    found = beside_a_good_file(tmp_path, files)
    if depth <= 60:
        assert {name: file.reason for name, file in found.items() if file.state is NOT_EVALUATED} == {}


# Circles --------------------------------------------------------------------------------------------------------------


def test_imports_in_circles_with_bases_in_circles(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.sol": 'import "./b.sol"; import "./a.sol"; contract A is B, A { function f() public { g(); } }',
        "b.sol": 'import {C as D} from "./c.sol"; contract B is D { function g() public virtual { f(); } }',
        "c.sol": 'import * as all from "./a.sol"; import "./b.sol"; contract C is all.A { function g() public { super.g(); } }',
    }
    outcome = beside_a_good_file(tmp_path, files)
    assert {outcome[name].state for name in files} == {PARTIAL}
    assert all("circle" in outcome[name].reason for name in files)


def test_a_diamond_is_looked_at_once(tmp_path: Path) -> None:
    text = (
        "contract A { address o; function f() public virtual { require(tx.origin == o); } } "
        "contract B is A { function f() public virtual override { super.f(); } } "
        "contract C is A { function f() public virtual override { super.f(); } } "
        "contract D is B, C { function f() public override(B, C) { super.f(); } } "
        "contract E is C, B { function f() public override(B, C) { super.f(); } }"
    )
    write(tmp_path, {"a.sol": text})
    outcome = scan_paths([tmp_path])
    assert [d.function for d in outcome.detections if d.detector.id == "tx-origin"] == ["f()"]


@pytest.mark.parametrize(
    "text",
    [
        "contract A is B {} contract B is C {} contract C is A { function f() public { super.f(); } }",
        "contract A is A.A, A {} library A is A {} interface A is A {}",
        "contract D is B, A {} contract B is A {} contract A {}",  # no order satisfies it
        "contract A { struct S { S s; T[] t; } struct T { S s; } S s; function f() public { delete s; s.s.s = s; } }",
        "contract A { uint constant a = b; uint constant b = a + c; uint constant c = c; function f() public { a; } }",
        "contract A { function f() public { g(); } function g() public { h(); } function h() public { f(); } }",
        "contract A { modifier m() { f(); _; } function f() public m { f(); } }",
        "contract A { function f() public { assembly { function a() { b() } function b() { a() } a() } } }",
        "type T is T; enum E {} struct S { S.S s; } using S for S; contract A { T t; E e; S s; }",
        "contract A is Missing, Gone(1) { function f() public m n(1) { super.f(); Missing.f(); x.y = z; } }",
    ],
)
def test_what_refers_to_itself_or_to_nothing_ends(tmp_path: Path, text: str) -> None:
    assert beside_a_good_file(tmp_path, {"a.sol": text})["a.sol"].state is not NOT_EVALUATED


# Folders --------------------------------------------------------------------------------------------------------------


def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    write(tmp_path, {"in/zz_good.sol": GOOD})
    for name, target in {"self": "self", "up": "..", "here": ".", "a.sol": "b.sol", "b.sol": "a.sol"}.items():
        (tmp_path / "in" / name).symlink_to(target)
    outcome = scan_paths([tmp_path / "in"])
    states = {file.path: file.state for file in outcome.files}
    assert states == {"a.sol": NOT_EVALUATED, "b.sol": NOT_EVALUATED, "zz_good.sol": EVALUATED}
    with pytest.raises(UsageError):
        scan_paths([tmp_path / "in" / "self"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    write(tmp_path, {"a.sol": GOOD})
    (tmp_path / "a.sol").chmod(0)
    assert beside_a_good_file(tmp_path, {})["a.sol"].reason == "this user may not read it"


def test_a_file_the_system_does_not_give_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuse(path: Path, *rest: int) -> int:
        if Path(path).name == "a.sol":
            raise PermissionError(13, "Permission denied")
        if Path(path).name == "b.sol":
            raise OSError(5, "Input/output error")
        return opened(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    found = beside_a_good_file(tmp_path, {"a.sol": GOOD, "b.sol": GOOD})
    assert {name: (file.state, file.reason) for name, file in found.items()} == {
        "a.sol": (NOT_EVALUATED, "this user may not read it"),
        "b.sol": (NOT_EVALUATED, "it cannot be read: Input/output error"),
    }


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    outcome = scan_paths([tmp_path])
    assert [(file.state, file.reason) for file in outcome.files] == [
        (NOT_EVALUATED, "there is no Solidity file to scan in it")
    ]


def test_a_pipe_with_the_name_of_a_contract_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.sol")
    found = beside_a_good_file(tmp_path, {})
    assert all(file.state is NOT_EVALUATED for file in found.values())


def test_a_file_that_vanishes_while_others_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is listed with the folder, and gone when its turn comes."""
    from scorpius_lab.security.contracts.source import imports

    def vanish(file: Path, label: str) -> SourceFile:
        if file.name == "a.sol":
            file.unlink()
        return read_source(file, label)

    monkeypatch.setattr(imports, "read_source", vanish)
    file = beside_a_good_file(tmp_path, {"a.sol": GOOD})["a.sol"]
    assert (file.state, file.reason) == (NOT_EVALUATED, "there is no such file")


def test_an_import_that_vanishes_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scorpius_lab.security.contracts.source import imports

    def vanish(file: Path, label: str) -> SourceFile:
        if file.name == "zz_good.sol":
            (tmp_path / "b.sol").unlink(missing_ok=True)
        return read_source(file, label)

    monkeypatch.setattr(imports, "read_source", vanish)
    (tmp_path / "b.sol").write_text(GOOD)
    write(tmp_path, {"a.sol": 'import "./b.sol"; contract A {}', "zz_good.sol": GOOD})
    outcome = scan_paths([tmp_path / "a.sol", tmp_path / "zz_good.sol"])
    assert [file.missing_imports for file in outcome.files] == [("./b.sol",), ()]


# Many -----------------------------------------------------------------------------------------------------------------


def tiny(count: int) -> Iterator[SourceFile]:
    for number in range(count):
        yield from_text("contract A { uint x; function f() public { x = 1; } }", f"{number // 1000}/{number}.sol")


def test_a_thousand_tiny_files(tmp_path: Path) -> None:
    write(tmp_path, {f"{number // 100}/{number}.sol": "contract A { }" for number in range(1000)})
    found = beside_a_good_file(tmp_path, {})
    assert len(found) == 1000
    assert {file.state for file in found.values()} == {EVALUATED}


def test_memory_does_not_grow_with_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is said of each file is kept."""
    monkeypatch.setattr(scanner, "BATCH_FILES", 100)
    scan_sources(tiny(100), lambda _path, _importer: None)
    tracemalloc.start()
    kept = scan_sources(tiny(200), lambda _path, _importer: None)
    first = tracemalloc.get_traced_memory()[0]
    more = scan_sources(tiny(800), lambda _path, _importer: None)
    grown = tracemalloc.get_traced_memory()[0] - first
    tracemalloc.stop()
    assert (len(kept.files), len(more.files)) == (200, 800)
    assert grown < 800 * 1_000


@pytest.mark.full
@pytest.mark.timeout(3_600)
def test_a_million_tiny_files_in_flat_memory() -> None:
    """A megabyte for each thousand files is what the record of each takes."""
    scan_sources(tiny(4_000), lambda _path, _importer: None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = scan_sources(tiny(1_000_000), lambda _path, _importer: None)
    assert len(outcome.files) == 1_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000
