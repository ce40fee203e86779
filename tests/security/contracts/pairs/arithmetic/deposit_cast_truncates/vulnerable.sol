// SPDX-License-Identifier: MIT
pragma solidity ^0.8.13;

interface IReserveAsset {
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function transfer(address to, uint256 amount) external returns (bool);
}

contract PackedVault {
    struct Account {
        uint96 amount;
        uint64 updated;
        address delegate;
    }

    IReserveAsset public immutable asset;
    mapping(address => Account) public accounts;

    error CastOverflow(uint256 value);

    constructor(IReserveAsset asset_) {
        asset = asset_;
    }

    function deposit(uint256 amount, address delegate) external {
        Account storage account = accounts[msg.sender];
        account.amount += _narrow(amount);
        account.updated = uint64(block.timestamp);
        account.delegate = delegate;
        require(asset.transferFrom(msg.sender, address(this), amount), "not received");
    }

    function withdraw(uint256 amount) external {
        accounts[msg.sender].amount -= _narrow(amount);
        require(asset.transfer(msg.sender, amount), "not sent");
    }

    function _narrow(uint256 value) private pure returns (uint96) {
        return uint96(value);
    }
}
