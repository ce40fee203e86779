pragma solidity ^0.4.18;

contract EvenOrOdd {
    struct Move {
        address player;
        uint256 number;
    }

    Move[2] private moves;
    uint256 private count;
    uint256 public constant STAKE = 100 finney;

    event Finished(address winner);

    function move(uint256 number) external payable {
        require(msg.value == STAKE);
        require(count < 2);
        moves[count] = Move(msg.sender, number);
        count = count + 1;
        if (count == 2) {
            _finish();
        }
    }

    function _finish() private {
        uint256 bit = (moves[0].number % 2) ^ (moves[1].number % 2);
        address winner = moves[bit].player;
        count = 0;
        delete moves;
        winner.transfer(2 * STAKE);
        Finished(winner);
    }
}
