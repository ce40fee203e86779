// SPDX-License-Identifier: MIT
pragma solidity ^0.6.0;

library Calc {
    function add(uint256 a, uint256 b) internal pure returns (uint256) {
        uint256 c = a + b;
        require(c >= a, "add");
        return c;
    }

    function sub(uint256 a, uint256 b, string memory reason) internal pure returns (uint256) {
        require(b <= a, reason);
        return a - b;
    }
}

contract BountyBank {
    using Calc for uint256;

    mapping(address => uint256) private funds;
    mapping(bytes32 => uint256) private bounties;
    mapping(bytes32 => address) private sponsor;

    event Posted(bytes32 indexed task, uint256 amount);
    event Reduced(bytes32 indexed task, uint256 amount);

    function load() external payable {
        funds[msg.sender] = funds[msg.sender].add(msg.value);
    }

    function post(bytes32 task, uint256 amount) external {
        require(sponsor[task] == address(0) || sponsor[task] == msg.sender, "taken");
        sponsor[task] = msg.sender;
        funds[msg.sender] = funds[msg.sender].sub(amount, "funds");
        bounties[task] = bounties[task].add(amount);
        emit Posted(task, amount);
    }

    function reduce(bytes32 task, uint256 amount) external {
        require(sponsor[task] == msg.sender, "sponsor only");
        bounties[task] = bounties[task].sub(amount, "bounty");
        funds[msg.sender] = funds[msg.sender].add(amount);
        emit Reduced(task, amount);
    }

    function withdraw(uint256 amount) external {
        funds[msg.sender] = funds[msg.sender].sub(amount, "funds");
        msg.sender.transfer(amount);
    }
}
