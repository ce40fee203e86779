"""The scanner: what it makes of bad input, and what does not change a finding."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.security.contracts.detection import FileState
from scorpius_lab.security.contracts.scanner import scan_paths, scan_text

SAFE = """pragma solidity ^0.8.0;
contract Safe {
    address owner = msg.sender;
    function pay(address payable to) external {
        require(tx.origin == owner);
        to.transfer(1 ether);
    }
}
"""


def prints(text: str) -> set[str]:
    return {found.fingerprint for found in scan_text(text).detections}


def test_finds_with_a_path_from_the_entry() -> None:
    found = next(d for d in scan_text(SAFE).detections if d.detector.id == "tx-origin")
    assert (found.contract, found.function, found.place.line) == ("Safe", "pay(address)", 5)
    assert found.steps[0].place.line == 4
    assert found.steps[-1].place.line == 5


def test_contracts_on_one_line_are_told_apart() -> None:
    flat = SAFE.replace("\n", " ")
    line = flat + "/* ï */" + flat.replace("Safe", "Other").partition(";")[2] + "contract Last { }"
    assert [(d.contract, d.detector.id) for d in scan_text(line).detections] == [
        (name, d.detector.id) for name in ("Safe", "Other") for d in scan_text(flat).detections
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["\n", "  ", "\t", "/* x */", "// note\n"]), max_size=6), st.randoms())
def test_reformatting_keeps_fingerprints(extra: list[str], random: object) -> None:
    tokens = re.split(r"(?<=[;{}])", SAFE)
    for piece in extra:
        position = random.randrange(len(tokens))  # type: ignore[attr-defined]
        tokens[position] = piece + tokens[position]
    assert prints("".join(tokens)) == prints(SAFE)


def test_names_and_comments_change_nothing() -> None:
    renamed = SAFE.replace("Safe", "Vulnerable_TxOrigin_Bug").replace("pay(", "attack(")
    assert [d.place.line for d in scan_text(renamed, "tx_origin_bug.sol").detections] == [
        d.place.line for d in scan_text(SAFE).detections
    ]
    commented = SAFE.replace("require", "/* reentrancy, overflow, <yes> <report> */ require")
    assert prints(commented) == prints(SAFE)


@pytest.mark.parametrize(
    ("name", "text", "state"),
    [
        ("a.sol", "this is not Solidity at all, is it?", FileState.NOT_EVALUATED),
        ("a.vy", "# @version 0.3.10\n@external\ndef f():\n    pass\n", FileState.NOT_EVALUATED),
        ("a.yul", 'object "A" { code { sstore(0, 1) } }', FileState.NOT_EVALUATED),
        ("a.sol", "contract A { function f() public { x = ", FileState.PARTIAL),
        ("a.sol", "contract A is B {} contract B is A {}", FileState.PARTIAL),
        ("a.sol", "contract A is A {}", FileState.PARTIAL),
        ("a.sol", "pragma solidity banana; contract A {}", FileState.PARTIAL),
        ("a.sol", "pragma solidity ^99.0.0; contract A { function f() public {} }", FileState.EVALUATED),
        (
            "a.sol",
            "contract A { function f() public { x = " + "(" * 10_000 + "1" + ")" * 10_000 + "; } }",
            FileState.NOT_EVALUATED,
        ),
        ("a.sol", "", FileState.NOT_EVALUATED),
    ],
)
def test_bad_input_is_said_and_harms_nothing(name: str, text: str, state: FileState) -> None:
    outcome = scan_text(text, name)
    assert outcome.files[0].state is state
    assert bool(outcome.files[0].reason) == (state is not FileState.EVALUATED)


def test_ten_megabytes_on_one_line_end_within_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a.sol").write_text("contract A { function f() public { " + "x = x + 1; " * 950_000 + "} }")
    (tmp_path / "b.sol").write_text(SAFE)
    outcome = scan_paths([tmp_path], file_seconds=3)
    states = {Path(file.path).name: file for file in outcome.files}
    assert states["a.sol"].state is not FileState.EVALUATED
    assert "longer than 3 s" in states["a.sol"].reason
    assert states["b.sol"].state is FileState.EVALUATED
    assert {d.detector.id for d in outcome.detections} >= {"tx-origin"}


def test_imports_may_go_round_in_circles_or_be_missing(tmp_path: Path) -> None:
    (tmp_path / "a.sol").write_text('import "./b.sol"; import "./gone.sol"; contract A is B {}')
    (tmp_path / "b.sol").write_text(
        'import "./a.sol"; contract B { function f() public { require(tx.origin == o); } address o; }'
    )
    outcome = scan_paths([tmp_path])
    assert {file.state for file in outcome.files} == {FileState.EVALUATED}
    assert [file.missing_imports for file in outcome.files] == [("./gone.sol",), ()]
    assert len([d for d in outcome.detections if d.detector.id == "tx-origin"]) == 1


def test_invalid_utf8_is_read_with_replacements(tmp_path: Path) -> None:
    (tmp_path / "a.sol").write_bytes(SAFE.replace("1 ether", "1 ether /* \udcff */").encode("utf-8", "surrogateescape"))
    outcome = scan_paths([tmp_path])
    assert any(d.detector.id == "tx-origin" for d in outcome.detections)
