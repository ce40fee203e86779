"""What keeps a contract from working."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector

DETECTORS: tuple[Detector, ...] = ()
