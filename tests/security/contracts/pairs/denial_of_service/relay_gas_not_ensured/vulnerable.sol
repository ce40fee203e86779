// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

contract RequestRelay {
    struct Request {
        address from;
        address to;
        uint256 gas;
        uint256 nonce;
        bytes data;
    }

    mapping(address => mapping(uint256 => bool)) public spent;
    mapping(address => mapping(bytes32 => bool)) public permitted;

    event Relayed(address indexed from, uint256 nonce, bool ok);

    error NotPermitted();
    error Spent();
    error TooLittleGas();

    function permit(bytes32 id) external {
        permitted[msg.sender][id] = true;
    }

    function relay(Request calldata request) external returns (bool ok) {
        bytes32 id = keccak256(abi.encode(request));
        if (!permitted[request.from][id]) revert NotPermitted();
        if (spent[request.from][request.nonce]) revert Spent();
        spent[request.from][request.nonce] = true;
        (ok, ) = request.to.call{gas: request.gas}(abi.encodePacked(request.data, request.from));
        emit Relayed(request.from, request.nonce, ok);
    }
}
