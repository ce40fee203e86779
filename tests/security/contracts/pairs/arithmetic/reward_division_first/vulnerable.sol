// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

contract SeasonRewards {
    uint256 public pot;
    uint256 public totalStake;
    uint256 public immutable lastBlock;
    mapping(address => uint256) public stakeOf;

    event Claimed(address indexed who, uint256 reward);

    constructor(uint256 blocks) payable {
        lastBlock = block.number + blocks;
        pot = msg.value;
    }

    function stake() external payable {
        require(block.number < lastBlock, "over");
        stakeOf[msg.sender] += msg.value;
        totalStake += msg.value;
    }

    function claim() external {
        require(block.number >= lastBlock, "running");
        uint256 staked = stakeOf[msg.sender];
        require(staked > 0, "no stake");
        stakeOf[msg.sender] = 0;
        uint256 reward = _rewardFor(staked);
        emit Claimed(msg.sender, reward);
        payable(msg.sender).transfer(staked + reward);
    }

    function _rewardFor(uint256 staked) internal view returns (uint256) {
        uint256 ratio = staked / totalStake;
        return ratio * pot;
    }
}
