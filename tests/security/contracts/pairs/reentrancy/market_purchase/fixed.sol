pragma solidity ^0.5.10;

contract CardMarket {
    struct Listing {
        address payable seller;
        uint256 price;
    }

    mapping(uint256 => address) public holderOf;
    mapping(uint256 => Listing) public listings;
    uint256 public issued;

    event Listed(uint256 indexed card, uint256 price);
    event Sold(uint256 indexed card, address buyer);

    function issue() external returns (uint256 card) {
        card = issued;
        issued = card + 1;
        holderOf[card] = msg.sender;
    }

    function list(uint256 card, uint256 price) external {
        require(holderOf[card] == msg.sender, "not yours");
        require(price > 0, "no price");
        listings[card] = Listing(msg.sender, price);
        emit Listed(card, price);
    }

    function buy(uint256 card) external payable {
        Listing storage listing = listings[card];
        require(listing.price > 0, "not for sale");
        require(msg.value == listing.price, "wrong amount");
        address payable seller = listing.seller;
        holderOf[card] = msg.sender;
        delete listings[card];
        emit Sold(card, msg.sender);
        (bool paid, ) = seller.call.value(msg.value)("");
        require(paid, "seller refuses");
    }
}
