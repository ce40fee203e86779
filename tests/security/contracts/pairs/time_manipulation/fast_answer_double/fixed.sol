pragma solidity ^0.5.14;

contract QuizNight {
    struct Question {
        bytes32 answerHash;
        uint256 reward;
        uint256 openedAt;
        uint256 answers;
    }

    address private quizmaster;
    mapping(uint256 => Question) private questions;
    mapping(uint256 => mapping(address => bool)) private answered;
    mapping(address => bool) private teams;

    event Answered(uint256 indexed id, address indexed team, uint256 paid);

    constructor() public payable {
        quizmaster = msg.sender;
    }

    function admit(address team) external {
        require(msg.sender == quizmaster, "quizmaster only");
        teams[team] = true;
    }

    function ask(uint256 id, bytes32 answerHash) external payable {
        require(msg.sender == quizmaster && questions[id].reward == 0, "asked");
        questions[id] = Question(answerHash, msg.value / 10, block.number, 0);
    }

    function answer(uint256 id, bytes32 secret) external {
        Question storage q = questions[id];
        require(teams[msg.sender] && !answered[id][msg.sender], "team");
        require(keccak256(abi.encode(id, secret)) == q.answerHash, "wrong");
        answered[id][msg.sender] = true;
        q.answers = q.answers + 1;
        uint256 paid = q.reward;
        if (q.answers == 1) {
            paid = paid * 2;
        }
        emit Answered(id, msg.sender, paid);
        msg.sender.transfer(paid);
    }
}
