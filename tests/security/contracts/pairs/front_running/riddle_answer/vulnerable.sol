pragma solidity ^0.4.23;

contract RiddleOfTheWeek {
    struct Riddle {
        string question;
        bytes32 answerHash;
        uint256 reward;
    }

    address private editor;
    Riddle[] public riddles;

    event Posted(uint256 indexed id, string question, uint256 reward);
    event Solved(uint256 indexed id, address solver);

    constructor() public {
        editor = msg.sender;
    }

    function post(string question, bytes32 answerHash) external payable {
        require(msg.sender == editor && msg.value > 0);
        riddles.push(Riddle(question, answerHash, msg.value));
        emit Posted(riddles.length - 1, question, msg.value);
    }

    function solve(uint256 id, bytes answer) external {
        Riddle storage riddle = riddles[id];
        require(riddle.reward > 0);
        require(keccak256(answer) == riddle.answerHash);
        uint256 reward = riddle.reward;
        riddle.reward = 0;
        emit Solved(id, msg.sender);
        msg.sender.transfer(reward);
    }
}
