"""The detectors, one file each: what an attack is, how candidates are found in columns and confirmed one by one.

The order is that of precedence: a transaction that is part of an attack is no part of a later one.
"""

from __future__ import annotations

from scorpius_lab.security.chain.detectors import arbitrage, jit, liquidation, sandwich

DETECTORS = (sandwich, jit, liquidation, arbitrage)
