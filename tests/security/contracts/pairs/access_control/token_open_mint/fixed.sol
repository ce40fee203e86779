// SPDX-License-Identifier: MIT
pragma solidity ^0.8.2;

contract Roles {
    bytes32 internal constant ADMIN = 0x00;
    mapping(bytes32 => mapping(address => bool)) private _granted;

    error Missing(bytes32 role);

    modifier only(bytes32 role) {
        if (!_granted[role][msg.sender]) revert Missing(role);
        _;
    }

    constructor() {
        _granted[ADMIN][msg.sender] = true;
    }

    function grant(bytes32 role, address account) external only(ADMIN) {
        _granted[role][account] = true;
    }

    function revoke(bytes32 role, address account) external only(ADMIN) {
        _granted[role][account] = false;
    }
}

contract CarbonToken is Roles {
    bytes32 public constant MINTER = keccak256("MINTER");
    mapping(address => uint256) public balanceOf;
    uint256 public totalSupply;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    function issue(address to, uint256 amount) external only(MINTER) {
        require(to != address(0), "zero");
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function retire(uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        totalSupply -= amount;
        emit Transfer(msg.sender, address(0), amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        emit Transfer(msg.sender, to, amount);
        return true;
    }
}
