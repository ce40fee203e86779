// SPDX-License-Identifier: MIT
pragma solidity ^0.7.6;

contract CouponMint {
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    address public immutable signer;
    mapping(bytes32 => bool) private used;
    mapping(address => uint256) public minted;

    event Minted(address indexed to, uint256 serial);

    constructor(address signer_) {
        require(signer_ != address(0), "signer");
        signer = signer_;
    }

    function mint(uint256 serial, bytes32 r, bytes32 s, uint8 v) external {
        bytes32 digest = _digest(msg.sender, serial);
        require(uint256(s) <= HALF_ORDER, "high s");
        require(!used[digest], "used");
        used[digest] = true;
        address recovered = ecrecover(digest, v, r, s);
        require(recovered != address(0) && recovered == signer, "signature");
        minted[msg.sender] = minted[msg.sender] + 1;
        emit Minted(msg.sender, serial);
    }

    function _digest(address to, uint256 serial) private view returns (bytes32) {
        uint256 chain;
        assembly {
            chain := chainid()
        }
        bytes32 content = keccak256(abi.encode(chain, address(this), to, serial));
        return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", content));
    }
}
