pragma solidity ^0.4.18;

library Arith {
    function minus(uint256 a, uint256 b) internal pure returns (uint256) {
        assert(b <= a);
        return a - b;
    }

    function plus(uint256 a, uint256 b) internal pure returns (uint256) {
        uint256 c = a + b;
        assert(c >= a);
        return c;
    }
}

contract FarmShares {
    using Arith for uint256;

    mapping(address => uint256) private holdings;
    mapping(address => mapping(address => uint256)) private limits;

    event Transfer(address indexed from, address indexed to, uint256 value);

    function FarmShares() public {
        holdings[msg.sender] = 5000000;
    }

    function permit(address spender) external {
        limits[msg.sender][spender] = 1000;
    }

    function transfer(address to, uint256 value) public returns (bool) {
        require(msg.data.length >= 68);
        return _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) public returns (bool) {
        limits[from][msg.sender] = limits[from][msg.sender].minus(value);
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        require(to != address(0));
        holdings[from] = holdings[from].minus(value);
        holdings[to] = holdings[to].plus(value);
        Transfer(from, to, value);
        return true;
    }
}
