// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

interface IAnyToken {
    function balanceOf(address who) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

contract TokenCellar {
    mapping(IAnyToken => mapping(address => uint256)) public stored;
    uint256 private gate = 1;

    event Stored(IAnyToken indexed token, address indexed who, uint256 amount);
    event Taken(IAnyToken indexed token, address indexed who, uint256 amount);

    error TokenFailed(IAnyToken token);

    modifier oneAtATime() {
        require(gate == 1, "busy");
        gate = 2;
        _;
        gate = 1;
    }

    function put(IAnyToken token, uint256 amount) external oneAtATime {
        uint256 received = _pull(token, amount);
        stored[token][msg.sender] += received;
        emit Stored(token, msg.sender, received);
    }

    function take(IAnyToken token, uint256 amount) external oneAtATime {
        stored[token][msg.sender] -= amount;
        emit Taken(token, msg.sender, amount);
        if (!token.transfer(msg.sender, amount)) revert TokenFailed(token);
    }

    function _pull(IAnyToken token, uint256 amount) private returns (uint256) {
        if (!token.transferFrom(msg.sender, address(this), amount)) revert TokenFailed(token);
        return amount;
    }
}
