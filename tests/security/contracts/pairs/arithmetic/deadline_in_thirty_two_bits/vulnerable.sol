// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

contract ItemRental {
    struct Rental {
        address tenant;
        uint32 until;
        uint64 item;
    }

    error Occupied(uint64 item);
    error TooLong();

    mapping(uint64 => Rental) public rentals;
    mapping(address => uint256) public paid;
    address payable public immutable landlord;
    uint256 public constant PER_DAY = 0.001 ether;

    constructor() {
        landlord = payable(msg.sender);
    }

    function rent(uint64 item, uint256 numberOfDays) external payable {
        Rental storage r = rentals[item];
        if (block.timestamp < r.until) revert Occupied(item);
        require(msg.value >= PER_DAY, "fee");
        uint256 end = block.timestamp + numberOfDays * 1 days;
        paid[msg.sender] += msg.value;
        r.tenant = msg.sender;
        r.item = item;
        r.until = uint32(end);
    }

    function collect() external {
        landlord.transfer(address(this).balance);
    }
}
