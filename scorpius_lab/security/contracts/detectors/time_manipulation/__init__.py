"""Decisions left to whoever sets the time of a block."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.time_manipulation.counted_blocks import COUNTED_BLOCKS
from scorpius_lab.security.contracts.detectors.time_manipulation.drawn_from_time import DRAWN_FROM_TIME
from scorpius_lab.security.contracts.detectors.time_manipulation.exact_time import EXACT_TIME
from scorpius_lab.security.contracts.detectors.time_manipulation.fixed_date import FIXED_DATE
from scorpius_lab.security.contracts.detectors.time_manipulation.idle_time import IDLE_TIME
from scorpius_lab.security.contracts.detectors.time_manipulation.last_player import LAST_PLAYER
from scorpius_lab.security.contracts.detectors.time_manipulation.short_window import SHORT_WINDOW

DETECTORS: tuple[Detector, ...] = (
    DRAWN_FROM_TIME,
    EXACT_TIME,
    SHORT_WINDOW,
    LAST_PLAYER,
    FIXED_DATE,
    COUNTED_BLOCKS,
    IDLE_TIME,
)
