// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

contract SavingsVault {
    mapping(address => uint256) private _credit;
    uint256 public totalCredit;

    event Deposited(address indexed who, uint256 amount);
    event Withdrawn(address indexed who, uint256 amount);

    error NothingToPay();
    error PaymentRejected(address who);

    receive() external payable {
        _book(msg.sender, msg.value);
    }

    function deposit() external payable {
        _book(msg.sender, msg.value);
    }

    function withdrawAll() external {
        uint256 owed = _credit[msg.sender];
        if (owed == 0) revert NothingToPay();
        emit Withdrawn(msg.sender, owed);
        _pay(payable(msg.sender), owed);
        _credit[msg.sender] = 0;
        totalCredit = totalCredit > owed ? totalCredit - owed : 0;
    }

    function creditOf(address who) external view returns (uint256) {
        return _credit[who];
    }

    function _book(address who, uint256 amount) internal {
        _credit[who] += amount;
        totalCredit += amount;
        emit Deposited(who, amount);
    }

    function _pay(address payable to, uint256 amount) internal {
        (bool ok, ) = to.call{value: amount}("");
        if (!ok) revert PaymentRejected(to);
    }
}
