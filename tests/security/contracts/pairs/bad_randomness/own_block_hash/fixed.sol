pragma solidity ^0.4.11;

contract HighCard {
    struct Hand {
        uint8 card;
        uint256 stake;
    }

    address dealer;
    mapping(address => Hand) hands;
    mapping(uint256 => address) seats;
    mapping(address => uint256) dealBy;
    bytes32[] hashes;

    event Dealt(address indexed player, uint8 card);

    function HighCard() public payable {
        dealer = msg.sender;
    }

    function promise(bytes32 hash) public {
        require(msg.sender == dealer);
        hashes.push(hash);
    }

    function sit(uint256 number) public payable {
        require(msg.value >= 1 finney && msg.value * 2 <= this.balance);
        require(number > 0 && number < hashes.length && seats[number] == 0);
        require(hands[msg.sender].stake == 0);
        seats[number] = msg.sender;
        hands[msg.sender] = Hand(0, msg.value);
        dealBy[msg.sender] = block.number + 1000;
    }

    function deal(uint256 number, bytes32 secret) public {
        var player = seats[number];
        require(player != 0 && keccak256(secret) == hashes[number]);
        hashes[number] = 0;
        var card = uint8(uint256(keccak256(secret, player)) % 52);
        hands[player].card = card;
        dealBy[player] = 0;
        Dealt(player, card);
    }

    function expire() public {
        require(dealBy[msg.sender] != 0 && block.number > dealBy[msg.sender]);
        uint256 stake = hands[msg.sender].stake;
        hands[msg.sender].stake = 0;
        dealBy[msg.sender] = 0;
        msg.sender.transfer(stake * 2);
    }

    function show() public {
        Hand storage hand = hands[msg.sender];
        require(dealBy[msg.sender] == 0);
        uint256 stake = hand.stake;
        uint8 card = hand.card;
        hand.stake = 0;
        if (stake > 0 && card >= 26) {
            msg.sender.transfer(stake * 2);
        }
    }

    function leave() public {
        require(msg.sender == dealer);
        selfdestruct(dealer);
    }
}
