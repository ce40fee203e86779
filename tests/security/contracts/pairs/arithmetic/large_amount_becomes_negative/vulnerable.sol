// SPDX-License-Identifier: MIT
pragma solidity ^0.6.10;

library SignedMath {
    function add(int256 a, int256 b) internal pure returns (int256 c) {
        c = a + b;
        require((b >= 0 && c >= a) || (b < 0 && c < a), "add");
    }

    function sub(int256 a, int256 b) internal pure returns (int256 c) {
        c = a - b;
        require((b >= 0 && c <= a) || (b < 0 && c > a), "sub");
    }
}

contract CreditLine {
    using SignedMath for int256;

    mapping(address => int256) public drawn;
    mapping(address => bool) public approved;
    int256 public constant LIMIT = 1000 ether;
    address public immutable bank;

    event Drawn(address indexed who, uint256 amount);

    constructor() public {
        bank = msg.sender;
    }

    function approve(address who) external {
        require(msg.sender == bank, "bank only");
        approved[who] = true;
    }

    function draw(uint256 amount) external {
        require(approved[msg.sender], "not approved");
        int256 next = drawn[msg.sender].add(_signed(amount));
        require(next <= LIMIT, "limit");
        drawn[msg.sender] = next;
        emit Drawn(msg.sender, amount);
    }

    function repay() external payable {
        drawn[msg.sender] = drawn[msg.sender].sub(_signed(msg.value));
    }

    function collect() external {
        require(msg.sender == bank, "bank only");
        msg.sender.transfer(address(this).balance);
    }

    function _signed(uint256 value) private pure returns (int256) {
        return int256(value);
    }
}
