// SPDX-License-Identifier: MIT
pragma solidity ^0.7.6;

contract StaffedVault {
    enum Level { None, Clerk, Manager }

    mapping(address => Level) public levelOf;

    event Hired(address indexed who, Level level);
    event Paid(address indexed to, uint256 amount);

    constructor() {
        levelOf[msg.sender] = Level.Manager;
    }

    receive() external payable {}

    modifier atLeast(Level level) {
        require(_reaches(msg.sender, level), "level");
        _;
    }

    function hire(address who, Level level) external atLeast(Level.Manager) {
        require(who != address(0), "zero");
        levelOf[who] = level;
        emit Hired(who, level);
    }

    function pay(address payable to, uint256 amount) external {
        require(uint256(levelOf[msg.sender]) > uint256(Level.None), "staff only");
        require(to != address(0), "zero");
        emit Paid(to, amount);
        to.transfer(amount);
    }

    function _reaches(address who, Level level) internal view returns (bool) {
        return uint256(levelOf[who]) >= uint256(level);
    }
}
