"""The detectors, one file each. A new one is a file in the folder of its class and a line here."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors import access_control, front_running, other, reentrancy, unchecked_calls

DETECTORS: tuple[Detector, ...] = (
    *access_control.DETECTORS,
    *front_running.DETECTORS,
    *other.DETECTORS,
    *reentrancy.DETECTORS,
    *unchecked_calls.DETECTORS,
)
