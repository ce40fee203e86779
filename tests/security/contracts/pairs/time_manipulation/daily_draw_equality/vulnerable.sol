// SPDX-License-Identifier: MIT
pragma solidity ^0.8.15;

library Clock {
    function atFullHour() internal view returns (bool) {
        return block.timestamp % 1 hours == 0;
    }
}

contract HourlyPot {
    address public lastGuest;
    uint256 public pot;
    uint256 public lastPaidBlock;
    uint256 private constant PAUSE = 300;

    event PotPaid(address indexed guest, uint256 pot);

    function join() external payable {
        require(msg.value == 0.03 ether, "stake");
        if (_due()) {
            _payPot();
        }
        lastGuest = msg.sender;
        pot += msg.value;
    }

    function _due() internal view returns (bool) {
        return lastGuest != address(0) && pot > 0 && Clock.atFullHour();
    }

    function _payPot() internal {
        address guest = lastGuest;
        uint256 amount = pot;
        pot = 0;
        lastGuest = address(0);
        lastPaidBlock = block.number;
        emit PotPaid(guest, amount);
        payable(guest).transfer(amount);
    }
}
