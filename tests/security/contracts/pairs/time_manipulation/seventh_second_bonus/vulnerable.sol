// SPDX-License-Identifier: MIT
pragma solidity ^0.8.6;

contract FountainOfCoins {
    uint256 public jackpot;
    uint256 public visitors;
    address public immutable town;

    event Wished(address indexed who, bool lucky);

    error CoinTooSmall();

    constructor() payable {
        town = msg.sender;
        jackpot = msg.value;
    }

    function wish() external payable {
        if (msg.value < 0.01 ether) revert CoinTooSmall();
        visitors += 1;
        jackpot += msg.value / 2;
        bool lucky = _isLucky();
        emit Wished(msg.sender, lucky);
        if (lucky) {
            uint256 amount = jackpot;
            jackpot = 0;
            payable(msg.sender).transfer(amount);
        }
    }

    function sweep() external {
        require(msg.sender == town, "town only");
        payable(town).transfer(address(this).balance - jackpot);
    }

    function _isLucky() private view returns (bool) {
        return block.timestamp % 7 == 0;
    }
}
