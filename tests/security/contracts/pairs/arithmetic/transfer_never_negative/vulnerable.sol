pragma solidity ^0.5.0;

contract BonusPoints {
    mapping(address => uint256) internal points;
    mapping(address => mapping(address => bool)) internal trusted;

    event Moved(address indexed from, address indexed to, uint256 amount);

    constructor(uint256 initial) public {
        points[msg.sender] = initial;
    }

    function trust(address who, bool on) external {
        trusted[msg.sender][who] = on;
    }

    function give(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function giveFor(address from, address to, uint256 amount) external {
        require(trusted[from][msg.sender], "not trusted");
        _move(from, to, amount);
    }

    function pointsOf(address who) external view returns (uint256) {
        return points[who];
    }

    function _move(address from, address to, uint256 amount) private {
        require(points[from] - amount >= 0, "too few");
        points[from] -= amount;
        uint256 sum = points[to] + amount;
        require(sum >= amount, "too many");
        points[to] = sum;
        emit Moved(from, to, amount);
    }
}
