pragma solidity ^0.5.8;

contract Checked {
    function times(uint256 a, uint256 b) internal pure returns (uint256) {
        if (a == 0) return 0;
        uint256 c = a * b;
        require(c / a == b, "overflow");
        return c;
    }

    function plus(uint256 a, uint256 b) internal pure returns (uint256 c) {
        c = a + b;
        require(c >= a, "overflow");
    }

    function minus(uint256 a, uint256 b) internal pure returns (uint256) {
        require(b <= a, "underflow");
        return a - b;
    }
}

contract ConcertTickets is Checked {
    uint256 public constant PRICE = 20 finney;
    address payable public promoter;
    mapping(address => uint256) public tickets;

    constructor(address payable promoter_) public {
        require(promoter_ != address(0), "promoter");
        promoter = promoter_;
    }

    function buy(uint256 count) external payable {
        uint256 cost = count * PRICE;
        require(msg.value >= cost, "too little");
        tickets[msg.sender] = plus(tickets[msg.sender], count);
        msg.sender.transfer(minus(msg.value, cost));
    }

    function hand(address to, uint256 count) external {
        tickets[msg.sender] = minus(tickets[msg.sender], count);
        tickets[to] = plus(tickets[to], count);
    }

    function collect() external {
        require(msg.sender == promoter, "promoter only");
        promoter.transfer(address(this).balance);
    }
}
