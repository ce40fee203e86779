pragma solidity ^0.4.16;

contract PointBase {
    mapping(address => uint) internal points;

    event Sent(address from, address to, uint amount);

    function sendPoints(address to, uint amount) public returns (bool ok) {
        if (msg.data.length < 68 || points[msg.sender] < amount) {
            return false;
        }
        points[msg.sender] -= amount;
        points[to] += amount;
        Sent(msg.sender, to, amount);
        return true;
    }
}

contract CinemaPoints is PointBase {
    address private cinema;
    mapping(address => uint) private visits;

    function CinemaPoints() public {
        cinema = msg.sender;
        points[msg.sender] = 1000000;
    }

    function visit() public payable {
        require(msg.value == 5 finney);
        visits[msg.sender] += 1;
        if (visits[msg.sender] % 10 == 0) {
            points[msg.sender] += 10;
        }
    }

    function collect() public {
        require(msg.sender == cinema);
        cinema.transfer(this.balance);
    }
}
