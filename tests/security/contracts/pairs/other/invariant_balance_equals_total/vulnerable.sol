// SPDX-License-Identifier: MIT
pragma solidity ^0.8.8;

contract AuditedPurse {
    uint256 public total;
    mapping(address => uint256) public held;

    event In(address indexed who, uint256 amount);
    event Out(address indexed who, uint256 amount);

    error Unbalanced(uint256 balance, uint256 books);

    modifier balanced() {
        _;
        _audit();
    }

    function put() external payable balanced {
        held[msg.sender] += msg.value;
        total += msg.value;
        emit In(msg.sender, msg.value);
    }

    function take(uint256 amount) external balanced {
        held[msg.sender] -= amount;
        total -= amount;
        emit Out(msg.sender, amount);
        payable(msg.sender).transfer(amount);
    }

    function _audit() private view {
        uint256 balance = address(this).balance;
        if (balance != total) revert Unbalanced(balance, total);
    }
}
