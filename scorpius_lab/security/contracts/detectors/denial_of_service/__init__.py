"""What keeps a contract from working."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.denial_of_service.forced_refund import FORCED_REFUND
from scorpius_lab.security.contracts.detectors.denial_of_service.gas_withheld import GAS_WITHHELD
from scorpius_lab.security.contracts.detectors.denial_of_service.growing_list import GROWING_LIST
from scorpius_lab.security.contracts.detectors.denial_of_service.locked_ether import LOCKED_ETHER
from scorpius_lab.security.contracts.detectors.denial_of_service.oversized_answer import OVERSIZED_ANSWER
from scorpius_lab.security.contracts.detectors.denial_of_service.payments_in_loop import PAYMENTS_IN_LOOP

DETECTORS: tuple[Detector, ...] = (
    GROWING_LIST,
    PAYMENTS_IN_LOOP,
    FORCED_REFUND,
    LOCKED_ETHER,
    GAS_WITHHELD,
    OVERSIZED_ANSWER,
)
