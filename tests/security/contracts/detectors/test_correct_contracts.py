"""Contracts that do right what other contracts do wrong: each must stay silent, and speak once it is spoilt."""

from __future__ import annotations

import pytest

from scorpius_lab.security.contracts.scanner import scan_text

INITIALISABLE = """
pragma solidity ^0.8.20;
abstract contract Once {
    struct Marks { uint64 version; bool running; }
    Marks private marks;
    modifier once() {
        bool outermost = !marks.running;
        uint64 version = marks.version;
        bool first = version == 0 && outermost;
        bool deploying = version == 1 && address(this).code.length == 0;
        if (!first && !deploying) revert();
        marks.version = 1;
        if (outermost) marks.running = true;
        _;
        if (outermost) marks.running = false;
    }
    function shut() internal {
        if (marks.running) revert();
        if (marks.version != type(uint64).max) marks.version = type(uint64).max;
    }
}
contract Till is Once {
    address public owner;
    constructor() { shut(); }
    function initialize(address owner_) external once { owner = owner_; }
    function empty() external { require(msg.sender == owner); payable(owner).transfer(address(this).balance); }
    receive() external payable {}
}
"""
LENDER = """
pragma solidity ^0.8.20;
contract Lender {
    bool private busy;
    function lend(address payable to, uint256 amount, bytes calldata data) external {
        require(!busy);
        busy = true;
        uint256 before = address(this).balance;
        (bool done,) = to.call{value: amount}(data);
        require(done);
        require(address(this).balance >= before, "not paid back");
        busy = false;
    }
    function deposit() external payable {}
}
"""
AUCTION = """
pragma solidity ^0.8.20;
contract Auction {
    address payable public immutable seller = payable(msg.sender);
    uint256 public immutable end = block.timestamp + 7 days;
    address public highest;
    uint256 public best;
    bool public over;
    mapping(address => uint256) public refunds;
    function bid() external payable {
        require(block.timestamp < end && msg.value > best);
        refunds[highest] += best;
        highest = msg.sender;
        best = msg.value;
    }
    function withdraw() external {
        uint256 amount = refunds[msg.sender];
        refunds[msg.sender] = 0;
        (bool done,) = msg.sender.call{value: amount}("");
        require(done);
    }
    function settle() external {
        require(block.timestamp >= end && !over);
        over = true;
        (bool done,) = seller.call{value: best}("");
        require(done);
    }
}
"""
HALF = """
pragma solidity ^0.8.20;
contract Bank {
    mapping(address => uint256) public balances;
    function deposit() external payable { balances[msg.sender] += msg.value; }
    function withdraw(uint256 amount) external {
        require(balances[msg.sender] >= amount);
        balances[msg.sen
"""


def detectors(source: str) -> set[str]:
    return {found.detector.id for found in scan_text(source).detections}


@pytest.mark.parametrize(
    ("identity", "correct", "spoilt"),
    [
        ("open-initialiser", INITIALISABLE, INITIALISABLE.replace("constructor() { shut(); }", "")),
        ("open-payment", LENDER, LENDER.replace('require(address(this).balance >= before, "not paid back");', "")),
        ("locked-ether", HALF, HALF[: HALF.index("function withdraw")] + "}"),
        (
            "order-dependent-payout",
            AUCTION,
            AUCTION.replace("immutable seller = payable(msg.sender)", "seller").replace(
                "function bid()", "function enter() external { seller = payable(msg.sender); }\n    function bid()"
            ),
        ),
    ],
)
def test_silent_until_it_is_spoilt(identity: str, correct: str, spoilt: str) -> None:
    assert identity not in detectors(correct)
    assert identity in detectors(spoilt)
