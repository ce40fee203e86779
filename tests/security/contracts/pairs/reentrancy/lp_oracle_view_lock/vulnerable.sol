// SPDX-License-Identifier: BUSL-1.1
pragma solidity ^0.8.19;

abstract contract Latch {
    bool internal latched;

    modifier latch() {
        require(!latched, "latched");
        latched = true;
        _;
        latched = false;
    }

    modifier whenUnlatched() {
        require(!latched, "latched");
        _;
    }
}

contract CollateralDesk is Latch {
    struct Account {
        uint256 deposited;
        uint256 paidOut;
    }

    mapping(address => Account) private accounts;
    uint256 public systemValue;

    function addCollateral() external payable latch {
        accounts[msg.sender].deposited += msg.value;
        systemValue += msg.value;
    }

    function removeCollateral(uint256 amount) external latch {
        Account storage account = accounts[msg.sender];
        require(account.deposited - account.paidOut >= amount, "too much");
        (bool sent, ) = payable(msg.sender).call{value: amount}("");
        require(sent, "not sent");
        account.paidOut += amount;
        systemValue -= amount;
    }

    function collateralValue(address who) external view returns (uint256) {
        Account storage account = accounts[who];
        return account.deposited - account.paidOut;
    }
}
