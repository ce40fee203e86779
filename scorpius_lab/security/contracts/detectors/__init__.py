"""The detectors, one file each. A new one is a file in the folder of its class and a line there."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors import (
    access_control,
    arithmetic,
    bad_randomness,
    denial_of_service,
    front_running,
    other,
    reentrancy,
    short_addresses,
    time_manipulation,
    unchecked_calls,
)

DETECTORS: tuple[Detector, ...] = (
    *access_control.DETECTORS,
    *arithmetic.DETECTORS,
    *bad_randomness.DETECTORS,
    *denial_of_service.DETECTORS,
    *front_running.DETECTORS,
    *other.DETECTORS,
    *reentrancy.DETECTORS,
    *short_addresses.DETECTORS,
    *time_manipulation.DETECTORS,
    *unchecked_calls.DETECTORS,
)
