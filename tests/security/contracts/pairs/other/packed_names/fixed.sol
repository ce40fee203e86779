// SPDX-License-Identifier: MIT
pragma solidity ^0.6.5;

contract LicensePlates {
    struct Plate {
        address owner;
        uint256 since;
    }

    mapping(bytes32 => Plate) private plates;
    address public immutable office;

    event Assigned(string region, string number, address owner);

    modifier officeOnly() {
        require(msg.sender == office, "office only");
        _;
    }

    constructor() public {
        office = msg.sender;
    }

    function assign(string calldata region, string calldata number, address owner) external officeOnly {
        bytes32 key = _key(region, number);
        require(plates[key].owner == address(0), "assigned");
        plates[key] = Plate(owner, block.number);
        emit Assigned(region, number, owner);
    }

    function ownerOf(string calldata region, string calldata number) external view returns (address) {
        return plates[_key(region, number)].owner;
    }

    function _key(string memory region, string memory number) private pure returns (bytes32) {
        return keccak256(abi.encode(region, number));
    }
}
