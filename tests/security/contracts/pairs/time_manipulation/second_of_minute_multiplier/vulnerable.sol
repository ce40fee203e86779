// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

contract HappyMinute {
    struct Loyalty {
        uint128 points;
        uint64 purchases;
    }

    mapping(address => Loyalty) public loyalty;
    address payable public immutable cafe;
    uint256 public constant COFFEE = 0.002 ether;

    event Served(address indexed guest, uint256 points);

    constructor(address payable cafe_) payable {
        require(cafe_ != address(0), "cafe");
        cafe = cafe_;
    }

    receive() external payable {}

    function order() external payable {
        require(msg.value == COFFEE, "price");
        Loyalty storage l = loyalty[msg.sender];
        uint256 points = 10 * _factor(l.purchases);
        l.points += uint128(points);
        l.purchases += 1;
        emit Served(msg.sender, points);
    }

    function cash() external {
        uint256 points = loyalty[msg.sender].points;
        loyalty[msg.sender].points = 0;
        payable(msg.sender).transfer(points * 1e12);
    }

    function collect() external {
        require(msg.sender == cafe, "cafe only");
        cafe.transfer(address(this).balance / 2);
    }

    function _factor(uint64) private view returns (uint256) {
        uint256 second = block.timestamp % 60;
        return second < 5 ? 20 : 1;
    }
}
