"""Numbers that do not fit, are cut off or rounded the wrong way."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.arithmetic.narrow_type import NARROW_TYPE
from scorpius_lab.security.contracts.detectors.arithmetic.overflow import OVERFLOW
from scorpius_lab.security.contracts.detectors.arithmetic.underflow import UNDERFLOW

DETECTORS: tuple[Detector, ...] = (
    NARROW_TYPE,
    OVERFLOW,
    UNDERFLOW,
)
