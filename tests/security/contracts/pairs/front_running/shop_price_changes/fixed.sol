// SPDX-License-Identifier: MIT
pragma solidity ^0.8.11;

contract CreditShop {
    address public immutable merchant;
    uint256 public price;
    mapping(address => uint256) public deposits;
    mapping(address => uint256) public credits;

    event PriceChanged(uint256 price);
    event Bought(address indexed who, uint256 count, uint256 cost);

    error NotMerchant();
    error DepositTooLow(uint256 needed);

    constructor(uint256 price_) {
        merchant = msg.sender;
        price = price_;
    }

    function setPrice(uint256 price_) external {
        if (msg.sender != merchant) revert NotMerchant();
        price = price_;
        emit PriceChanged(price_);
    }

    function deposit() external payable {
        deposits[msg.sender] += msg.value;
    }

    function buy(uint256 count, uint256 maxCost) external {
        uint256 cost = count * price;
        if (cost > maxCost) revert DepositTooLow(cost);
        if (deposits[msg.sender] < cost) revert DepositTooLow(cost);
        deposits[msg.sender] -= cost;
        deposits[merchant] += cost;
        credits[msg.sender] += count;
        emit Bought(msg.sender, count, cost);
    }

    function withdraw(uint256 amount) external {
        deposits[msg.sender] -= amount;
        payable(msg.sender).transfer(amount);
    }
}
