// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

library Payments {
    error Rejected();

    function forward(address payable to, uint256 amount) internal {
        (bool ok, ) = to.call{value: amount}("");
        if (!ok) revert Rejected();
    }
}

contract SalaryStream {
    using Payments for address payable;

    struct Stream {
        address payable worker;
        uint64 start;
        uint64 stop;
        uint256 total;
        uint256 withdrawn;
    }

    mapping(bytes32 => Stream) public streams;

    function open(bytes32 salt, address payable worker, uint64 length) external payable returns (bytes32 id) {
        id = keccak256(abi.encode(msg.sender, worker, salt));
        require(streams[id].total == 0, "exists");
        require(msg.value > 0 && length > 0, "empty");
        streams[id] = Stream(worker, uint64(block.timestamp), uint64(block.timestamp) + length, msg.value, 0);
    }

    function earned(bytes32 id) public view returns (uint256) {
        Stream storage s = streams[id];
        if (block.timestamp >= s.stop) return s.total;
        return s.total * (block.timestamp - s.start) / (s.stop - s.start);
    }

    function withdraw(bytes32 id) external {
        Stream storage s = streams[id];
        require(msg.sender == s.worker, "worker only");
        uint256 due = earned(id);
        uint256 amount = due - s.withdrawn;
        require(amount > 0, "nothing due");
        s.withdrawn = due;
        s.worker.forward(amount);
    }
}
