pragma solidity ^0.4.16;

contract BillboardSpot {
    address public tenant;
    uint256 public bid;
    bytes32 public text;
    address private city;

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
        previous.transfer(refund);
        Taken(msg.sender, msg.value, newText);
    }

    function close() external {
        require(msg.sender == city);
        selfdestruct(city);
    }
}
