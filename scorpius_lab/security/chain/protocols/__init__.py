"""The protocols whose events are understood, one file each. To add one, copy a neighbour and list it here."""

from __future__ import annotations

from scorpius_lab.security.chain.protocols import (
    aave,
    balancer,
    compound,
    curve,
    tokens,
    uniswap_v2,
    uniswap_v3,
    uniswap_v4,
)

PROTOCOLS = (
    tokens.PROTOCOL,
    uniswap_v2.PROTOCOL,
    uniswap_v3.PROTOCOL,
    uniswap_v4.PROTOCOL,
    curve.PROTOCOL,
    balancer.PROTOCOL,
    aave.PROTOCOL,
    compound.PROTOCOL,
)
