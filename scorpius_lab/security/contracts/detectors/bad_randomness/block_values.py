"""A number everybody can work out, or the proposer of the block can choose, taken for chance."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.draws import Draw, draws
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for draw in draws(entry):
            if not draw.of_time:
                yield _hit(entry, draw)


def _hit(entry: Entry, draw: Draw) -> Hit:
    names = ", ".join(sorted({_name(source.data) for source in draw.sources}))
    message = f"The outcome follows from {names}: whoever calls in the same block, or proposes it, knows it before."
    others = tuple(place_of(one) for one in (*draw.sources, *draw.sinks, *draw.earlier))
    between = ((draw.sources[0], f"{_name(draw.sources[0].data)} is taken"),)
    root = draw.number.frame.function.name
    return hit(entry, draw.number, message, root=root, between=between, others=others)


def _name(source: object) -> str:
    return source if isinstance(source, str) else f"the stored {source}"


BLOCK_VALUES = Detector(
    id="block-values-as-randomness",
    title="Chance taken from the block",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.BAD_RANDOMNESS,
    swc=("SWC-120",),
    scwe=("SCWE-024",),
    cwe=("CWE-330", "CWE-338"),
    wrong=(
        "Hashes, numbers, times and the like of a block are known to every contract that calls in the same block, and "
        "chosen within limits by its proposer. A caller works out the number first and plays only when it wins. A seed "
        "kept in storage can be read by anyone, private or not, and the hash of a block 256 back or of the present one "
        "is zero."
    ),
    fix="Use a verifiable source (a VRF, a beacon), or let the players commit to secrets and reveal them afterwards.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Flip {
            receive() external payable {}
            function play(bool heads) external payable {
                require(msg.value == 1 ether);
                bool fell = uint256(blockhash(block.number - 1)) % 2 == 0;
                if (fell == heads) payable(msg.sender).transfer(2 ether);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IBeacon { function word(uint256 round) external view returns (uint256); }
        contract Flip {
            IBeacon immutable beacon;
            mapping(address => uint256) round;
            mapping(address => bool) chosen;
            constructor(IBeacon beacon_) { beacon = beacon_; }
            receive() external payable {}
            function play(bool heads) external payable {
                require(msg.value == 1 ether);
                round[msg.sender] = block.number + 100;
                chosen[msg.sender] = heads;
            }
            function settle() external {
                bool fell = beacon.word(round[msg.sender]) % 2 == 0;
                delete round[msg.sender];
                if (fell == chosen[msg.sender]) payable(msg.sender).transfer(2 ether);
            }
        }
    """,
    find=_find,
)
