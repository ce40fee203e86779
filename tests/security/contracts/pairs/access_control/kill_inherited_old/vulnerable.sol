pragma solidity ^0.4.11;

contract Mortal {
    address boss;

    function Mortal() public {
        boss = msg.sender;
    }

    modifier onlyBoss() {
        if (msg.sender != boss) {
            revert();
        }
        _;
    }

    function retire(address heir) public {
        suicide(heir);
    }
}

contract Toll is Mortal {
    uint public rate = 50 szabo;
    mapping(address => uint) public passes;

    function pass() public payable {
        require(msg.value == rate);
        passes[msg.sender]++;
    }

    function setRate(uint newRate) public onlyBoss {
        require(newRate > 0);
        rate = newRate;
    }
}
