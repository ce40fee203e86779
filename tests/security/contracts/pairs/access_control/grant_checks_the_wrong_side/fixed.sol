// SPDX-License-Identifier: MIT
pragma solidity ^0.8.6;

contract BridgeGate {
    bytes32 public constant CHIEF = keccak256("gate.chief");
    bytes32 public constant RELAYER = keccak256("gate.relayer");

    mapping(bytes32 => mapping(address => bool)) public hasRole;
    mapping(bytes32 => bool) public delivered;

    error RoleHeld(bytes32 role, address account);
    error RoleMissing(bytes32 role, address account);

    event RoleGiven(bytes32 indexed role, address indexed account);

    constructor() payable {
        hasRole[CHIEF][msg.sender] = true;
    }

    receive() external payable {}

    function giveRole(bytes32 role, address account) external {
        _need(CHIEF);
        if (hasRole[role][account]) revert RoleHeld(role, account);
        hasRole[role][account] = true;
        emit RoleGiven(role, account);
    }

    function dropRole(bytes32 role) external {
        hasRole[role][msg.sender] = false;
    }

    function deliver(bytes32 id, address payable to, uint256 amount) external {
        _need(RELAYER);
        require(!delivered[id], "delivered");
        delivered[id] = true;
        (bool ok, ) = to.call{value: amount}("");
        require(ok, "refused");
    }

    function _need(bytes32 role) internal view {
        if (!hasRole[role][msg.sender]) revert RoleMissing(role, msg.sender);
    }
}
