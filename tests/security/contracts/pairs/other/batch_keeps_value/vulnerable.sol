// SPDX-License-Identifier: MIT
pragma solidity ^0.7.6;
pragma abicoder v2;

abstract contract Batch {
    function batch(bytes[] calldata calls) external payable returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, bytes memory result) = address(this).delegatecall(calls[i]);
            require(ok, "call failed");
            results[i] = result;
        }
    }
}

contract BatchedSavings is Batch {
    mapping(address => uint256) public savings;
    mapping(address => address) public heirOf;

    event Saved(address indexed who, uint256 amount);

    function save() external payable {
        require(savings[msg.sender] + msg.value >= msg.value, "overflow");
        savings[msg.sender] += msg.value;
        emit Saved(msg.sender, msg.value);
    }

    function nameHeir(address heir) external {
        heirOf[msg.sender] = heir;
    }

    function take(uint256 amount) external {
        require(savings[msg.sender] >= amount, "savings");
        savings[msg.sender] -= amount;
        msg.sender.transfer(amount);
    }
}
