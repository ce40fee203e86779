// SPDX-License-Identifier: MIT
pragma solidity ^0.8.3;

abstract contract Allowances {
    mapping(address => mapping(address => uint256)) internal _allowances;

    event Approval(address indexed owner, address indexed spender, uint256 value);

    error AllowanceTooLow(uint256 allowance, uint256 needed);

    function _setAllowance(address owner, address spender, uint256 value) internal {
        require(spender != address(0), "spender");
        _allowances[owner][spender] = value;
        emit Approval(owner, spender, value);
    }

    function _useAllowance(address owner, address spender, uint256 value) internal {
        uint256 current = _allowances[owner][spender];
        if (current < value) revert AllowanceTooLow(current, value);
        _allowances[owner][spender] = current - value;
    }
}

contract LedgerUnits is Allowances {
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor() {
        balanceOf[msg.sender] = 10 ** 24;
    }

    function approve(address spender, uint256 expected, uint256 value) external returns (bool) {
        uint256 current = _allowances[msg.sender][spender];
        if (current != expected) revert AllowanceTooLow(current, expected);
        _setAllowance(msg.sender, spender, value);
        return true;
    }

    function allowance(address owner, address spender) external view returns (uint256) {
        return _allowances[owner][spender];
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        _useAllowance(from, msg.sender, value);
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
        return true;
    }
}
