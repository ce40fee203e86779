pragma solidity ^0.4.11;

contract TradeToken {
    mapping(address => uint256) balances;
    uint256 public totalSupply;
    string public symbol;

    event Transfer(address indexed from, address indexed to, uint256 value);

    function TradeToken(uint256 supply, string tokenSymbol) public {
        totalSupply = supply;
        symbol = tokenSymbol;
        balances[msg.sender] = supply;
    }

    function balanceOf(address who) public constant returns (uint256) {
        return balances[who];
    }

    modifier sized(uint256 words) {
        require(msg.data.length >= words * 32 + 4);
        _;
    }

    function transfer(address to, uint256 value) public sized(2) returns (bool) {
        require(value > 0 && balances[msg.sender] >= value);
        require(balances[to] + value >= value);
        balances[msg.sender] -= value;
        balances[to] += value;
        Transfer(msg.sender, to, value);
        return true;
    }
}
