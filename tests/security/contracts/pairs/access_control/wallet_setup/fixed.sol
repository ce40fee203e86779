// SPDX-License-Identifier: MIT
pragma solidity ^0.8.16;

contract TeamWallet {
    address public owner;
    uint256 public dailyLimit;
    uint256 private _spentToday;
    uint256 private _day;
    bool private _ready;

    event Ready(address indexed owner, uint256 dailyLimit);
    event Spent(address indexed to, uint256 amount);

    error NotOwner(address caller);
    error AlreadyReady();
    error ZeroOwner();

    constructor() {
        owner = msg.sender;
    }

    receive() external payable {}

    function setup(address owner_, uint256 dailyLimit_) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        if (_ready) revert AlreadyReady();
        if (owner_ == address(0)) revert ZeroOwner();
        _ready = true;
        owner = owner_;
        dailyLimit = dailyLimit_;
        emit Ready(owner_, dailyLimit_);
    }

    function spend(address payable to, uint256 amount) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        uint256 today = block.timestamp / 1 days;
        if (today != _day) {
            _day = today;
            _spentToday = 0;
        }
        require(to != address(0) && _spentToday + amount <= dailyLimit, "limit");
        _spentToday += amount;
        (bool ok, ) = to.call{value: amount}("");
        require(ok, "refused");
        emit Spent(to, amount);
    }
}
