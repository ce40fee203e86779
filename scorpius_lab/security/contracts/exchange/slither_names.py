"""Slither's names of detectors, each with the detectors here that find the same.

An entry names detectors by id, or by DASP class where several split what Slither's finds. A name that is not listed
means the detector here with that very id. Names as in Slither 0.11.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scorpius_lab.security.contracts.detection import Dasp, Detector

ALL = "all"

SLITHER_NAMES: Mapping[str, tuple[str | Dasp, ...]] = MappingProxyType(
    {
        # reentrancy
        "reentrancy-eth": (Dasp.REENTRANCY,),
        "reentrancy-no-eth": (Dasp.REENTRANCY,),
        "reentrancy-balance": (Dasp.REENTRANCY,),
        "reentrancy-benign": (Dasp.REENTRANCY,),
        "reentrancy-events": (Dasp.REENTRANCY,),
        "reentrancy-unlimited-gas": (Dasp.REENTRANCY,),
        # access control
        "arbitrary-send-eth": ("unprotected-withdraw", "arbitrary-send", "arbitrary-send-eth"),
        "arbitrary-send-erc20": ("arbitrary-send-erc20", "arbitrary-transfer-from"),
        "arbitrary-send-erc20-permit": ("arbitrary-send-erc20", "arbitrary-transfer-from", "weak-permit"),
        "suicidal": ("unprotected-selfdestruct", "selfdestruct"),
        "controlled-delegatecall": ("controlled-delegatecall", "delegatecall-to-parameter"),
        "delegatecall-loop": ("delegatecall-loop", "msg-value-loop"),
        "controlled-array-length": ("controlled-array-length", "arbitrary-storage-write"),
        "tx-origin": ("tx-origin",),
        "unprotected-upgrade": ("unprotected-upgrade", "unprotected-initializer", "uninitialized-implementation"),
        "protected-vars": ("missing-access-control", "unprotected-write"),
        "void-cst": ("misnamed-constructor",),
        "missing-zero-check": ("missing-zero-check",),
        # arithmetic
        "divide-before-multiply": ("divide-before-multiply",),
        "incorrect-exp": ("incorrect-exponentiation", "incorrect-exp"),
        "incorrect-shift": ("incorrect-shift",),
        "tautology": ("tautology",),
        # unchecked calls
        "unchecked-lowlevel": ("unchecked-call", "unchecked-lowlevel", "unchecked-low-level-call"),
        "unchecked-send": ("unchecked-send", "unchecked-call"),
        "unchecked-transfer": ("unchecked-transfer", "unsafe-erc20"),
        "unused-return": ("unused-return", "unchecked-return"),
        # denial of service
        "calls-loop": ("calls-loop", "call-in-loop", "external-call-in-loop"),
        "costly-loop": ("costly-loop", "unbounded-loop"),
        "return-bomb": ("return-bomb",),
        "locked-ether": ("locked-ether",),
        "incorrect-equality": ("strict-balance-equality", "incorrect-equality"),
        # randomness and time
        "weak-prng": (Dasp.BAD_RANDOMNESS,),
        "gelato-unprotected-randomness": (Dasp.BAD_RANDOMNESS,),
        "timestamp": (Dasp.TIME_MANIPULATION,),
        # value in loops, encodings, signatures
        "msg-value-loop": ("msg-value-loop", "msg-value-in-loop"),
        "encode-packed-collision": ("encode-packed-collision", "hash-collision"),
        "domain-separator-collision": ("domain-separator-collision",),
        # shadowing and storage
        "shadowing-state": ("shadowing-state", "shadowed-state", "shadowing"),
        "shadowing-abstract": ("shadowing-state", "shadowed-state", "shadowing"),
        "shadowing-local": ("shadowing-local", "shadowing"),
        "shadowing-builtin": ("shadowing-builtin", "shadowing"),
        "uninitialized-state": ("uninitialized-state", "uninitialized-variable"),
        "uninitialized-local": ("uninitialized-local", "uninitialized-variable"),
        "uninitialized-storage": ("uninitialized-storage", "uninitialized-storage-pointer"),
        "uninitialized-fptr-cst": ("uninitialized-function-pointer",),
        # oracles and markets
        "chainlink-feed-registry": ("oracle-price", "stale-price"),
        "pyth-unchecked-confidence": ("oracle-price", "stale-price"),
        "pyth-unchecked-publishtime": ("oracle-price", "stale-price"),
        "chronicle-unchecked-price": ("oracle-price", "stale-price"),
    }
)


def meant_by(name: str, detector: Detector, *, slither: bool) -> bool:
    """True if a name in a comment means this detector; `slither` says whose names the comment uses."""
    if name in (ALL, detector.id):
        return True
    # a member of Dasp is a text too, so a class is told from an id by its type
    return slither and any(
        detector.dasp is meant if isinstance(meant, Dasp) else detector.id == meant
        for meant in SLITHER_NAMES.get(name, ())
    )
