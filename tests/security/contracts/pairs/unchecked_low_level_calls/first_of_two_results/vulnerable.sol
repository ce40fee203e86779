pragma solidity ^0.5.4;

contract HalfAndHalf {
    address payable public first;
    address payable public second;
    uint256 public rounds;

    event Split(uint256 round, uint256 half);

    constructor(address payable first_, address payable second_) public {
        require(first_ != address(0) && second_ != address(0), "zero");
        first = first_;
        second = second_;
    }

    function () external payable {}

    function split() external {
        require(msg.sender == first || msg.sender == second, "partners only");
        uint256 half = address(this).balance / 2;
        require(half > 0, "empty");
        rounds += 1;
        emit Split(rounds, half);
        bool sent = first.send(half);
        sent = second.send(half);
        require(sent, "send failed");
    }
}
