// SPDX-License-Identifier: MIT
pragma solidity ^0.8.4;

interface ITokenReceiver {
    function onERC721Received(address operator, address from, uint256 id, bytes calldata data) external returns (bytes4);
}

abstract contract CollectibleBase {
    mapping(uint256 => address) public ownerOf;
    mapping(address => uint256) public balanceOf;
    uint256 public nextId = 1;

    event Transfer(address indexed from, address indexed to, uint256 indexed id);

    function _safeMint(address to) internal {
        uint256 id = nextId;
        nextId = id + 1;
        ownerOf[id] = to;
        balanceOf[to] += 1;
        emit Transfer(address(0), to, id);
        if (to.code.length != 0) {
            bytes4 answer = ITokenReceiver(to).onERC721Received(msg.sender, address(0), id, "");
            require(answer == ITokenReceiver.onERC721Received.selector, "receiver refuses");
        }
    }
}

contract MembershipPass is CollectibleBase {
    uint256 public constant LIMIT = 2;
    uint256 public constant SUPPLY = 5_000;
    mapping(address => uint256) public claimed;

    function claim() external {
        uint256 already = claimed[msg.sender];
        require(already < LIMIT, "limit reached");
        require(nextId <= SUPPLY, "sold out");
        _safeMint(msg.sender);
        claimed[msg.sender] = already + 1;
    }
}
