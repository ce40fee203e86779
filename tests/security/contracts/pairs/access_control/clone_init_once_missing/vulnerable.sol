// SPDX-License-Identifier: MIT
pragma solidity ^0.6.8;

contract GrantVesting {
    address public guardian;
    address payable public beneficiary;
    uint256 public cliff;
    bool internal started;

    event Started(address guardian, address beneficiary, uint256 cliff);

    receive() external payable {}

    function init(address guardian_, address payable beneficiary_, uint256 cliff_) external {
        require(guardian_ != address(0) && beneficiary_ != address(0), "zero");
        guardian = guardian_;
        beneficiary = beneficiary_;
        cliff = cliff_;
        emit Started(guardian_, beneficiary_, cliff_);
    }

    function release() external {
        require(msg.sender == beneficiary, "beneficiary only");
        require(block.timestamp >= cliff, "cliff");
        beneficiary.transfer(address(this).balance);
    }

    function postpone(uint256 cliff_) external {
        require(msg.sender == guardian, "guardian only");
        require(cliff_ > cliff, "earlier");
        cliff = cliff_;
    }
}

contract GrantFactory {
    mapping(address => bool) public isGrant;

    function create(address payable beneficiary, uint256 cliff) external returns (GrantVesting grant) {
        grant = new GrantVesting();
        grant.init(msg.sender, beneficiary, cliff);
        isGrant[address(grant)] = true;
    }
}
