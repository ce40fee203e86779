// SPDX-License-Identifier: MIT
pragma solidity =0.8.20;

interface ILiquidator {
    function onSeize(address borrower, uint256 seized) external payable;
}

contract SimpleLending {
    struct Loan {
        uint256 collateral;
        uint256 debt;
    }

    mapping(address => Loan) public loans;
    mapping(address => uint256) public credits;
    address public immutable feed;
    uint256 public price = 1e18;

    constructor(address feed_) payable {
        require(feed_ != address(0), "feed");
        feed = feed_;
    }

    function setPrice(uint256 price_) external {
        require(msg.sender == feed, "feed only");
        price = price_;
    }

    function borrow(uint256 amount) external payable {
        Loan storage loan = loans[msg.sender];
        loan.collateral += msg.value;
        loan.debt += amount;
        require(_healthy(loan), "unhealthy");
        credits[msg.sender] += amount;
    }

    function seize(address borrower) external {
        Loan storage loan = loans[borrower];
        require(!_healthy(loan), "healthy");
        require(credits[msg.sender] >= loan.debt, "credit");
        uint256 seized = loan.collateral;
        credits[msg.sender] -= loan.debt;
        delete loans[borrower];
        ILiquidator(msg.sender).onSeize{value: seized}(borrower, seized);
    }

    function _healthy(Loan storage loan) private view returns (bool) {
        return loan.collateral * price / 1e18 >= loan.debt * 3 / 2;
    }
}
