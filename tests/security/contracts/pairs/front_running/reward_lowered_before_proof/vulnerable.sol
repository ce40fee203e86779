pragma solidity ^0.4.24;

contract FactorReward {
    address public sponsor;
    uint256 public reward;
    uint256 public number;
    bool public closed;

    event RewardChanged(uint256 reward);

    constructor(uint256 composite) public payable {
        require(composite > 3);
        sponsor = msg.sender;
        number = composite;
        reward = msg.value;
    }

    function changeReward() external payable {
        require(msg.sender == sponsor && !closed);
        uint256 previous = reward;
        reward = msg.value;
        emit RewardChanged(msg.value);
        sponsor.transfer(previous);
    }

    function prove(uint256 p, uint256 q) external {
        require(!closed);
        require(p > 1 && q > 1 && p < 2 ** 128 && q < 2 ** 128);
        require(p * q == number);
        closed = true;
        msg.sender.transfer(reward);
    }
}
