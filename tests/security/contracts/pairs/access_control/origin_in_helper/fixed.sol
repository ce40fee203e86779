// SPDX-License-Identifier: MIT
pragma solidity ^0.8.7;

interface IAsset {
    function transfer(address to, uint256 amount) external returns (bool);
}

contract TreasuryDesk {
    mapping(bytes32 => mapping(address => bool)) private _members;
    bytes32 public constant OPERATOR = keccak256("desk.operator");

    event Paid(IAsset indexed asset, address indexed to, uint256 amount);

    error Denied(bytes32 role, address who);

    constructor(address operator) {
        require(operator != address(0), "operator");
        _members[OPERATOR][operator] = true;
    }

    function pay(IAsset asset, address to, uint256 amount) external {
        _check(OPERATOR, _caller());
        require(asset.transfer(to, amount), "not paid");
        emit Paid(asset, to, amount);
    }

    function handOver(address next) external {
        address current = _caller();
        _check(OPERATOR, current);
        require(next != address(0), "next");
        _members[OPERATOR][current] = false;
        _members[OPERATOR][next] = true;
    }

    function _caller() internal view returns (address) {
        return msg.sender;
    }

    function _check(bytes32 role, address who) internal view {
        if (!_members[role][who]) revert Denied(role, who);
    }
}
