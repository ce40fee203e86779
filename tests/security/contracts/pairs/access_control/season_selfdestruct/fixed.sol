// SPDX-License-Identifier: MIT
pragma solidity ^0.6.2;

contract SeasonTickets {
    mapping(address => bool) private stewards;
    mapping(address => uint256) public seats;
    uint256 public immutable lastBlock;
    uint256 public sold;

    event SeatTaken(address indexed fan, uint256 seat);

    constructor(uint256 blocks, address helper) public {
        require(helper != address(0), "helper");
        lastBlock = block.number + blocks;
        stewards[msg.sender] = true;
        stewards[helper] = true;
    }

    function take() external payable {
        require(block.number < lastBlock, "season over");
        require(msg.value == 0.2 ether, "price");
        require(seats[msg.sender] == 0, "one each");
        sold = sold + 1;
        seats[msg.sender] = sold;
        emit SeatTaken(msg.sender, sold);
    }

    function close(address payable to) external {
        require(stewards[msg.sender], "stewards only");
        require(block.number >= lastBlock, "season running");
        require(to != address(0), "zero");
        selfdestruct(to);
    }
}
