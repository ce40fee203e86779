"""Arithmetic that wraps is found, and what is proved, bounded or meant to wrap is not."""

from __future__ import annotations

import pytest

from scorpius_lab.core.rules import Severity
from scorpius_lab.security.contracts.detection import Detection
from scorpius_lab.security.contracts.detectors.arithmetic.overflow import OVERFLOW
from scorpius_lab.security.contracts.detectors.arithmetic.underflow import UNDERFLOW
from scorpius_lab.security.contracts.scanner import scan_text

TOKEN = "mapping(address => uint256) held; uint256 total; constructor() {{ held[msg.sender] = 1000; }} {body}"


def found(body: str, pragma: str = "^0.7.0") -> list[Detection]:
    source = f"pragma solidity {pragma};\ncontract Books {{\n{TOKEN.format(body=body)}\n}}"
    outcome = scan_text(source, detectors=[OVERFLOW, UNDERFLOW])
    assert outcome.files[0].reason == ""
    return list(outcome.detections)


def ids(body: str, pragma: str = "^0.7.0") -> list[str]:
    return [one.detector.id for one in found(body, pragma)]


@pytest.mark.parametrize(
    "body",
    [
        "function f(uint256 n) public payable { require(msg.value == n * 1 ether); held[msg.sender] = n; }",
        "function f(uint256 n) public { held[msg.sender] += n; }",
        "function f(uint256 n) public { total = block.timestamp + n; held[msg.sender] = n; }",
        "function f(uint8 n) public { total = 10 ** uint256(n); held[msg.sender] = n; }",
        "function f(uint256 n) public { require(n < 2**255); held[msg.sender] = n * 4; total = n; }",
        "uint8 count; function f() public { count++; }",
    ],
)
def test_overflow(body: str) -> None:
    assert set(ids(body)) == {"overflow"}


@pytest.mark.parametrize(
    "body",
    [
        "function f(uint256 n) public { held[msg.sender] -= n; }",
        "function f(uint256 n) public { require(held[msg.sender] - n >= 0); held[msg.sender] = 0; }",
        "function f(uint256 n) public { if (held[msg.sender] > 0) { held[msg.sender] = held[msg.sender] - n; } }",
        "function f(uint256 n) public { require(held[msg.sender] >= n); held[msg.sender] = 0; held[msg.sender] -= n; }",
        "function f() public payable { held[msg.sender] = 5 - msg.value; }",
        "function f() public { uint8 n = 0; n = n - 10; total = n; }",
        "function f(address a, uint256 n) public { require(held[a] >= n); held[msg.sender] -= n; }",
    ],
)
def test_underflow(body: str) -> None:
    assert set(ids(body)) == {"underflow"}


@pytest.mark.parametrize(
    "body",
    [
        # a test before
        "function f(uint256 n) public { require(n < 1000); held[msg.sender] = n * 1 ether; total = n; }",
        "function f(uint256 n) public { require(held[msg.sender] >= n); held[msg.sender] -= n; }",
        "function f(uint256 n) public { if (n > held[msg.sender]) return; held[msg.sender] -= n; }",
        "function f(uint256 n) public { require(!(held[msg.sender] < n)); held[msg.sender] -= n; }",
        "function f(uint256 n) public { require(n <= type(uint256).max - total); total += n; held[msg.sender] = n; }",
        "function f(uint256 n) public { require(n < total && total < held[msg.sender]); held[msg.sender] -= n; }",
        # a test after
        "function f(uint256 n) public { uint256 c = total + n; require(c >= n); total = c; held[msg.sender] = n; }",
        "function f(uint256 n) public { uint256 c = n * 7; assert(n == 0 || c / n == 7); total = c; held[msg.sender] = n; }",
        "function f(uint256 n) public { uint256 c = held[msg.sender] - n; require(c <= held[msg.sender]); total = c; }",
        "function f(uint256 n) public { uint256 c = n * 7; require(n < 100); total = c; held[msg.sender] = n; }",
        # a checked helper
        "function add(uint256 a, uint256 b) internal pure returns (uint256 c) { require((c = a + b) >= a); }"
        "function f(uint256 n) public { total = add(total, n); held[msg.sender] = n; }",
        "function sub(uint256 a, uint256 b) internal pure returns (uint256) { assert(b <= a); return a - b; }"
        "function f(uint256 n) public { held[msg.sender] = sub(held[msg.sender], n); }",
        "function mul(uint256 a, uint256 b) internal pure returns (uint256) { if (a == 0) return 0; uint256 c = a * b;"
        "require(c / a == b); return c; } function f(uint256 n) public { total = mul(n, 3); held[msg.sender] = n; }",
        # what is added was taken from another account
        "function f(address to, uint256 n) public { require(held[msg.sender] >= n); held[msg.sender] -= n;"
        "held[to] += n; }",
        # what reality bounds
        "function f() public payable { held[msg.sender] += msg.value * 100; }",
        "function f() public { total = block.timestamp + 30 days; }",
        "function f() public { total++; }",
        # wrapping is meant
        "function f(uint256 n) public { uint32 now32 = uint32(block.timestamp % 2**32); total = now32 - uint32(total); }",
        "function f(uint256 n) public { uint256 inverse = (3 * n) ^ 2; inverse *= 2 - n * inverse; total = inverse; }",
        "function f(uint256 n) public { total = (n * 31 + 7) & 255; held[msg.sender] = n; }",
        # the caller could have named the result as well
        "function f(uint256 n, uint256 m) public { total = n * m; }",
        # who reads only deceives himself
        "function f(uint256 n) public view returns (uint256) { return total + n; }",
        # trusted callers
        "address owner = msg.sender; function f(uint256 n) public { require(msg.sender == owner); total += n; }",
    ],
)
def test_no_finding(body: str) -> None:
    assert ids(body) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("function f(uint256 n) public { held[msg.sender] -= n; }", []),
        ("function f(uint256 n) public { unchecked { held[msg.sender] -= n; } }", ["underflow"]),
        (
            "function f(uint256 n) public { uint256 c; assembly { c := sub(n, 5) } total = c; held[msg.sender] = n; }",
            ["underflow"],
        ),
        ("function f(uint256 n) public { unchecked { uint256 c = n + 1; c; } }", []),
        (
            "function f(uint256[] memory n) public payable { uint256 sum; unchecked { for (uint256 i; i < n.length; i++)"
            "{ sum += n[i]; held[msg.sender] = n[i]; } } require(sum == msg.value); }",
            ["overflow"],
        ),
    ],
)
def test_checked_arithmetic(body: str, expected: list[str]) -> None:
    assert ids(body, "^0.8.20") == expected


def test_whoever_entered_himself_is_not_trusted() -> None:
    body = (
        "mapping(uint256 => address) seller; mapping(uint256 => uint256) price;"
        "function open(uint256 id) public { require(seller[id] == address(0)); seller[id] = msg.sender; }"
        "function lower(uint256 id, uint256 by) public { require(seller[id] == msg.sender); price[id] -= by; }"
    )
    assert ids(body) == ["underflow"]


def test_a_result_nothing_depends_on_is_low() -> None:
    detections = found("function f(uint256 n) public { uint256 c = total + n; }")
    assert [one.severity for one in detections] == [Severity.LOW]


def test_places_of_one_cause_are_one_finding() -> None:
    detections = found("function f(uint256 n) public {\nheld[msg.sender] += n;\ntotal += n;\n}")
    assert len(detections) == 1
    assert len(detections[0].others) == 1
