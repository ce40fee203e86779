// SPDX-License-Identifier: MIT
pragma solidity ^0.6.7;

abstract contract Dice {
    address internal immutable beacon;
    mapping(uint256 => uint256) private words;

    constructor(address beacon_) internal {
        require(beacon_ != address(0), "beacon");
        beacon = beacon_;
    }

    function publish(uint256 round, uint256 word) external {
        require(msg.sender == beacon, "beacon only");
        require(words[round] == 0 && word != 0, "published");
        words[round] = word;
        _onWord(round);
    }

    function _onWord(uint256 round) internal virtual;

    function _isOpen(uint256 round) internal view returns (bool) {
        return words[round] == 0;
    }

    function _roll(uint256 round, uint256 sides) internal view returns (uint256) {
        require(words[round] != 0, "no word");
        return words[round] % sides + 1;
    }
}

contract SnakeEyes is Dice {
    address payable public immutable owner;
    mapping(address => uint256) public wins;
    mapping(uint256 => address payable) public playerOf;
    uint256 public rounds;

    event Rolled(address indexed player, uint256 eyes);

    constructor(address beacon_) public payable Dice(beacon_) {
        owner = msg.sender;
    }

    function play() external payable returns (uint256 round) {
        require(msg.value == 0.01 ether, "stake");
        rounds = rounds + 1;
        round = rounds;
        require(_isOpen(round), "published");
        playerOf[round] = msg.sender;
    }

    function roll(uint256 round) external {
        require(playerOf[round] == msg.sender, "not yours");
        delete playerOf[round];
        uint256 eyes = _roll(round, 36);
        emit Rolled(msg.sender, eyes);
        if (eyes == 1) {
            wins[msg.sender] = wins[msg.sender] + 1;
            msg.sender.transfer(address(this).balance / 2);
        }
    }

    function close() external {
        require(msg.sender == owner, "owner only");
        owner.transfer(address(this).balance);
    }

    function _onWord(uint256 round) internal override {
        require(round <= rounds, "no such round");
    }
}
