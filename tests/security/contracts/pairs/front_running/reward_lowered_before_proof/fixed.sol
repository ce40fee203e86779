pragma solidity ^0.4.24;

contract FactorReward {
    address public sponsor;
    uint256 public reward;
    uint256 public number;
    bool public closed;

    mapping(address => bytes32) private claims;
    mapping(address => uint256) private claimBlock;

    constructor(uint256 composite) public payable {
        require(composite > 3);
        sponsor = msg.sender;
        number = composite;
        reward = msg.value;
    }

    function claim(bytes32 hash) external {
        claims[msg.sender] = hash;
        claimBlock[msg.sender] = block.number;
    }

    function prove(uint256 p, uint256 q, bytes32 salt) external {
        require(!closed);
        require(p > 1 && q > 1 && p < 2 ** 128 && q < 2 ** 128);
        require(p * q == number);
        require(claims[msg.sender] == keccak256(abi.encode(msg.sender, p, q, salt)));
        require(block.number > claimBlock[msg.sender] + 10);
        closed = true;
        msg.sender.transfer(reward);
    }
}
