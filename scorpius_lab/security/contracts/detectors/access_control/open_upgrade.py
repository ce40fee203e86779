"""The hook that should say who may replace a contract's code, and lets anyone."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import header_of
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract, Function

_HOOK = "_authorizeUpgrade(address)"
"""OpenZeppelin, `UUPSUpgradeable`: called by the public upgrade functions, which ask nothing else about the caller."""


def _find(contract: Contract) -> Iterator[Hit]:
    """Where the base is not at hand; where it is, the upgrade function itself is looked at (`foreign-code`)."""
    if contract.kind != "contract" or not contract.missing_bases:
        return
    for function in contract.own_functions:
        if function.signature == _HOOK and function.declaration.override and _lets_anyone(contract, function):
            yield Hit(
                place=header_of(function),
                function=function.signature,
                message=f"Nothing here asks who is calling: anyone can replace the code of {contract.name}.",
                root="upgrade",
            )


def _lets_anyone(contract: Contract, function: Function) -> bool:
    """Whether the hook has no modifier, asks for nothing and calls nothing that may ask."""
    if function.declaration.body is None or function.declaration.invocations:
        return False
    bodies = [entry.body for entry in contract.entries if entry.function.declaration is function.declaration]
    return bool(bodies) and not any(
        body.truncated or body.calls or any(block.condition is not None for block in body.blocks) for body in bodies
    )


OPEN_UPGRADE = Detector(
    id="open-upgrade",
    title="Anyone may replace the contract's code",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-105",),
    scwe=("SCWE-016",),
    cwe=("CWE-284", "CWE-862"),
    wrong=(
        "The contract can be upgraded, and the one function that decides who may do so is empty. Whoever calls "
        "`upgradeToAndCall` gives the proxy code of their own, and with it everything it holds."
    ),
    fix="Let the hook ask for the role that may upgrade: `onlyOwner`, or a role of access control.",
    vulnerable="""
        pragma solidity ^0.8.20;
        import "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
        contract Vault is UUPSUpgradeable {
            uint256 total;
            function add(uint256 amount) external { total += amount; }
            function _authorizeUpgrade(address) internal override {}
        }
    """,
    fixed="""
        pragma solidity ^0.8.20;
        import "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
        contract Vault is UUPSUpgradeable {
            address immutable owner = msg.sender;
            uint256 total;
            function add(uint256 amount) external { total += amount; }
            function _authorizeUpgrade(address) internal view override { require(msg.sender == owner); }
        }
    """,
    find=_find,
)
