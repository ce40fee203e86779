"""Pools from JSON files: `{"kind": "uniswap_v2", "token0": "0x…", "token1": "0x…", "reserve0": "…", "reserve1": "…"}`.

`uniswap_v3` has sqrt_price, liquidity, fee (millionths) and ticks as [tick, net liquidity]; `curve_stable` has coins,
balances, rates, amplification, fee (units of 10**-10) and pair. Numbers may be text, which JSON cannot cut.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.addresses import parse_address
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
    if not isinstance(kind, str) or kind not in _KINDS:
        raise UsageError(f"the pool {path} is of kind {kind!r}; known are {', '.join(_KINDS)}")
    maker, fields = _KINDS[kind]
    unknown = sorted(given.keys() - {"kind", *fields})
    if unknown:
        raise UsageError(f"the pool {path} has a field {unknown[0]!r}; {kind} has {', '.join(fields)}")
    try:
        return maker(given)
    except KeyError as error:
        raise UsageError(f"the pool {path} lacks {error.args[0]}") from error
    except UsageError as error:
        raise UsageError(f"the pool {path} has a value that is none: {error}") from error


def _whole(value: object, name: str) -> int:
    """A whole number, given as one or as text. Raises UsageError: 1.5 is no amount, and must not be taken for 1."""
    try:
        if isinstance(value, str):
            return int(value)
    except ValueError:
        pass
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise UsageError(f"{name} {value!r} is no whole number")


def _numbers(value: object, name: str, length: int | None = None) -> list[int]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise UsageError(f"{name} is no list of {'' if length is None else f'{length} '}numbers")
    return [_whole(item, name) for item in value]


def _token(given: Mapping[str, Any], name: str) -> str:
    return _address(given[name], name)


def _address(value: object, name: str) -> str:
    try:
        return parse_address(str(value))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def _addresses(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise UsageError(f"{name} is no list of addresses")
    return tuple(_address(item, name) for item in value)


def _v2(given: Mapping[str, Any]) -> Pool:
    fee = _numbers(given.get("fee", [997, 1000]), "fee", 2)
    return V2Pool(
        _token(given, "token0"),
        _token(given, "token1"),
        _whole(given["reserve0"], "reserve0"),
        _whole(given["reserve1"], "reserve1"),
        *fee,
    )


def _v3(given: Mapping[str, Any]) -> Pool:
    bounds = _numbers(given.get("bounds", [MIN_TICK, MAX_TICK]), "bounds", 2)
    if not isinstance(given["ticks"], list):
        raise UsageError("ticks is no list of [tick, net liquidity]")
    ticks = [_numbers(pair, "ticks", 2) for pair in given["ticks"]]
    return V3Pool(
        _token(given, "token0"),
        _token(given, "token1"),
        _whole(given["sqrt_price"], "sqrt_price"),
        _whole(given["liquidity"], "liquidity"),
        _whole(given["fee"], "fee"),
        tuple((tick, net) for tick, net in ticks),
        (bounds[0], bounds[1]),
    )


def _curve(given: Mapping[str, Any]) -> Pool:
    pair = _addresses(given["pair"], "pair") if given.get("pair") else None
    if pair is not None and len(pair) != 2:
        raise UsageError("pair is not two addresses")
    return CurvePool(
        _addresses(given["coins"], "coins"),
        tuple(_numbers(given["balances"], "balances")),
        tuple(_numbers(given["rates"], "rates")),
        _whole(given["amplification"], "amplification"),
        _whole(given.get("fee", 4_000_000), "fee"),
        pair=None if pair is None else (pair[0], pair[1]),
    )


_KINDS: Mapping[str, tuple[Callable[[Mapping[str, Any]], Pool], tuple[str, ...]]] = {
    "uniswap_v2": (_v2, ("token0", "token1", "reserve0", "reserve1", "fee")),
    "uniswap_v3": (_v3, ("token0", "token1", "sqrt_price", "liquidity", "fee", "ticks", "bounds")),
    "curve_stable": (_curve, ("coins", "balances", "rates", "amplification", "fee", "pair")),
}
