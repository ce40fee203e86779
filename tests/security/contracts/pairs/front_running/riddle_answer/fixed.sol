pragma solidity ^0.4.23;

contract RiddleOfTheWeek {
    struct Riddle {
        string question;
        bytes32 answerHash;
        uint256 reward;
    }

    address private editor;
    Riddle[] public riddles;
    mapping(address => mapping(bytes32 => uint256)) private promisedAt;

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

    function promise(bytes32 commitment) external {
        require(promisedAt[msg.sender][commitment] == 0);
        promisedAt[msg.sender][commitment] = block.number;
    }

    function solve(uint256 id, bytes answer, bytes32 salt) external {
        Riddle storage riddle = riddles[id];
        require(riddle.reward > 0);
        uint256 since = promisedAt[msg.sender][keccak256(abi.encode(msg.sender, id, answer, salt))];
        require(since != 0 && block.number >= since + 5);
        require(keccak256(answer) == riddle.answerHash);
        uint256 reward = riddle.reward;
        riddle.reward = 0;
        emit Solved(id, msg.sender);
        msg.sender.transfer(reward);
    }
}
