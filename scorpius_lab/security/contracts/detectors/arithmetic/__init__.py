"""Numbers that do not fit, are cut off or rounded the wrong way."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.arithmetic.divides_first import DIVIDES_FIRST
from scorpius_lab.security.contracts.detectors.arithmetic.lossy_cast import LOSSY_CAST
from scorpius_lab.security.contracts.detectors.arithmetic.narrow_type import NARROW_TYPE
from scorpius_lab.security.contracts.detectors.arithmetic.overflow import OVERFLOW
from scorpius_lab.security.contracts.detectors.arithmetic.rounds_for_caller import ROUNDS_FOR_CALLER
from scorpius_lab.security.contracts.detectors.arithmetic.share_inflation import SHARE_INFLATION
from scorpius_lab.security.contracts.detectors.arithmetic.underflow import UNDERFLOW

DETECTORS: tuple[Detector, ...] = (
    OVERFLOW,
    UNDERFLOW,
    NARROW_TYPE,
    LOSSY_CAST,
    DIVIDES_FIRST,
    ROUNDS_FOR_CALLER,
    SHARE_INFLATION,
)
