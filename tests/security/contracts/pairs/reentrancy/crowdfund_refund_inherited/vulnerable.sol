pragma solidity ^0.5.0;

contract PledgeBook {
    mapping(address => uint256) internal pledges;
    uint256 internal pledged;

    function _record(address who, uint256 amount) internal {
        pledges[who] = pledges[who] + amount;
        pledged = pledged + amount;
    }

    function _erase(address who) internal {
        pledges[who] = 0;
    }
}

contract RefundDesk is PledgeBook {
    event Refunded(address indexed who, uint256 amount);

    function _refund(address payable who) internal {
        uint256 amount = pledges[who];
        require(amount > 0, "no pledge");
        (bool ok, ) = who.call.value(amount)("");
        require(ok, "refund failed");
        _erase(who);
        emit Refunded(who, amount);
    }
}

contract FilmFund is RefundDesk {
    uint256 public goal;
    uint256 public endBlock;
    address payable public studio;

    constructor(uint256 goal_, uint256 blocks_, address payable studio_) public {
        require(studio_ != address(0), "studio");
        goal = goal_;
        endBlock = block.number + blocks_;
        studio = studio_;
    }

    function pledge() external payable {
        require(block.number < endBlock, "closed");
        _record(msg.sender, msg.value);
    }

    function refund() external {
        require(block.number >= endBlock && pledged < goal, "not failed");
        _refund(msg.sender);
    }

    function payStudio() external {
        require(block.number >= endBlock && pledged >= goal, "not reached");
        studio.transfer(address(this).balance);
    }
}
