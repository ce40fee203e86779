pragma solidity ^0.4.18;

contract EvenOrOdd {
    struct Move {
        address player;
        bytes32 commitment;
        uint256 number;
        bool revealed;
    }

    Move[2] private moves;
    uint256 private count;
    uint256 private revealBlock;
    uint256 public constant STAKE = 100 finney;

    event Finished(address winner);

    function move(bytes32 commitment) external payable {
        require(msg.value == STAKE);
        require(count < 2);
        moves[count] = Move(msg.sender, commitment, 0, false);
        count = count + 1;
        if (count == 2) {
            revealBlock = block.number + 500;
        }
    }

    function reveal(uint256 seat, uint256 number, bytes32 salt) external {
        Move storage mine = moves[seat];
        require(count == 2 && mine.player == msg.sender && !mine.revealed);
        require(mine.commitment == keccak256(msg.sender, number, salt));
        mine.number = number;
        mine.revealed = true;
        if (moves[1 - seat].revealed) {
            _finish((moves[0].number % 2) ^ (moves[1].number % 2));
        }
    }

    function expire(uint256 seat) external {
        require(count == 2 && block.number > revealBlock);
        require(moves[seat].revealed && moves[seat].player == msg.sender);
        _finish(seat);
    }

    function _finish(uint256 seat) private {
        address winner = moves[seat].player;
        count = 0;
        delete moves;
        Finished(winner);
        winner.transfer(2 * STAKE);
    }
}
