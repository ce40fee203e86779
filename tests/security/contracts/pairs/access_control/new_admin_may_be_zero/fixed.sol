// SPDX-License-Identifier: MIT
pragma solidity ^0.8.3;

contract PriceBoard {
    address public admin;
    mapping(bytes32 => uint256) private _prices;

    event AdminChanged(address indexed from, address indexed to);
    event PriceSet(bytes32 indexed item, uint256 price);

    error Forbidden(address who);

    constructor() {
        admin = msg.sender;
    }

    modifier restricted() {
        if (msg.sender != admin) revert Forbidden(msg.sender);
        _;
    }

    function setAdmin(address to) external restricted {
        if (to == address(0)) revert Forbidden(to);
        emit AdminChanged(admin, to);
        admin = to;
    }

    function setPrice(bytes32 item, uint256 price) external restricted {
        require(price != 0, "zero price");
        _prices[item] = price;
        emit PriceSet(item, price);
    }

    function priceOf(bytes32 item) external view returns (uint256 price) {
        price = _prices[item];
        require(price != 0, "no price");
    }
}
