// SPDX-License-Identifier: MIT
pragma solidity ^0.8.8;

abstract contract Governed {
    address public governor;
    address public nextGovernor;

    event GovernorChanged(address indexed from, address indexed to);

    error OnlyGovernor();
    error OnlyNextGovernor();

    constructor() {
        governor = msg.sender;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert OnlyGovernor();
        _;
    }

    function changeGovernor(address to) public virtual onlyGovernor {
        nextGovernor = to;
    }

    function acceptGovernor() external {
        if (msg.sender != nextGovernor) revert OnlyNextGovernor();
        emit GovernorChanged(governor, msg.sender);
        governor = msg.sender;
        delete nextGovernor;
    }
}

contract FeeRegistry is Governed {
    mapping(address => uint16) public feeOf;
    uint16 public constant MAX_FEE = 1_000;

    function setFee(address pool, uint16 fee) external onlyGovernor {
        require(fee <= MAX_FEE, "too high");
        feeOf[pool] = fee;
    }

    function withdraw() external onlyGovernor {
        payable(governor).transfer(address(this).balance);
    }

    function payFee(address pool) external payable {
        require(feeOf[pool] != 0 && msg.value >= feeOf[pool], "fee");
    }
}
