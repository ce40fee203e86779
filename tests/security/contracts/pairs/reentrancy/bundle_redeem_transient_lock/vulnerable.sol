// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IPart {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

contract BasketBundle {
    struct Bundle {
        address owner;
        IPart[] parts;
        uint256[] amounts;
    }

    uint256 public count;
    mapping(uint256 => Bundle) private bundles;

    function wrap(IPart[] calldata parts, uint256[] calldata amounts) external returns (uint256 id) {
        require(parts.length == amounts.length && parts.length <= 16, "length");
        id = ++count;
        Bundle storage b = bundles[id];
        b.owner = msg.sender;
        b.parts = parts;
        b.amounts = amounts;
        for (uint256 i; i < parts.length; ++i) {
            require(parts[i].transferFrom(msg.sender, address(this), amounts[i]), "not received");
        }
    }

    function redeem(uint256 id) external {
        Bundle storage b = bundles[id];
        require(b.owner == msg.sender, "owner only");
        for (uint256 i; i < b.parts.length; ++i) {
            require(b.parts[i].transfer(msg.sender, b.amounts[i]), "not sent");
        }
        delete bundles[id];
    }
}
