"""Calls that may fail without anyone noticing."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.unchecked_calls.call_never_made import CALL_NEVER_MADE
from scorpius_lab.security.contracts.detectors.unchecked_calls.ether_to_anyone import ETHER_TO_ANYONE
from scorpius_lab.security.contracts.detectors.unchecked_calls.low_level_call import UNCHECKED_LOW_LEVEL_CALL
from scorpius_lab.security.contracts.detectors.unchecked_calls.pointless_check import POINTLESS_CHECK
from scorpius_lab.security.contracts.detectors.unchecked_calls.token_transfer import UNCHECKED_TOKEN_TRANSFER

DETECTORS: tuple[Detector, ...] = (
    UNCHECKED_LOW_LEVEL_CALL,
    POINTLESS_CHECK,
    CALL_NEVER_MADE,
    ETHER_TO_ANYONE,
    UNCHECKED_TOKEN_TRANSFER,
)
