pragma solidity ^0.4.24;

contract DealEscrow {
    struct Deal {
        address buyer;
        address seller;
        uint256 amount;
        bool accepted;
        bool settled;
    }

    Deal[] internal deals;

    event Opened(uint256 indexed id, address buyer, address seller, uint256 amount);
    event Settled(uint256 indexed id);

    function open(address seller) external payable returns (uint256 id) {
        require(seller != address(0));
        require(msg.value > 0);
        id = deals.length;
        deals.push(Deal(msg.sender, seller, msg.value, false, false));
        emit Opened(id, msg.sender, seller, msg.value);
    }

    function accept(uint256 id) external {
        require(msg.sender == deals[id].buyer);
        deals[id].accepted = true;
    }

    function collect(uint256 id) external {
        Deal storage deal = deals[id];
        require(deal.seller == msg.sender);
        require(deal.accepted && !deal.settled);
        deal.settled = true;
        emit Settled(id);
        require(deal.seller.call.value(deal.amount)());
    }
}
