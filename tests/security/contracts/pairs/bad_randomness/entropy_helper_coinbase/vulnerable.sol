// SPDX-License-Identifier: MIT
pragma solidity ^0.6.7;

abstract contract Dice {
    function _entropy() internal view virtual returns (uint256) {
        return uint256(keccak256(abi.encodePacked(block.coinbase, block.gaslimit, block.number)));
    }

    function _roll(uint256 sides) internal view returns (uint256) {
        return _entropy() % sides + 1;
    }
}

contract SnakeEyes is Dice {
    address payable public immutable owner;
    mapping(address => uint256) public wins;

    event Rolled(address indexed player, uint256 eyes);

    constructor() public payable {
        owner = msg.sender;
    }

    function roll() external payable {
        require(msg.value == 0.01 ether, "stake");
        uint256 eyes = _roll(36);
        emit Rolled(msg.sender, eyes);
        if (eyes == 1) {
            wins[msg.sender] = wins[msg.sender] + 1;
            msg.sender.transfer(address(this).balance / 2);
        }
    }

    function close() external {
        require(msg.sender == owner, "owner only");
        owner.transfer(address(this).balance);
    }
}
