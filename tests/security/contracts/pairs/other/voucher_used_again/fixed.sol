// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

contract VoucherOffice {
    bytes32 private constant VOUCHER = keccak256("Voucher(address holder,uint256 amount,uint256 nonce)");
    address public immutable issuer;
    mapping(address => uint256) public nonces;

    event Redeemed(address indexed holder, uint256 amount);

    error BadSignature();

    constructor(address issuer_) payable {
        require(issuer_ != address(0), "issuer");
        issuer = issuer_;
    }

    receive() external payable {}

    function redeem(uint256 amount, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 content = keccak256(abi.encode(VOUCHER, msg.sender, amount, nonces[msg.sender]++));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", _domain(), content));
        if (uint256(s) > 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0) revert BadSignature();
        address signer = ecrecover(digest, v, r, s);
        if (signer == address(0) || signer != issuer) revert BadSignature();
        emit Redeemed(msg.sender, amount);
        payable(msg.sender).transfer(amount);
    }

    function _domain() private view returns (bytes32) {
        bytes32 kind = keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
        return keccak256(abi.encode(kind, keccak256("VoucherOffice"), block.chainid, address(this)));
    }
}
