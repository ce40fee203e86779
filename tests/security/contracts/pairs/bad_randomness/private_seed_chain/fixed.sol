// SPDX-License-Identifier: MIT
pragma solidity ^0.7.3;

contract LootBoxes {
    struct Box {
        address payable buyer;
        bytes32 buyerSalt;
        bytes32 shopHash;
        uint256 openBy;
    }

    bytes32[] private hashes;
    Box[] private boxes;
    address public immutable shop;
    mapping(address => uint256[]) private inventory;

    event Opened(address indexed who, uint256 item);

    constructor() {
        shop = msg.sender;
    }

    function prepare(bytes32 shopHash) external payable {
        require(msg.sender == shop, "shop only");
        hashes.push(shopHash);
    }

    function buy(bytes32 salt) external payable {
        require(msg.value == 0.02 ether, "price");
        boxes.push(Box(msg.sender, salt, hashes[boxes.length], block.number + 5000));
    }

    function open(uint256 id, bytes32 preimage) external {
        Box memory box = boxes[id];
        require(box.buyer != address(0), "opened");
        require(keccak256(abi.encode(preimage)) == box.shopHash, "preimage");
        delete boxes[id];
        uint256 item = uint256(keccak256(abi.encode(preimage, box.buyerSalt))) % 1000;
        inventory[box.buyer].push(item);
        emit Opened(box.buyer, item);
        if (item == 777) {
            box.buyer.transfer(5 ether);
        }
    }

    function expire(uint256 id) external {
        Box memory box = boxes[id];
        require(box.buyer == msg.sender && block.number > box.openBy, "not expired");
        delete boxes[id];
        msg.sender.transfer(5 ether);
    }

    function items(address who) external view returns (uint256[] memory) {
        return inventory[who];
    }

    function collect() external {
        require(msg.sender == shop, "shop only");
        msg.sender.transfer(address(this).balance);
    }
}
