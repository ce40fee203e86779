// SPDX-License-Identifier: MIT
pragma solidity ^0.8.14;

contract AccessLists {
    address public immutable board;
    mapping(bytes32 => bool) public approvedLists;
    mapping(address => uint8) public rankOf;

    event ListApproved(bytes32 indexed id);
    event ListApplied(bytes32 indexed id);

    error NotApproved(bytes32 id);

    constructor(address board_) {
        require(board_ != address(0), "board");
        board = board_;
    }

    function approveList(bytes32 id) external {
        require(msg.sender == board, "board only");
        approvedLists[id] = true;
        emit ListApproved(id);
    }

    function applyList(address[] calldata members, address[] calldata leaders) external {
        bytes32 id = listId(members, leaders);
        if (!approvedLists[id]) revert NotApproved(id);
        delete approvedLists[id];
        for (uint256 i = 0; i < members.length; ++i) rankOf[members[i]] = 1;
        for (uint256 i = 0; i < leaders.length; ++i) rankOf[leaders[i]] = 2;
        emit ListApplied(id);
    }

    function listId(address[] calldata members, address[] calldata leaders) public pure returns (bytes32) {
        return keccak256(abi.encodePacked(members, leaders));
    }
}
