// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.7.0;

interface IERC777Like {
    function send(address to, uint256 amount, bytes calldata data) external;
    function operatorSend(address from, address to, uint256 amount, bytes calldata data, bytes calldata operatorData) external;
}

contract HookedStaking {
    struct Position {
        uint128 amount;
        uint64 since;
        bool open;
    }

    IERC777Like public immutable token;
    mapping(address => Position) public positions;
    uint256 public constant MINIMUM_AGE = 7 days;

    constructor(IERC777Like token_) {
        token = token_;
    }

    function stake(uint128 amount) external {
        Position storage position = positions[msg.sender];
        require(!position.open, "already open");
        position.open = true;
        position.amount = amount;
        position.since = uint64(block.timestamp);
        token.operatorSend(msg.sender, address(this), amount, "", "");
    }

    function exit() external {
        Position storage position = positions[msg.sender];
        require(position.open, "nothing open");
        require(block.timestamp >= position.since + MINIMUM_AGE, "too early");
        token.send(msg.sender, position.amount, "");
        position.open = false;
        position.amount = 0;
    }
}
