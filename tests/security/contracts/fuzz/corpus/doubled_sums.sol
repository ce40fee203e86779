pragma solidity ^0.5.9;
contract Doubled {
    uint256 kept;
    function f(uint256 x) public {
        uint256 t = x + block.timestamp;
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        t = t + t; t = t ^ (t + t); t = t - (t + 1);
        require(t < now + 30 seconds && t == now);
        kept = uint256(keccak256(abi.encode(t))) % (t + t);
        assembly { let p := mload(0x40) p := add(p, p) p := add(p, p) mstore(p, t) sstore(keccak256(p, 32), t) }
    }
}
