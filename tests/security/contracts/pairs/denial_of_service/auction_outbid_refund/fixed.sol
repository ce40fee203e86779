// SPDX-License-Identifier: MIT
pragma solidity ^0.8.13;

contract HouseAuction {
    struct Bid {
        address bidder;
        uint96 amount;
    }

    Bid public best;
    uint256 public immutable endBlock;
    address public immutable seller;
    bool public settled;
    mapping(address => uint256) public owed;

    event Outbid(address indexed bidder, uint256 amount);

    error TooLow(uint256 needed);
    error Closed();
    error PaymentFailed(address to);

    constructor(uint256 blocks) {
        seller = msg.sender;
        endBlock = block.number + blocks;
    }

    function bid() external payable {
        if (block.number >= endBlock) revert Closed();
        Bid memory last = best;
        if (msg.value <= last.amount) revert TooLow(last.amount);
        require(msg.value <= type(uint96).max, "size");
        best = Bid(msg.sender, uint96(msg.value));
        emit Outbid(msg.sender, msg.value);
        if (last.bidder != address(0)) {
            owed[last.bidder] += last.amount;
        }
    }

    function withdraw() external {
        uint256 amount = owed[msg.sender];
        owed[msg.sender] = 0;
        _pay(msg.sender, amount);
    }

    function settle() external {
        if (block.number < endBlock || settled) revert Closed();
        require(msg.sender == seller, "seller only");
        settled = true;
        _pay(msg.sender, best.amount);
    }

    function _pay(address to, uint256 amount) private {
        (bool ok, ) = to.call{value: amount}("");
        if (!ok) revert PaymentFailed(to);
    }
}
