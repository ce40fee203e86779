"""The protocols whose events are understood, one file each. To add one, copy a neighbour and list it here."""

from __future__ import annotations

from scorpius_lab.security.chain.protocols import (
    aave,
    balancer,
    bancor,
    compound,
    compound_v3,
    curve,
    dodo,
    erc1155,
    maker,
    morpho,
    permit2,
    seaport,
    solidly,
    tokens,
    uniswap_v2,
    uniswap_v3,
    uniswap_v4,
)

PROTOCOLS = (
    tokens.PROTOCOL,
    erc1155.PROTOCOL,
    permit2.PROTOCOL,
    uniswap_v2.PROTOCOL,
    uniswap_v3.PROTOCOL,
    uniswap_v4.PROTOCOL,
    solidly.PROTOCOL,
    curve.PROTOCOL,
    balancer.PROTOCOL,
    dodo.PROTOCOL,
    bancor.PROTOCOL,
    aave.PROTOCOL,
    compound.PROTOCOL,
    compound_v3.PROTOCOL,
    morpho.PROTOCOL,
    maker.PROTOCOL,
    seaport.PROTOCOL,
)
