// SPDX-License-Identifier: MIT
pragma solidity ^0.6.12;

contract HandleRegistry {
    struct Record {
        address owner;
        uint64 expiresAtBlock;
    }

    mapping(bytes32 => Record) private records;
    address payable public immutable treasury;
    uint256 public constant FEE = 0.01 ether;
    uint64 public constant TERM = 2000000;

    event Registered(string handle, address indexed owner);

    constructor(address payable treasury_) public {
        require(treasury_ != address(0), "treasury");
        treasury = treasury_;
    }

    function register(string calldata handle) external payable {
        require(msg.value == FEE, "fee");
        require(bytes(handle).length >= 3, "short");
        bytes32 key = keccak256(bytes(handle));
        require(records[key].expiresAtBlock < block.number, "taken");
        records[key] = Record(msg.sender, uint64(block.number) + TERM);
        emit Registered(handle, msg.sender);
    }

    function ownerOf(string calldata handle) external view returns (address) {
        return records[keccak256(bytes(handle))].owner;
    }

    function collect() external {
        require(msg.sender == treasury, "treasury only");
        treasury.transfer(address(this).balance);
    }
}
