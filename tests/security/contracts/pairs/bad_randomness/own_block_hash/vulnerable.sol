pragma solidity ^0.4.11;

contract HighCard {
    struct Hand {
        uint8 card;
        uint256 stake;
    }

    address dealer;
    mapping(address => Hand) hands;

    event Dealt(address indexed player, uint8 card);

    function HighCard() public payable {
        dealer = msg.sender;
    }

    function deal() public payable {
        require(msg.value >= 1 finney && msg.value * 2 <= this.balance);
        require(hands[msg.sender].stake == 0);
        var card = uint8(uint256(keccak256(block.blockhash(block.number), msg.sender)) % 52);
        hands[msg.sender] = Hand(card, msg.value);
        Dealt(msg.sender, card);
    }

    function show() public {
        Hand storage hand = hands[msg.sender];
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
