// SPDX-License-Identifier: MIT
pragma solidity ^0.7.0;

contract ClubBallot {
    struct Motion {
        string text;
        uint16 yes;
        uint16 no;
        uint64 endBlock;
    }

    Motion[] public motions;
    mapping(address => uint16) public weight;
    mapping(uint256 => mapping(address => bool)) public voted;
    address public immutable secretary;

    constructor() {
        secretary = msg.sender;
    }

    function enroll(address member, uint16 votes) external {
        require(msg.sender == secretary, "secretary only");
        weight[member] = votes;
    }

    function put(string calldata text, uint64 endBlock) external {
        require(weight[msg.sender] > 0, "members only");
        require(endBlock > block.number, "end");
        motions.push(Motion(text, 0, 0, endBlock));
    }

    function vote(uint256 id, bool yes) external {
        Motion storage motion = motions[id];
        require(block.number < motion.endBlock, "ended");
        require(!voted[id][msg.sender], "voted");
        voted[id][msg.sender] = true;
        if (yes) {
            motion.yes = _sum(motion.yes, weight[msg.sender]);
        } else {
            motion.no = _sum(motion.no, weight[msg.sender]);
        }
    }

    function _sum(uint16 a, uint16 b) private pure returns (uint16 c) {
        c = a + b;
        require(c >= a, "tally full");
    }

    function passed(uint256 id) external view returns (bool) {
        return block.number >= motions[id].endBlock && motions[id].yes > motions[id].no;
    }
}
