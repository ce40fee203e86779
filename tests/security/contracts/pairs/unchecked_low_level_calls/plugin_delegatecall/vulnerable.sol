// SPDX-License-Identifier: MIT
pragma solidity ^0.6.4;

contract MigrationRunner {
    address public immutable deployer;
    address[] private steps;
    uint256 public next;

    event StepDone(uint256 indexed index, address step);

    constructor() public {
        deployer = msg.sender;
    }

    modifier deployerOnly() {
        require(msg.sender == deployer, "deployer only");
        _;
    }

    function add(address step) external deployerOnly {
        require(step != address(0), "zero");
        steps.push(step);
    }

    function advance() external deployerOnly {
        require(next < steps.length, "finished");
        address step = steps[next];
        next = next + 1;
        step.delegatecall(abi.encodeWithSignature("migrate(uint256)", next));
        emit StepDone(next, step);
    }
}
