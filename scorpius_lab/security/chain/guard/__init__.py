"""Before sending: how exposed a swap is to a sandwich, and what would make it safe. One file for each kind of pool."""

from __future__ import annotations

from scorpius_lab.security.chain.guard.curve_stable import CurvePool
from scorpius_lab.security.chain.guard.report import GuardReport, State, Swap
from scorpius_lab.security.chain.guard.sandwich import guard
from scorpius_lab.security.chain.guard.uniswap_v2 import V2Pool
from scorpius_lab.security.chain.guard.uniswap_v3 import V3Pool

__all__ = ["CurvePool", "GuardReport", "State", "Swap", "V2Pool", "V3Pool", "guard"]
