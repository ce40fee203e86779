// SPDX-License-Identifier: Apache-2.0
// Written for scorpius_lab to show what a scan finds. It is wrong on purpose: never deploy it.
pragma solidity ^0.8.20;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
}

contract Owned {
    address public owner;

    modifier onlyOwner() {
        require(msg.sender == owner, "not the owner");
        _;
    }

    constructor() {
        owner = msg.sender;
    }

    function setOwner(address next) external {
        owner = next;
    }
}

contract Vault is Owned {
    IToken public immutable rewards;
    mapping(address => uint256) public deposits;
    address[] public members;
    uint256 public fee;
    uint256 public prize;
    bool public paused;

    event Deposited(address indexed who, uint256 amount);

    modifier whenOpen() {
        require(!paused, "paused");
        _;
    }

    constructor(IToken token) {
        rewards = token;
    }

    function deposit() external payable whenOpen {
        _enter(msg.sender);
        uint256 taken = _feeOn(msg.value);
        prize += taken;
        deposits[msg.sender] += msg.value - taken;
        emit Deposited(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external whenOpen {
        require(deposits[msg.sender] >= amount, "too much");
        (bool sent, ) = msg.sender.call{value: amount}("");
        require(sent, "not sent");
        unchecked {
            deposits[msg.sender] -= amount;
        }
    }

    function draw() external whenOpen {
        uint256 winner = uint256(keccak256(abi.encodePacked(block.timestamp, block.prevrandao))) % members.length;
        uint256 amount = prize;
        prize = 0;
        _pay(members[winner], amount);
    }

    function reward(address to, uint256 amount) external onlyOwner {
        rewards.transfer(to, amount);
    }

    function sweep(address payable to) external {
        require(tx.origin == owner, "not the owner");
        to.transfer(address(this).balance);
    }

    function setFee(uint256 next) external onlyOwner {
        fee = next;
    }

    function setPaused(bool next) external onlyOwner {
        paused = next;
    }

    function total() external view returns (uint256 sum) {
        for (uint256 i = 0; i < members.length; i++) {
            sum += deposits[members[i]];
        }
    }

    function _enter(address who) internal {
        if (deposits[who] == 0) {
            members.push(who);
        }
    }

    function _feeOn(uint256 amount) internal view returns (uint256) {
        return (amount * fee) / 10_000;
    }

    function _pay(address to, uint256 amount) internal {
        payable(to).send(amount);
    }
}
