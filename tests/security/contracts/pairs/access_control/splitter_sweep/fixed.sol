// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

contract RevenueSplitter {
    struct Share {
        uint128 points;
        uint128 taken;
    }

    address private immutable _admin;
    uint256 public totalPoints;
    uint256 public totalReceived;
    mapping(address => Share) public shares;

    error Unauthorized();
    error Empty();
    error Refused();

    constructor(address[] memory payees, uint128[] memory points) {
        require(payees.length == points.length, "length");
        _admin = msg.sender;
        for (uint256 i; i < payees.length; i++) {
            shares[payees[i]].points = points[i];
            totalPoints += points[i];
        }
    }

    receive() external payable {
        totalReceived += msg.value;
    }

    function claim() external {
        Share storage share = shares[msg.sender];
        uint256 due = totalReceived * share.points / totalPoints - share.taken;
        if (due == 0) revert Empty();
        share.taken += uint128(due);
        _send(payable(msg.sender), due);
    }

    function sweep(address payable to) external {
        if (msg.sender != _admin) revert Unauthorized();
        if (to == address(0) || address(this).balance == 0) revert Empty();
        _send(to, address(this).balance);
    }

    function _send(address payable to, uint256 amount) internal {
        (bool ok, ) = to.call{value: amount}("");
        if (!ok) revert Refused();
    }
}
