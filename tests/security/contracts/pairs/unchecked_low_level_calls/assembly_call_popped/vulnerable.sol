// SPDX-License-Identifier: MIT
pragma solidity ^0.8.15;

library Wire {
    function send(address to, uint256 amount) internal {
        assembly {
            pop(call(gas(), to, amount, 0, 0, 0, 0))
        }
    }
}

contract AffiliateBank {
    using Wire for address;

    mapping(address => uint256) public earned;
    address public immutable shop;

    event Earned(address indexed affiliate, uint256 amount);

    error ShopOnly();
    error Nothing();

    constructor(address shop_) {
        shop = shop_;
    }

    function reward(address affiliate) external payable {
        if (msg.sender != shop) revert ShopOnly();
        earned[affiliate] += msg.value;
        emit Earned(affiliate, msg.value);
    }

    function collect(address to) external {
        uint256 amount = earned[msg.sender];
        if (amount == 0) revert Nothing();
        delete earned[msg.sender];
        to.send(amount);
    }
}
