"""Who may do what."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.access_control.tx_origin import TX_ORIGIN
from scorpius_lab.security.contracts.detectors.access_control.zero_authority import ZERO_AUTHORITY

DETECTORS: tuple[Detector, ...] = (TX_ORIGIN, ZERO_AUTHORITY)
