"""Numbers that were to be random and are not."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector

DETECTORS: tuple[Detector, ...] = ()
