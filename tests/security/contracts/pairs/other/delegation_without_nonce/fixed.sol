// SPDX-License-Identifier: MIT
pragma solidity ^0.8.7;

contract DelegatedVotes {
    bytes32 private constant TYPEHASH = keccak256("Delegate(address owner,address to,uint256 nonce,uint256 deadline)");
    mapping(address => address) public delegateOf;
    mapping(address => uint256) public nonces;

    event Delegated(address indexed owner, address indexed to);

    error Rejected();

    function delegate(address to) external {
        _set(msg.sender, to);
    }

    function delegateBySig(address owner, address to, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        require(block.timestamp <= deadline, "late");
        uint256 nonce = nonces[owner];
        nonces[owner] = nonce + 1;
        bytes32 content = keccak256(abi.encode(TYPEHASH, owner, to, nonce, deadline));
        if (_recover(_typed(content), v, r, s) != owner) revert Rejected();
        _set(owner, to);
    }

    function _set(address owner, address to) private {
        delegateOf[owner] = to;
        emit Delegated(owner, to);
    }

    function _recover(bytes32 digest, uint8 v, bytes32 r, bytes32 s) private pure returns (address signer) {
        if (uint256(s) > 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0) revert Rejected();
        signer = ecrecover(digest, v, r, s);
        if (signer == address(0)) revert Rejected();
    }

    function _typed(bytes32 content) private view returns (bytes32) {
        bytes32 kind = keccak256("EIP712Domain(uint256 chainId,address verifyingContract)");
        bytes32 domain = keccak256(abi.encode(kind, block.chainid, address(this)));
        return keccak256(abi.encodePacked("\x19\x01", domain, content));
    }
}
