pragma solidity ^0.4.19;

contract Possessed {
    address owner;

    modifier onlyOwner() {
        require(msg.sender == owner);
        _;
    }

    function Possessed() public {
        owner = msg.sender;
    }
}

contract Notified is Possessed {
    event Notice(string text);

    function notice(string text) public onlyOwner {
        Notice(text);
    }
}

contract TollRoad is Notified {
    address owner;
    uint256 public toll = 3 finney;

    function TollRoad(address newOwner) public {
        require(newOwner != address(0));
        owner = newOwner;
    }

    function pass() public payable {
        require(msg.value == toll);
    }

    function setToll(uint256 newToll) public onlyOwner {
        toll = newToll;
    }

    function collect() public onlyOwner {
        owner.transfer(this.balance);
    }
}
