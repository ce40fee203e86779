// SPDX-License-Identifier: MIT
pragma solidity ^0.6.11;

contract WaitingList {
    struct Seat {
        address guest;
        uint256 deposit;
    }

    Seat[] private queue;
    mapping(address => uint256) private position;

    event Left(address indexed guest);

    function enter() external payable {
        require(position[msg.sender] == 0, "waiting");
        queue.push(Seat(msg.sender, msg.value));
        position[msg.sender] = queue.length;
    }

    function leave() external {
        require(position[msg.sender] != 0, "not waiting");
        uint256 index = _find(msg.sender);
        uint256 deposit = queue[index].deposit;
        uint256 last = queue.length - 1;
        if (index != last) {
            queue[index] = queue[last];
            position[queue[index].guest] = index + 1;
        }
        queue.pop();
        delete position[msg.sender];
        emit Left(msg.sender);
        msg.sender.transfer(deposit);
    }

    function _find(address guest) private view returns (uint256) {
        return position[guest] - 1;
    }
}
