// SPDX-License-Identifier: MIT
pragma solidity ^0.7.0;

contract LastOneStanding {
    struct Round {
        address payable leader;
        uint256 pot;
        uint256 lastMove;
    }

    Round[] private rounds;
    uint256 public constant STEP = 0.005 ether;
    uint256 public constant WINDOW = 10;

    event Moved(uint256 indexed round, address leader, uint256 pot);
    event Won(uint256 indexed round, address leader, uint256 pot);

    constructor() {
        rounds.push();
    }

    function move() external payable {
        require(msg.value == STEP, "step");
        Round storage round = rounds[rounds.length - 1];
        require(round.leader == address(0) || !_isOver(round), "over");
        round.leader = msg.sender;
        round.pot = round.pot + msg.value;
        round.lastMove = block.timestamp;
        emit Moved(rounds.length - 1, msg.sender, round.pot);
    }

    function take() external {
        Round storage round = rounds[rounds.length - 1];
        require(msg.sender == round.leader && _isOver(round), "not over");
        uint256 pot = round.pot;
        round.pot = 0;
        emit Won(rounds.length - 1, msg.sender, pot);
        rounds.push();
        msg.sender.transfer(pot);
    }

    function _isOver(Round storage round) private view returns (bool) {
        return block.timestamp > round.lastMove + WINDOW;
    }
}
