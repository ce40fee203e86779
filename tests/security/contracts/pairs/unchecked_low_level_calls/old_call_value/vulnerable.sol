pragma solidity ^0.4.19;

contract PitStop {
    mapping(address => uint256) private deposits;
    uint256 public held;

    event Out(address indexed who, uint256 amount);

    function () public payable {
        deposits[msg.sender] += msg.value;
        held += msg.value;
    }

    function out() external {
        uint256 amount = deposits[msg.sender];
        require(amount > 0);
        deposits[msg.sender] = 0;
        held -= amount;
        Out(msg.sender, amount);
        _push(msg.sender, amount);
    }

    function _push(address to, uint256 amount) private {
        to.call.value(amount).gas(40000)();
    }
}
