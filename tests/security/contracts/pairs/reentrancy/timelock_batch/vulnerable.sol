// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

contract DelayedBatch {
    enum Status { None, Queued, Done }

    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    address public immutable proposer;
    uint256 public constant DELAY = 2 days;
    mapping(bytes32 => Status) public status;
    mapping(bytes32 => uint256) public readyAt;

    error NotReady(bytes32 id);

    constructor(address proposer_) payable {
        require(proposer_ != address(0), "proposer");
        proposer = proposer_;
    }

    receive() external payable {}

    function queue(Call[] calldata calls, bytes32 salt) external returns (bytes32 id) {
        require(msg.sender == proposer, "proposer only");
        id = keccak256(abi.encode(calls, salt));
        require(status[id] == Status.None, "known");
        status[id] = Status.Queued;
        readyAt[id] = block.timestamp + DELAY;
    }

    function perform(Call[] calldata calls, bytes32 salt) external {
        bytes32 id = keccak256(abi.encode(calls, salt));
        _requireReady(id);
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, ) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            require(ok, "call failed");
        }
        status[id] = Status.Done;
    }

    function _requireReady(bytes32 id) internal view {
        if (status[id] != Status.Queued || block.timestamp < readyAt[id]) revert NotReady(id);
    }
}
