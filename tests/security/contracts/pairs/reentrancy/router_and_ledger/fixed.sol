// SPDX-License-Identifier: MIT
pragma solidity ^0.8.10;

contract Ledger {
    address public immutable router;
    mapping(address => uint256) public balanceOf;

    constructor(address router_) {
        router = router_;
    }

    modifier onlyRouter() {
        require(msg.sender == router, "router only");
        _;
    }

    function credit(address who, uint256 amount) external onlyRouter {
        balanceOf[who] += amount;
    }

    function clear(address who) external onlyRouter returns (uint256 amount) {
        amount = balanceOf[who];
        balanceOf[who] = 0;
    }

    function move(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }
}

contract CashRouter {
    Ledger public immutable ledger;
    bool private running;

    constructor() {
        ledger = new Ledger(address(this));
    }

    modifier guarded() {
        require(!running, "running");
        running = true;
        _;
        running = false;
    }

    function payIn() external payable guarded {
        ledger.credit(msg.sender, msg.value);
    }

    function payOut() external guarded {
        uint256 amount = ledger.clear(msg.sender);
        require(amount != 0, "empty");
        (bool ok, ) = msg.sender.call{value: amount}("");
        require(ok, "refused");
    }
}
