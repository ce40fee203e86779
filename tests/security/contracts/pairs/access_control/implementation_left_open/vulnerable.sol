// SPDX-License-Identifier: MIT
pragma solidity ^0.8.21;

abstract contract Setup {
    uint64 private _version;

    error SetupDone();

    modifier setupOnly() {
        if (_version != 0) revert SetupDone();
        _version = 1;
        _;
    }

    function _sealSetup() internal {
        _version = type(uint64).max;
    }
}

contract YieldVaultLogic is Setup {
    bytes32 private constant IMPLEMENTATION = bytes32(uint256(keccak256("eip1967.proxy.implementation")) - 1);
    address public owner;
    uint256 public total;
    mapping(address => uint256) public balances;

    function initialize(address owner_) external setupOnly {
        require(owner_ != address(0), "owner");
        owner = owner_;
    }

    function deposit() external payable {
        balances[msg.sender] += msg.value;
        total += msg.value;
    }

    function upgradeToAndCall(address next, bytes calldata data) external {
        require(msg.sender == owner, "owner only");
        require(next.code.length > 0, "no code");
        bytes32 slot = IMPLEMENTATION;
        assembly {
            sstore(slot, next)
        }
        if (data.length != 0) {
            (bool ok, ) = next.delegatecall(data);
            require(ok, "call failed");
        }
    }
}
