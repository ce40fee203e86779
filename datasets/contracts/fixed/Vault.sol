// SPDX-License-Identifier: Apache-2.0
// Written for scorpius_lab: the vault of ../vulnerable, mended.
pragma solidity ^0.8.20;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
}

contract Owned {
    address public owner;
    address public pending;

    modifier onlyOwner() {
        require(msg.sender == owner, "not the owner");
        _;
    }

    constructor() {
        owner = msg.sender;
    }

    function offerOwner(address next) external onlyOwner {
        require(next != address(0), "nobody");
        pending = next;
    }

    function acceptOwner() external {
        require(msg.sender == pending, "not offered");
        owner = pending;
        pending = address(0);
    }
}

contract Vault is Owned {
    uint256 public constant MOST_FEE = 500;

    IToken public immutable rewards;
    mapping(address => uint256) public deposits;
    uint256 public total;
    uint256 public earned;
    uint256 public fee;
    bool public paused;
    bool private running;

    event Deposited(address indexed who, uint256 amount);
    event Withdrawn(address indexed who, uint256 amount);
    event FeeChanged(uint256 fee);
    event PausedChanged(bool paused);

    modifier whenOpen() {
        require(!paused, "paused");
        _;
    }

    modifier once() {
        require(!running, "running");
        running = true;
        _;
        running = false;
    }

    constructor(IToken token) {
        require(address(token) != address(0), "no token");
        rewards = token;
    }

    function deposit(uint256 mostFee) external payable whenOpen {
        require(fee <= mostFee, "fee was raised");
        uint256 taken = _feeOn(msg.value);
        earned += taken;
        total += msg.value - taken;
        deposits[msg.sender] += msg.value - taken;
        emit Deposited(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external once {
        require(deposits[msg.sender] >= amount, "too much");
        deposits[msg.sender] -= amount;
        total -= amount;
        emit Withdrawn(msg.sender, amount);
        _pay(msg.sender, amount);
    }

    function reward(address to, uint256 amount) external onlyOwner {
        require(to != address(0), "nobody");
        require(rewards.transfer(to, amount), "not paid");
    }

    function collect() external onlyOwner once {
        uint256 amount = earned;
        earned = 0;
        _pay(owner, amount);
    }

    function setFee(uint256 next) external onlyOwner {
        require(next <= MOST_FEE, "too high");
        fee = next;
        emit FeeChanged(next);
    }

    function setPaused(bool next) external onlyOwner {
        paused = next;
        emit PausedChanged(next);
    }

    function _feeOn(uint256 amount) internal view returns (uint256) {
        return (amount * fee) / 10_000;
    }

    function _pay(address to, uint256 amount) internal {
        (bool sent, ) = to.call{value: amount}("");
        require(sent, "not sent");
    }
}
