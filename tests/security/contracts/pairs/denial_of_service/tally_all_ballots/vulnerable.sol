pragma solidity ^0.5.16;

contract ParkVote {
    struct Ballot {
        address voter;
        uint8 choice;
    }

    uint8 public constant CHOICES = 4;
    Ballot[] private ballots;
    mapping(address => bool) private voted;
    uint256[4] private sums;
    uint256 public endBlock;
    bool public final_;
    uint8 public outcome;

    event Outcome(uint8 choice);

    constructor(uint256 blocks) public {
        endBlock = block.number + blocks;
    }

    function vote(uint8 choice) external {
        require(block.number < endBlock, "ended");
        require(choice < CHOICES && !voted[msg.sender], "ballot");
        voted[msg.sender] = true;
        ballots.push(Ballot(msg.sender, choice));
    }

    function finish() external {
        require(block.number >= endBlock && !final_, "state");
        final_ = true;
        for (uint256 i = 0; i < ballots.length; i++) {
            sums[ballots[i].choice] += 1;
        }
        for (uint8 c = 1; c < CHOICES; c++) {
            if (sums[c] > sums[outcome]) outcome = c;
        }
        emit Outcome(outcome);
    }
}
