"""Decisions left to whoever sets the time of a block."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector

DETECTORS: tuple[Detector, ...] = ()
