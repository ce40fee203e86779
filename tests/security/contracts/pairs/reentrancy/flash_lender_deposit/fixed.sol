// SPDX-License-Identifier: MIT
pragma solidity ^0.8.13;

interface IBorrower {
    function onLoan(uint256 amount, bytes calldata data) external payable;
}

contract FlashLender {
    uint8 private constant OPEN = 1;
    uint8 private constant CLOSED = 2;

    uint8 private door = OPEN;
    mapping(address => uint256) public funds;

    error DoorClosed();
    error NotRepaid(uint256 missing);

    modifier throughDoor() {
        _close();
        _;
        door = OPEN;
    }

    function deposit() external payable throughDoor {
        funds[msg.sender] += msg.value;
    }

    function withdraw(uint256 amount) external throughDoor {
        funds[msg.sender] -= amount;
        (bool ok, ) = msg.sender.call{value: amount}("");
        require(ok, "refused");
    }

    function lend(uint256 amount, bytes calldata data) external throughDoor {
        uint256 before = address(this).balance;
        IBorrower(msg.sender).onLoan{value: amount}(amount, data);
        uint256 later = address(this).balance;
        if (later < before) revert NotRepaid(before - later);
    }

    function giveBack() external payable {
        require(door == CLOSED, "no loan");
    }

    function _close() private {
        if (door == CLOSED) revert DoorClosed();
        door = CLOSED;
    }
}
