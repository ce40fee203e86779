"""Numbers that were to be random and are not."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.bad_randomness.block_values import BLOCK_VALUES

DETECTORS: tuple[Detector, ...] = (BLOCK_VALUES,)
