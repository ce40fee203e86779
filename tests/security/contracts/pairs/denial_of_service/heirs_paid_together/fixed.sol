// SPDX-License-Identifier: MIT
pragma solidity ^0.8.1;

contract EstateDivision {
    struct Heir {
        address payable account;
        uint16 parts;
    }

    Heir[] private heirs;
    uint256 private totalParts;
    uint256 private received;
    mapping(uint256 => uint256) private taken;
    address public immutable notary;

    event Registered(address indexed account, uint16 parts);

    error NotaryOnly();

    modifier byNotary() {
        if (msg.sender != notary) revert NotaryOnly();
        _;
    }

    constructor() {
        notary = msg.sender;
    }

    receive() external payable {
        received += msg.value;
    }

    function register(address payable account, uint16 parts) external byNotary {
        require(parts > 0 && account != address(0), "entry");
        require(received == 0, "started");
        heirs.push(Heir(account, parts));
        totalParts += parts;
        emit Registered(account, parts);
    }

    function collect(uint256 index) external {
        require(msg.sender == heirs[index].account, "heir only");
        _settle(index);
    }

    function _settle(uint256 index) private {
        Heir storage heir = heirs[index];
        uint256 due = received * heir.parts / totalParts - taken[index];
        taken[index] += due;
        payable(msg.sender).transfer(due);
    }
}
