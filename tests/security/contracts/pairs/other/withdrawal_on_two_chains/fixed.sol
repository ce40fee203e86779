// SPDX-License-Identifier: MIT
pragma solidity ^0.8.4;

library Signatures {
    error Malformed();

    function signerOf(bytes32 digest, bytes calldata signature) internal pure returns (address signer) {
        if (signature.length != 65) revert Malformed();
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (uint256(s) > 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0) revert Malformed();
        signer = ecrecover(digest, v, r, s);
        if (signer == address(0)) revert Malformed();
    }
}

contract BridgeExit {
    using Signatures for bytes32;

    address public immutable guardian;
    mapping(bytes32 => bool) public finished;

    event Exited(bytes32 indexed id, address indexed to, uint256 amount);

    constructor(address guardian_) payable {
        require(guardian_ != address(0), "guardian");
        guardian = guardian_;
    }

    receive() external payable {}

    function exit(address payable to, uint256 amount, uint256 nonce, bytes calldata signature) external {
        bytes32 id = _idOf(to, amount, nonce);
        require(!finished[id], "finished");
        require(id.signerOf(signature) == guardian, "guardian");
        finished[id] = true;
        emit Exited(id, to, amount);
        to.transfer(amount);
    }

    function _idOf(address to, uint256 amount, uint256 nonce) private view returns (bytes32) {
        bytes32 content = keccak256(abi.encode("exit", block.chainid, address(this), to, amount, nonce));
        return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", content));
    }
}
