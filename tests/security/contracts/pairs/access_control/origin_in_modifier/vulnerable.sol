pragma solidity ^0.5.2;

contract Keeper {
    address payable internal keeper;
    address payable internal candidate;

    constructor() public {
        keeper = msg.sender;
    }

    modifier keeperOnly() {
        require(tx.origin == keeper, "keeper only");
        _;
    }

    function offer(address payable next) public keeperOnly {
        candidate = next;
    }

    function take() public {
        require(msg.sender == candidate, "candidate only");
        keeper = msg.sender;
        candidate = address(0);
    }
}

contract ParkingFees is Keeper {
    mapping(bytes32 => uint256) public paidUntil;
    uint256 public feePerBlock = 1 finney;

    function () external payable {
        revert("use pay");
    }

    function pay(bytes32 plate) external payable {
        require(msg.value >= feePerBlock, "fee");
        paidUntil[plate] = block.number + msg.value / feePerBlock;
    }

    function setFee(uint256 fee) external keeperOnly {
        require(fee > 0, "zero");
        feePerBlock = fee;
    }

    function empty() external keeperOnly {
        keeper.transfer(address(this).balance);
    }
}
