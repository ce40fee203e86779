"""Strangers who come back before the state is settled."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.reentrancy.cross_function import CROSS_FUNCTION
from scorpius_lab.security.contracts.detectors.reentrancy.other_ledger import OTHER_LEDGER
from scorpius_lab.security.contracts.detectors.reentrancy.read_only import READ_ONLY
from scorpius_lab.security.contracts.detectors.reentrancy.repaid_by_deposit import REPAID_BY_DEPOSIT
from scorpius_lab.security.contracts.detectors.reentrancy.state_after_call import STATE_AFTER_CALL
from scorpius_lab.security.contracts.detectors.reentrancy.stipend import STIPEND

DETECTORS: tuple[Detector, ...] = (
    STATE_AFTER_CALL,
    CROSS_FUNCTION,
    OTHER_LEDGER,
    REPAID_BY_DEPOSIT,
    READ_ONLY,
    STIPEND,
)
