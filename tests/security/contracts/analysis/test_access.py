"""What anyone may take, seize or clear is found, however it is written; what is kept from strangers is not."""

from __future__ import annotations

import pytest

from scorpius_lab.security.contracts.detectors import access_control
from scorpius_lab.security.contracts.scanner import scan_text

TOKEN = """
interface IToken {
    function transfer(address, uint256) external returns (bool);
    function transferFrom(address, address, uint256) external returns (bool);
    function approve(address, uint256) external returns (bool);
    function balanceOf(address) external view returns (uint256);
}
"""
TILL = """
    address owner = msg.sender;
    IToken token;
    mapping(address => uint256) held;
    receive() external payable { held[msg.sender] += msg.value; }
    function hand(address next) external { require(msg.sender == owner && next != address(0)); owner = next; }
"""


def ids(body: str, *, bases: str = "", head: str = "") -> set[str]:
    source = f"pragma solidity ^0.8.0;\n{head}{TOKEN}contract Till {bases} {{{TILL}{body}}}"
    outcome = scan_text(source, detectors=access_control.DETECTORS)
    assert outcome.files[0].syntax_errors == 0
    return {one.detector.id for one in outcome.detections}


def sweep(call: str) -> str:
    return f"function sweep(address to, uint256 amount) external {{ {call} }}"


@pytest.mark.parametrize(
    "call",
    [
        "token.transfer(to, amount);",
        "token.approve(to, amount);",
        "token.transferFrom(address(this), to, amount);",
        "address(token).call(abi.encodeWithSelector(IToken.transfer.selector, to, amount));",
        'address(token).call(abi.encodeWithSignature("transfer(address,uint256)", to, amount));',
        "address(token).call(abi.encodeCall(IToken.transfer, (to, amount)));",
        "address(token).call(abi.encodeWithSelector(0xa9059cbb, to, amount));",
        """
        address asked = address(token);
        bytes4 selector = IToken.transfer.selector;
        assembly {
            mstore(0x00, selector)
            mstore(0x04, and(to, shr(96, not(0))))
            mstore(0x24, amount)
            if iszero(call(gas(), asked, 0, 0x00, 0x44, 0x00, 0x20)) { revert(0, 0) }
        }
        """,
        "require(msg.sender != owner); token.transfer(to, amount);",
    ],
)
def test_tokens_given_away(call: str) -> None:
    assert ids(sweep(call)) == {"open-payment"}


@pytest.mark.parametrize(
    "call",
    [
        "require(msg.sender == owner); token.transfer(to, amount);",
        "held[msg.sender] -= amount; token.transfer(to, amount);",
        "token.transferFrom(msg.sender, to, amount);",
        "token.transfer(owner, amount); to;",
        "if (msg.sender != owner) revert(); token.transfer(to, amount);",
    ],
)
def test_tokens_kept(call: str) -> None:
    assert ids(sweep(call)) == set()


def test_tokens_pulled_by_hand() -> None:
    call = "address(token).call(abi.encodeWithSelector(IToken.transferFrom.selector, from, to, 1 ether));"
    assert ids(f"function pull(address from, address to) external {{ {call} }}") == {"pull-from-anyone"}


def test_records_cleared_by_anyone() -> None:
    kept = """
    mapping(uint256 => address) keeper;
    function move(uint256 id, address to) external { require(keeper[id] == msg.sender); keeper[id] = to; }
    """
    assert ids(kept + "function burn(uint256 id) external { delete keeper[id]; }") == {"open-authority"}
    safe = "function burn(uint256 id) external { require(keeper[id] == msg.sender); delete keeper[id]; }"
    assert ids(kept + safe) == set()


def test_owner_in_a_struct_written_whole() -> None:
    settings = """
    struct Settings { address keeper; uint256 fee; }
    Settings settings;
    function take() external { require(msg.sender == settings.keeper); payable(owner).transfer(1 ether); }
    """
    assert ids(settings + "function set(Settings calldata to) external { settings = to; }") == {"open-authority"}


@pytest.mark.parametrize(
    "function",
    [
        "function set(address next) external onlyKeeper { owner = next; }",
        "function set(address next) external onlyRole(keccak256('KEEPER')) { owner = next; }",
        "function set(address next) external { _checkKeeper(); owner = next; }",
        "function set(address next) external { require(isKeeper()); owner = next; }",
        "function set(address next, bytes calldata s) external { require(Signed.check(next, s)); owner = next; }",
        "function initialize(address next) external initializer { owner = next; }",
        "function sweep(address to) external onlyKeeper { token.transfer(to, 1 ether); }",
    ],
)
def test_checks_in_files_that_are_not_there(function: str) -> None:
    head = 'import {Kept} from "./Kept.sol";\nimport {Signed} from "./Signed.sol";\n'
    assert ids(function, bases="is Kept", head=head) <= {"zero-authority"}
