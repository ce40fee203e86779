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

    function checkpoint() external {
        uint256 sum = totalFees;
        for (uint256 i = 0; i < pools.length; ++i) {
            uint256 fees = pools[i].pendingFees();
            feesOf[pools[i]] += fees;
            sum += fees;
        }
        totalFees = sum;
        emit Checkpoint(sum);
    }

    function poolCount() external view returns (uint256) {
        return pools.length;
    }
}
