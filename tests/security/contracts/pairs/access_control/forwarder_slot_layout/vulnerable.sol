// SPDX-License-Identifier: MIT
pragma solidity ^0.8.14;

contract CounterLogic {
    uint256 public total;
    address public lastCaller;

    function add(uint256 amount) external {
        require(amount <= 100, "step");
        total += amount;
        lastCaller = msg.sender;
    }
}

contract CounterForwarder {
    address private target;
    address private admin;

    constructor() {
        target = address(new CounterLogic());
        admin = msg.sender;
    }

    function retarget(address next) external {
        require(msg.sender == admin, "admin only");
        require(next.code.length > 0, "no code");
        target = next;
    }

    fallback() external payable {
        address logic = target;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), logic, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}
