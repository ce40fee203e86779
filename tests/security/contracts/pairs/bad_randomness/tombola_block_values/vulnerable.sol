pragma solidity ^0.4.20;

contract VillageTombola {
    address[] private players;
    address public organizer;
    uint256 public constant STAKE = 50 finney;

    event Winner(address indexed player, uint256 amount);

    function VillageTombola() public {
        organizer = msg.sender;
    }

    function play() external payable {
        require(msg.value == STAKE);
        players.push(msg.sender);
    }

    function draw() external {
        require(msg.sender == organizer);
        require(players.length >= 3);
        uint256 mix = uint256(keccak256(block.difficulty, now, players.length));
        address lucky = players[mix % players.length];
        uint256 amount = this.balance;
        delete players;
        lucky.transfer(amount);
        Winner(lucky, amount);
    }
}
