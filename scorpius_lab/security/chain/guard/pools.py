"""Pools from JSON files: `{"kind": "uniswap_v2", "token0": "0x…", "token1": "0x…", "reserve0": "…", "reserve1": "…"}`.

`uniswap_v3` has sqrt_price, liquidity, fee (millionths) and ticks as [tick, net liquidity]; `curve_stable` has coins,
balances, rates, amplification, fee (units of 10**-10) and pair. Numbers may be text, which JSON cannot cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.guard.curve_stable import CurvePool
from scorpius_lab.security.chain.guard.report import Pool
from scorpius_lab.security.chain.guard.uniswap_v2 import V2Pool
from scorpius_lab.security.chain.guard.uniswap_v3 import MAX_TICK, MIN_TICK, V3Pool


def read_pool(path: Path) -> Pool:
    """The pool a file describes. Raises UsageError: it cannot be read, is of no known kind, or lacks something."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the pool {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the pool {path} is no JSON: {error}") from error
    kind = given.get("kind") if isinstance(given, dict) else None
    maker = _KINDS.get(str(kind))
    if maker is None:
        raise UsageError(f"the pool {path} is of kind {kind!r}; known are {', '.join(_KINDS)}")
    try:
        return maker(given)
    except KeyError as error:
        raise UsageError(f"the pool {path} lacks {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise UsageError(f"the pool {path} has a value that is none: {error}") from error


def _v2(given: Mapping[str, Any]) -> Pool:
    fee = given.get("fee", [997, 1000])
    return V2Pool(
        str(given["token0"]).lower(),
        str(given["token1"]).lower(),
        int(given["reserve0"]),
        int(given["reserve1"]),
        int(fee[0]),
        int(fee[1]),
    )


def _v3(given: Mapping[str, Any]) -> Pool:
    bounds = given.get("bounds", [MIN_TICK, MAX_TICK])
    return V3Pool(
        str(given["token0"]).lower(),
        str(given["token1"]).lower(),
        int(given["sqrt_price"]),
        int(given["liquidity"]),
        int(given["fee"]),
        tuple((int(tick), int(net)) for tick, net in given["ticks"]),
        (int(bounds[0]), int(bounds[1])),
    )


def _curve(given: Mapping[str, Any]) -> Pool:
    pair = given.get("pair")
    return CurvePool(
        tuple(str(coin).lower() for coin in given["coins"]),
        tuple(int(balance) for balance in given["balances"]),
        tuple(int(rate) for rate in given["rates"]),
        int(given["amplification"]),
        int(given.get("fee", 4_000_000)),
        pair=(str(pair[0]).lower(), str(pair[1]).lower()) if pair else None,
    )


_KINDS = {"uniswap_v2": _v2, "uniswap_v3": _v3, "curve_stable": _curve}
