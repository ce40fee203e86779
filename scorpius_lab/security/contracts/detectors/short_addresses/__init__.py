"""Calls whose data is shorter than it should be."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector

DETECTORS: tuple[Detector, ...] = ()
