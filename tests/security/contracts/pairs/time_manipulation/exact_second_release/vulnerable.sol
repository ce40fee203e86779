pragma solidity ^0.4.14;

contract BirthdayGift {
    address public child;
    address public parent;
    uint256 public birthday;
    bool public extra;

    event Released(uint256 amount);

    function BirthdayGift(address receiver, uint256 moment) public payable {
        require(receiver != address(0));
        child = receiver;
        parent = msg.sender;
        birthday = moment;
    }

    function () public payable {
    }

    function release() external {
        require(msg.sender == child);
        require(now >= birthday);
        uint256 amount = this.balance / 2;
        if (now == birthday) {
            extra = true;
            amount = this.balance;
        }
        Released(amount);
        child.transfer(amount);
    }
}
