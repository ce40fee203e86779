// SPDX-License-Identifier: UNLICENSED
pragma solidity >=0.8.0 <0.9.0;

interface IItems {
    function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes calldata data) external;
}

contract QuestBoard {
    struct Quest {
        bytes32 answerHash;
        uint96 itemId;
        uint32 prizes;
        uint32 handedOut;
    }

    IItems public immutable items;
    address public immutable author;
    Quest[] public quests;
    mapping(uint256 => mapping(address => bool)) public isDone;

    constructor(IItems items_) {
        items = items_;
        author = msg.sender;
    }

    function addQuest(bytes32 answerHash, uint96 itemId, uint32 prizes) external {
        require(msg.sender == author, "author only");
        quests.push(Quest({answerHash: answerHash, itemId: itemId, prizes: prizes, handedOut: 0}));
    }

    function finish(uint256 questId, bytes calldata answer) external {
        Quest storage quest = quests[questId];
        require(!isDone[questId][msg.sender], "done before");
        require(quest.handedOut < quest.prizes, "no prizes left");
        require(keccak256(abi.encode(msg.sender, answer)) == quest.answerHash, "wrong answer");
        items.safeTransferFrom(address(this), msg.sender, quest.itemId, 1, "");
        isDone[questId][msg.sender] = true;
        quest.handedOut += 1;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC1155Received.selector;
    }
}
