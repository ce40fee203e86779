// SPDX-License-Identifier: MIT
pragma solidity ^0.7.1;

library Slots {
    function write(bytes32 slot, bytes32 value) internal {
        assembly {
            sstore(slot, value)
        }
    }

    function read(bytes32 slot) internal view returns (bytes32 value) {
        assembly {
            value := sload(slot)
        }
    }
}

contract UserSettings {
    address payable public owner;
    uint256 public fee = 1e15;

    event Changed(address indexed who, bytes32 key, bytes32 value);

    constructor() {
        owner = msg.sender;
    }

    function save(bytes32 key, bytes32 value) external payable {
        require(msg.value >= fee, "fee");
        bytes32 slot = _slotOf(msg.sender, key);
        Slots.write(slot, value);
        emit Changed(msg.sender, key, value);
    }

    function load(bytes32 key) external view returns (bytes32) {
        return Slots.read(_slotOf(msg.sender, key));
    }

    function collect() external {
        require(msg.sender == owner, "owner only");
        owner.transfer(address(this).balance);
    }

    function _slotOf(address who, bytes32 key) private pure returns (bytes32) {
        return keccak256(abi.encode("user.settings", who, key));
    }
}
