// SPDX-License-Identifier: MIT
pragma solidity ^0.6.9;

contract TwoSides {
    enum Side { Left, Right }

    struct Match {
        uint256 left;
        uint256 right;
        bool decided;
        Side winner;
    }

    Match[] private matches;
    mapping(uint256 => mapping(address => uint256[2])) private stakes;
    address public immutable referee;

    event Decided(uint256 indexed id, Side winner);

    constructor(address referee_) public {
        require(referee_ != address(0), "referee");
        referee = referee_;
    }

    function open() external returns (uint256) {
        matches.push();
        return matches.length - 1;
    }

    function bet(uint256 id, Side side) external payable {
        Match storage m = matches[id];
        require(!m.decided, "decided");
        stakes[id][msg.sender][uint256(side)] += msg.value;
        if (side == Side.Left) m.left += msg.value;
        else m.right += msg.value;
    }

    function decide(uint256 id) external {
        Match storage m = matches[id];
        require(!m.decided && m.left > 0 && m.right > 0, "state");
        m.decided = true;
        m.winner = block.timestamp & 1 == 0 ? Side.Left : Side.Right;
        emit Decided(id, m.winner);
    }

    function collect(uint256 id) external {
        Match storage m = matches[id];
        require(m.decided, "open");
        uint256 stake = stakes[id][msg.sender][uint256(m.winner)];
        stakes[id][msg.sender][uint256(m.winner)] = 0;
        uint256 pool = m.winner == Side.Left ? m.left : m.right;
        msg.sender.transfer(stake * (m.left + m.right) / pool);
    }
}
