"""Calls whose data is shorter than it should be."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.short_addresses.unchecked_size import UNCHECKED_SIZE

DETECTORS: tuple[Detector, ...] = (UNCHECKED_SIZE,)
