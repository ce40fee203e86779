// SPDX-License-Identifier: MIT
pragma solidity ^0.8.12;

interface IMoney {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

contract StakeBook {
    IMoney public immutable money;
    mapping(address => uint256) public stakeOf;
    uint256 public totalStaked;

    event Staked(address indexed payer, address indexed to, uint256 amount);
    event Unstaked(address indexed who, uint256 amount);

    constructor(IMoney money_) {
        require(address(money_) != address(0), "money");
        money = money_;
    }

    function stakeFor(address payer, address to, uint256 amount) external {
        _take(payer, to, amount);
    }

    function unstake(uint256 amount) external {
        stakeOf[msg.sender] -= amount;
        totalStaked -= amount;
        emit Unstaked(msg.sender, amount);
        require(money.transfer(msg.sender, amount), "not sent");
    }

    function _take(address payer, address to, uint256 amount) internal {
        stakeOf[to] += amount;
        totalStaked += amount;
        emit Staked(payer, to, amount);
        require(money.transferFrom(payer, address(this), amount), "not received");
    }
}
