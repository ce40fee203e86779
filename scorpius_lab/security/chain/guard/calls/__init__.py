"""Calls that are understood, one file for each protocol. To add one, copy a neighbour and list it here."""

from __future__ import annotations

from scorpius_lab.security.chain.guard.calls import tokens, uniswap_v2, uniswap_v3, universal_router

PROTOCOLS = (tokens.PROTOCOL, uniswap_v2.PROTOCOL, uniswap_v3.PROTOCOL, universal_router.PROTOCOL)
