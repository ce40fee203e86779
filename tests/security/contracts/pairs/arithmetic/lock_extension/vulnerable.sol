// SPDX-License-Identifier: MIT
pragma solidity ^0.6.6;

contract PatientSafe {
    struct Box {
        uint256 amount;
        uint256 releaseTime;
    }

    mapping(address => Box) private boxes;
    uint256 public constant SHORTEST = 90 days;

    event Extended(address indexed who, uint256 releaseTime);

    function fill() external payable {
        Box storage box = boxes[msg.sender];
        require(box.amount == 0, "filled");
        require(msg.value > 0, "empty");
        box.amount = msg.value;
        box.releaseTime = _after(block.timestamp, SHORTEST);
    }

    function extend(uint256 span) external {
        Box storage box = boxes[msg.sender];
        require(box.amount > 0, "empty");
        box.releaseTime = _after(box.releaseTime, span);
        emit Extended(msg.sender, box.releaseTime);
    }

    function open() external {
        Box storage box = boxes[msg.sender];
        require(block.timestamp >= box.releaseTime, "locked");
        uint256 amount = box.amount;
        delete boxes[msg.sender];
        msg.sender.transfer(amount);
    }

    function _after(uint256 moment, uint256 span) private pure returns (uint256 sum) {
        sum = moment + span;
    }
}
