// SPDX-License-Identifier: LGPL-3.0-only
pragma solidity >=0.7.0 <0.9.0;

contract ModularAccount {
    address public owner;
    mapping(address => bool) public installed;
    uint256 public runs;

    event Installed(address indexed module, bool on);
    event Ran(address indexed module, bytes4 selector);

    constructor(address owner_) {
        require(owner_ != address(0), "owner");
        owner = owner_;
    }

    modifier ownerOnly() {
        _requireOwner();
        _;
    }

    receive() external payable {}

    function install(address module, bool on) external ownerOnly {
        installed[module] = on;
        emit Installed(module, on);
    }

    function run(address module, bytes calldata input) external payable ownerOnly returns (bytes memory) {
        require(input.length >= 4, "selector");
        require(installed[module], "not installed");
        (bool ok, bytes memory output) = module.delegatecall(input);
        require(ok, "module failed");
        runs = runs + 1;
        emit Ran(module, bytes4(input[0]));
        return output;
    }

    function _requireOwner() internal view {
        require(msg.sender == owner, "owner only");
    }
}
