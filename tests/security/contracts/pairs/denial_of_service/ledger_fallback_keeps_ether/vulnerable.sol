pragma solidity ^0.4.17;

contract Balances {
    mapping(address => uint256) internal balances;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    function balanceOf(address who) public view returns (uint256) {
        return balances[who];
    }

    function _move(address from, address to, uint256 amount) internal {
        require(balances[from] >= amount);
        balances[from] -= amount;
        balances[to] += amount;
        Transfer(from, to, amount);
    }
}

contract CommunityCoin is Balances {
    uint256 public totalSupply = 21000000;
    string public symbol = "COM";

    function CommunityCoin() public {
        balances[msg.sender] = totalSupply;
    }

    function () public payable {
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        require(to != address(0));
        _move(msg.sender, to, amount);
        return true;
    }
}
