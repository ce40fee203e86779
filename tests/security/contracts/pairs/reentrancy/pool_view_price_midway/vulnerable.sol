// SPDX-License-Identifier: MIT
pragma solidity 0.8.20;

contract EtherPool {
    uint256 private _entered;
    uint256 public reserve;
    uint256 public totalShares;
    mapping(address => uint256) public sharesOf;

    error Busy();
    error TransferFailed();

    modifier single() {
        if (_entered != 0) revert Busy();
        _entered = 1;
        _;
        _entered = 0;
    }

    constructor() payable {
        require(msg.value >= 1 ether, "seed missing");
        reserve = msg.value;
        totalShares = msg.value;
        sharesOf[address(0xdead)] = msg.value;
    }

    function join() external payable single returns (uint256 minted) {
        minted = msg.value * totalShares / reserve;
        require(minted > 0, "too small");
        reserve += msg.value;
        totalShares += minted;
        sharesOf[msg.sender] += minted;
    }

    function leave(uint256 shares) external single {
        uint256 amount = shares * reserve / totalShares;
        sharesOf[msg.sender] -= shares;
        totalShares -= shares;
        (bool ok, ) = msg.sender.call{value: amount}("");
        if (!ok) revert TransferFailed();
        reserve -= amount;
    }

    function sharePrice() external view returns (uint256) {
        return reserve * 1e18 / totalShares;
    }
}
