// SPDX-License-Identifier: MIT
pragma solidity ^0.8.19;

interface IPricePair {
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 last);
    function price0CumulativeLast() external view returns (uint256);
}

interface ILoanToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

contract PairLoans {
    IPricePair public immutable pair;
    ILoanToken public immutable collateral;
    ILoanToken public immutable currency;
    mapping(address => uint256) public pledged;
    mapping(address => uint256) public debt;

    error Undercollateralized(uint256 value, uint256 debt);

    constructor(IPricePair pair_, ILoanToken collateral_, ILoanToken currency_) {
        pair = pair_;
        collateral = collateral_;
        currency = currency_;
    }

    function pledge(uint256 amount) external {
        pledged[msg.sender] += amount;
        require(collateral.transferFrom(msg.sender, address(this), amount), "not received");
    }

    function borrow(uint256 amount) external {
        uint256 total = debt[msg.sender] + amount;
        uint256 value = pledged[msg.sender] * _price() / 1e18;
        if (value * 2 < total * 3) revert Undercollateralized(value, total);
        debt[msg.sender] = total;
        require(currency.transfer(msg.sender, amount), "not sent");
    }

    function repay(uint256 amount) external {
        debt[msg.sender] -= amount;
        require(currency.transferFrom(msg.sender, address(this), amount), "not received");
    }

    function _price() internal view returns (uint256) {
        (uint112 reserve0, uint112 reserve1, ) = pair.getReserves();
        return uint256(reserve1) * 1e18 / reserve0;
    }
}
