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

    bytes32 private constant FLAG = keccak256("basket.bundle.flag");
    uint256 public count;
    mapping(uint256 => Bundle) private bundles;

    modifier exclusive() {
        bytes32 flag = FLAG;
        assembly {
            if tload(flag) { revert(0, 0) }
            tstore(flag, 1)
        }
        _;
        assembly {
            tstore(flag, 0)
        }
    }

    function wrap(IPart[] calldata parts, uint256[] calldata amounts) external exclusive returns (uint256 id) {
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

    function redeem(uint256 id) external exclusive {
        Bundle storage b = bundles[id];
        require(b.owner == msg.sender, "owner only");
        for (uint256 i; i < b.parts.length; ++i) {
            require(b.parts[i].transfer(msg.sender, b.amounts[i]), "not sent");
        }
        delete bundles[id];
    }
}
