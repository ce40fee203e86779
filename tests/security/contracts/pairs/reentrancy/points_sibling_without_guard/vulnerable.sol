// SPDX-License-Identifier: MIT
pragma solidity ^0.6.12;

contract Mutex {
    uint256 private _state = 1;

    modifier nonReentrant() {
        require(_state == 1, "busy");
        _state = 2;
        _;
        _state = 1;
    }
}

contract LoyaltyPoints is Mutex {
    mapping(address => uint256) private points;
    uint256 public constant WEI_PER_POINT = 1e12;

    event Moved(address indexed from, address indexed to, uint256 amount);

    function buy() external payable nonReentrant {
        require(msg.value >= WEI_PER_POINT, "too little");
        points[msg.sender] = points[msg.sender] + msg.value / WEI_PER_POINT;
    }

    function redeem() external nonReentrant {
        uint256 held = points[msg.sender];
        require(held > 0, "none");
        (bool ok, ) = msg.sender.call{value: held * WEI_PER_POINT}("");
        require(ok, "payment failed");
        points[msg.sender] = 0;
    }

    function movePoints(address to, uint256 amount) external {
        require(points[msg.sender] >= amount, "not enough");
        points[msg.sender] = points[msg.sender] - amount;
        points[to] = points[to] + amount;
        emit Moved(msg.sender, to, amount);
    }
}
