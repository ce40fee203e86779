// SPDX-License-Identifier: MIT
pragma solidity ^0.8.22;

contract MessageInbox {
    enum State { Unknown, Delivered }

    struct Message {
        uint256 nonce;
        address to;
        uint256 value;
        bytes data;
    }

    address public immutable relayer;
    mapping(bytes32 => State) public states;

    event Delivered(bytes32 indexed id);

    error AlreadyDelivered(bytes32 id);
    error DeliveryFailed(bytes32 id);

    constructor(address relayer_) payable {
        relayer = relayer_;
    }

    receive() external payable {}

    function deliver(Message calldata message) external {
        require(msg.sender == relayer, "relayer only");
        bytes32 id = keccak256(abi.encode(message));
        if (states[id] == State.Delivered) revert AlreadyDelivered(id);
        states[id] = State.Delivered;
        emit Delivered(id);
        bool ok = _forward(message.to, message.value, message.data);
        if (!ok) revert DeliveryFailed(id);
    }

    function _forward(address to, uint256 value, bytes calldata data) private returns (bool ok) {
        (ok, ) = to.call{value: value}(data);
    }
}
