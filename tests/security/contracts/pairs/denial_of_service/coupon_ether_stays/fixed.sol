// SPDX-License-Identifier: MIT
pragma solidity ^0.8.7;

contract MuseumCoupons {
    mapping(address => uint256) public coupons;
    mapping(address => uint256) public visits;
    uint256 public immutable price;
    address public immutable museum;

    event Bought(address indexed guest, uint256 count);
    event Visited(address indexed guest);

    error WrongAmount(uint256 expected);

    constructor(uint256 price_) {
        price = price_;
        museum = msg.sender;
    }

    function buy(uint256 count) external payable {
        if (msg.value != count * price) revert WrongAmount(count * price);
        coupons[msg.sender] += count;
        emit Bought(msg.sender, count);
    }

    function collect() external {
        require(msg.sender == museum, "museum only");
        (bool ok, ) = payable(museum).call{value: address(this).balance}("");
        require(ok, "refused");
    }

    function visit(address guest) external {
        require(msg.sender == museum, "museum only");
        coupons[guest] -= 1;
        visits[guest] += 1;
        emit Visited(guest);
    }

    function transfer(address to, uint256 count) external {
        coupons[msg.sender] -= count;
        coupons[to] += count;
    }
}
