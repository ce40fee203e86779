pragma solidity ^0.4.24;

contract PayoutDesk {
    address public cashier;
    mapping(address => uint256) public accounts;

    event Loaded(address indexed who, uint256 value);
    event PaidOut(address indexed from, address indexed to, uint256 value);

    constructor() public {
        cashier = msg.sender;
    }

    function load() external payable {
        accounts[msg.sender] += msg.value;
        emit Loaded(msg.sender, msg.value);
    }

    function _wholeCall(uint256 size) private pure {
        require(msg.data.length == size);
    }

    function payOut(address to, uint256 value) external {
        _wholeCall(68);
        require(to != address(0));
        require(accounts[msg.sender] >= value);
        accounts[msg.sender] -= value;
        emit PaidOut(msg.sender, to, value);
        to.transfer(value);
    }
}
