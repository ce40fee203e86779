pragma solidity ^0.4.20;

contract VillageTombola {
    address[] private players;
    address public organizer;
    uint256 public constant STAKE = 50 finney;
    address public beacon;
    bool public closed;

    event Winner(address indexed player, uint256 amount);

    function VillageTombola(address randomnessBeacon) public {
        require(randomnessBeacon != address(0));
        beacon = randomnessBeacon;
        organizer = msg.sender;
    }

    function play() external payable {
        require(msg.value == STAKE && !closed);
        players.push(msg.sender);
    }

    function close() external {
        require(msg.sender == organizer);
        require(players.length >= 3);
        closed = true;
    }

    function draw(uint256 mix) external {
        require(msg.sender == beacon);
        require(closed);
        closed = false;
        address lucky = players[mix % players.length];
        uint256 amount = this.balance;
        delete players;
        lucky.transfer(amount);
        Winner(lucky, amount);
    }
}
