// SPDX-License-Identifier: MIT
pragma solidity ^0.8.1;

contract MarginDesk {
    mapping(address => uint256) public margin;
    mapping(address => int256) public result;
    address public immutable engine;

    event Settled(address indexed trader, int256 result);

    error EngineOnly();

    constructor(address engine_) payable {
        require(engine_ != address(0), "engine");
        engine = engine_;
    }

    function post() external payable {
        margin[msg.sender] += msg.value;
    }

    function book(address trader, int256 change) external {
        if (msg.sender != engine) revert EngineOnly();
        result[trader] += change;
    }

    function settle() external {
        int256 open = result[msg.sender];
        result[msg.sender] = 0;
        emit Settled(msg.sender, open);
        uint256 held = margin[msg.sender];
        margin[msg.sender] = 0;
        uint256 payout = held;
        if (open >= 0) {
            payout += uint256(open);
        } else {
            uint256 loss = uint256(-open);
            payout = loss >= held ? 0 : held - loss;
        }
        payable(msg.sender).transfer(payout > address(this).balance ? address(this).balance : payout);
    }
}
