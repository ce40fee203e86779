// SPDX-License-Identifier: MIT
pragma solidity ^0.8.5;

contract AccountStorage {
    address internal owner;
    uint256 internal limit;
}

contract LimitModule is AccountStorage {
    function applyLimit(uint256 next) external {
        require(msg.sender == owner, "owner only");
        require(next <= 50 ether, "too high");
        limit = next;
    }
}

contract SpendingAccount is AccountStorage {
    address private immutable module;

    event LimitSet(uint256 limit);

    error OnlyOwner();

    constructor() {
        owner = msg.sender;
        module = address(new LimitModule());
    }

    receive() external payable {}

    function setLimit(uint256 next) external {
        _auth();
        (bool ok, ) = module.delegatecall(abi.encodeCall(LimitModule.applyLimit, (next)));
        require(ok, "module");
        emit LimitSet(next);
    }

    function spend(address payable to, uint256 amount) external {
        _auth();
        require(amount <= limit, "limit");
        to.transfer(amount);
    }

    function _auth() private view {
        if (msg.sender != owner) revert OnlyOwner();
    }
}
