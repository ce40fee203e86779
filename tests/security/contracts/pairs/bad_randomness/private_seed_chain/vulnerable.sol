// SPDX-License-Identifier: MIT
pragma solidity ^0.7.3;

contract LootBoxes {
    uint256 private seed;
    uint256 private constant FACTOR = 6364136223846793005;
    address public immutable shop;
    mapping(address => uint256[]) private inventory;

    event Opened(address indexed who, uint256 item);

    constructor(uint256 seed_) {
        seed = seed_;
        shop = msg.sender;
    }

    function open() external payable {
        require(msg.value == 0.02 ether, "price");
        uint256 item = _next() % 1000;
        inventory[msg.sender].push(item);
        emit Opened(msg.sender, item);
        if (item == 777) {
            msg.sender.transfer(5 ether);
        }
    }

    function items(address who) external view returns (uint256[] memory) {
        return inventory[who];
    }

    function collect() external {
        require(msg.sender == shop, "shop only");
        msg.sender.transfer(address(this).balance);
    }

    function _next() private returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed * FACTOR, block.timestamp)));
        return seed;
    }
}
