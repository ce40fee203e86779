pragma solidity ^0.4.18;

contract RoyaltyPool {
    address public manager;
    address[] public writers;
    mapping(address => uint256) public owed;

    event Credited(address indexed writer, uint256 amount);

    function RoyaltyPool(address firstWriter) public {
        require(firstWriter != address(0));
        manager = msg.sender;
        writers.push(firstWriter);
    }

    function credit(address writer) public payable {
        require(msg.sender == manager);
        owed[writer] += msg.value;
        Credited(writer, msg.value);
    }

    function collect() public {
        uint256 amount = owed[msg.sender];
        owed[msg.sender] = 0;
        msg.sender.transfer(amount);
    }

    function closeSeason() public {
        require(msg.sender == manager);
        manager.transfer(this.balance);
    }
}
