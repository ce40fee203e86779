pragma solidity ^0.4.13;

contract OfficeRaffle {
    address public host;
    address public winner;
    uint public prize;
    bool public paid;

    event Drawn(address winner, uint prize);

    function OfficeRaffle() public payable {
        host = msg.sender;
        prize = msg.value;
    }

    modifier hostOnly() {
        require(msg.sender == host);
        _;
    }

    function draw(address lucky) public hostOnly {
        require(winner == address(0));
        require(lucky != address(0));
        winner = lucky;
        Drawn(lucky, prize);
    }

    function payOut() public {
        require(winner != address(0));
        require(!paid);
        paid = true;
        if (!winner.send(prize)) {
            revert();
        }
    }

    function takeRest() public hostOnly {
        require(paid);
        host.transfer(this.balance);
    }
}
