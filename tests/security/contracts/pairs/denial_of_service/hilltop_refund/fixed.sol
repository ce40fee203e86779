pragma solidity ^0.4.16;

contract BillboardSpot {
    address public tenant;
    uint256 public bid;
    bytes32 public text;
    address private city;
    mapping(address => uint256) private refunds;

    event Taken(address indexed tenant, uint256 bid, bytes32 text);

    function BillboardSpot() public {
        city = msg.sender;
        tenant = msg.sender;
    }

    function take(bytes32 newText) external payable {
        require(msg.value > bid * 11 / 10);
        address previous = tenant;
        uint256 refund = bid;
        tenant = msg.sender;
        bid = msg.value;
        text = newText;
        refunds[previous] += refund;
        Taken(msg.sender, msg.value, newText);
    }

    function takeRefund() external {
        uint256 amount = refunds[msg.sender];
        require(amount > 0);
        refunds[msg.sender] = 0;
        msg.sender.transfer(amount);
    }

    function close() external {
        require(msg.sender == city);
        selfdestruct(city);
    }
}
