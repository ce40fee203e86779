// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

interface IUnit {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

library Ratio {
    function down(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        return a * b / c;
    }

    function up(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        uint256 product = a * b;
        return product == 0 ? 0 : (product - 1) / c + 1;
    }
}

contract ExactVault {
    using Ratio for uint256;

    IUnit public immutable unit;
    uint256 public managed;
    uint256 public totalShares;
    mapping(address => uint256) public sharesOf;
    uint256 private constant OFFSET = 1e6;

    constructor(IUnit unit_) {
        unit = unit_;
    }

    function deposit(uint256 assets) external returns (uint256 shares) {
        shares = assets.down(totalShares + OFFSET, managed + 1);
        require(shares > 0, "too small");
        managed += assets;
        totalShares += shares;
        sharesOf[msg.sender] += shares;
        require(unit.transferFrom(msg.sender, address(this), assets), "not received");
    }

    function addYield(uint256 assets) external {
        managed += assets;
        require(unit.transferFrom(msg.sender, address(this), assets), "not received");
    }

    function withdraw(uint256 assets) external returns (uint256 shares) {
        shares = assets.up(totalShares + OFFSET, managed + 1);
        sharesOf[msg.sender] -= shares;
        totalShares -= shares;
        managed -= assets;
        require(unit.transfer(msg.sender, assets), "not sent");
    }
}
