pragma solidity ^0.5.12;

contract SaleBase {
    uint256 internal rate;
    mapping(address => uint256) public units;

    event Bought(address indexed who, uint256 count);

    function () external payable {
        _buy(msg.sender, msg.value);
    }

    function _buy(address who, uint256 amount) internal {
        uint256 count = amount * rate;
        require(amount == 0 || count / amount == rate, "overflow");
        units[who] += count;
        emit Bought(who, count);
    }
}

contract SpringSale is SaleBase {
    uint256 internal rate;
    address payable private garden;

    constructor(uint256 rate_) public {
        require(rate_ > 0, "rate");
        rate = rate_;
        garden = msg.sender;
    }

    function currentRate() external view returns (uint256) {
        return rate;
    }

    function collect() external {
        require(msg.sender == garden, "garden only");
        garden.transfer(address(this).balance);
    }
}
