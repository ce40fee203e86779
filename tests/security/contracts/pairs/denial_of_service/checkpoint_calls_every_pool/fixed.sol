// SPDX-License-Identifier: MIT
pragma solidity ^0.8.6;

interface IPool {
    function pendingFees() external returns (uint256);
}

contract FeeCollector {
    IPool[] private pools;
    mapping(IPool => bool) private added;
    mapping(IPool => uint256) private feesOf;
    uint256 public totalFees;

    event Added(IPool indexed pool);
    event Checkpoint(uint256 totalFees);

    function add(IPool pool) external {
        require(!added[pool], "added");
        added[pool] = true;
        pools.push(pool);
        emit Added(pool);
    }

    function checkpoint(uint256 index) external {
        IPool pool = pools[index];
        uint256 fees = pool.pendingFees();
        feesOf[pool] += fees;
        totalFees += fees;
        emit Checkpoint(totalFees);
    }

    function poolCount() external view returns (uint256) {
        return pools.length;
    }
}
