"""How a slot with a number of its own is called."""

from __future__ import annotations

import pytest

from scorpius_lab.security.contracts.detectors.access_control.open_authority import OPEN_AUTHORITY
from scorpius_lab.security.contracts.scanner import scan_text

PROXY = """
pragma solidity ^0.8.0;
contract Proxy {
    bytes32 internal constant SLOT = %s;
    function set(address to) external { bytes32 slot = SLOT; assembly { sstore(slot, to) } }
    fallback() external payable {
        bytes32 slot = SLOT;
        address code;
        assembly { code := sload(slot) }
        (bool done, ) = code.delegatecall(msg.data);
        require(done);
    }
}
"""
IMPLEMENTATION = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
ADMIN = "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103"
BEACON = "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50"


@pytest.mark.parametrize(
    ("slot", "name"),
    [
        (IMPLEMENTATION, "the implementation slot of EIP-1967"),
        (ADMIN, "the admin slot of EIP-1967"),
        (BEACON, "the beacon slot of EIP-1967"),
        ("bytes32(uint256(keccak256('eip1967.proxy.admin')) - 1)", "the slot of `eip1967.proxy.admin`"),
        ("keccak256('org.zeppelinos.proxy.owner')", "the slot of `org.zeppelinos.proxy.owner`"),
        ("keccak256('a <b>')", "the reserved slot"),
        ("bytes32(uint256(0x123456789abcdef0))", "slot 0x1234…def0"),
    ],
)
def test_a_slot_is_named(slot: str, name: str) -> None:
    (found,) = scan_text(PROXY % slot, detectors=[OPEN_AUTHORITY]).detections
    assert found.message.startswith(f"Anyone can set {name}, ")
