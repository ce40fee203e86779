// SPDX-License-Identifier: MIT
pragma solidity ^0.6.12;

contract PayrollClaims {
    address public immutable operator;
    mapping(bytes32 => bool) private seen;

    event Claimed(address indexed worker, uint256 amount);

    constructor(address operator_) public payable {
        require(operator_ != address(0), "operator");
        operator = operator_;
    }

    receive() external payable {}

    function claim(uint256 amount, uint256 month, uint8 v, bytes32 r, bytes32 s) external {
        require(month > 0, "month");
        bytes32 digest = _digest(msg.sender, amount, month);
        require(!seen[digest], "claimed");
        seen[digest] = true;
        require(_signer(digest, v, r, s) == operator, "signature");
        emit Claimed(msg.sender, amount);
        msg.sender.transfer(amount);
    }

    function _digest(address worker, uint256 amount, uint256 month) internal view returns (bytes32) {
        uint256 chain;
        assembly {
            chain := chainid()
        }
        bytes32 content = keccak256(abi.encode(chain, address(this), worker, amount, month));
        return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", content));
    }

    function _signer(bytes32 digest, uint8 v, bytes32 r, bytes32 s) internal pure returns (address who) {
        require(uint256(s) <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0, "s");
        who = ecrecover(digest, v, r, s);
        require(who != address(0), "invalid");
    }
}
