// SPDX-License-Identifier: MIT
pragma solidity ^0.8.4;

library Pick {
    function one(address[] storage list, uint256 salt) internal view returns (address) {
        uint256 number = uint256(keccak256(abi.encode(gasleft(), block.timestamp, salt)));
        return list[number % list.length];
    }
}

contract LuckySaver {
    using Pick for address[];

    address[] private savers;
    mapping(address => uint256) public saved;
    uint256 public prize;
    uint256 public nextDraw;

    event Prize(address indexed saver, uint256 amount);

    function save() external payable {
        require(msg.value >= 0.1 ether, "minimum");
        if (saved[msg.sender] == 0) savers.push(msg.sender);
        saved[msg.sender] += msg.value * 99 / 100;
        prize += msg.value - msg.value * 99 / 100;
    }

    function take() external {
        uint256 amount = saved[msg.sender];
        saved[msg.sender] = 0;
        payable(msg.sender).transfer(amount);
    }

    function draw() external {
        require(block.number >= nextDraw, "early");
        nextDraw = block.number + 50_000;
        address lucky = savers.one(savers.length);
        uint256 amount = prize;
        prize = 0;
        saved[lucky] += amount;
        emit Prize(lucky, amount);
    }
}
