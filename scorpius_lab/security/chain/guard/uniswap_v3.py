"""Uniswap v3 pools: concentrated liquidity, walked tick by tick in the integers of the contract.

v3-core: `TickMath.getSqrtRatioAtTick`, `SqrtPriceMath`, `SwapMath.computeSwapStep`, `UniswapV3Pool.swap`. The fee is
taken from what is paid and does not enter the reserves (whitepaper, section 6.2).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scorpius_lab.security.chain.guard.report import Swap, SwapImpossible

Q96 = 2**96
MIN_TICK, MAX_TICK = -887272, 887272
MIN_SQRT_RATIO, MAX_SQRT_RATIO = 4295128739, 1461446703485210103287273052203988822378723970342
_MILLION = 10**6

# sqrt(1.0001)**-(2**i) in Q128.128, for each bit of the tick
_FACTORS = (
    0xFFFCB933BD6FAD37AA2D162D1A594001,
    0xFFF97272373D413259A46990580E213A,
    0xFFF2E50F5F656932EF12357CF3C7FDCC,
    0xFFE5CACA7E10E4E61C3624EAA0941CD0,
    0xFFCB9843D60F6159C9DB58835C926644,
    0xFF973B41FA98C081472E6896DFB254C0,
    0xFF2EA16466C96A3843EC78B326B52861,
    0xFE5DEE046A99A2A811C461F1969C3053,
    0xFCBE86C7900A88AEDCFFC83B479AA3A4,
    0xF987A7253AC413176F2B074CF7815E54,
    0xF3392B0822B70005940C7A398E4B70F3,
    0xE7159475A2C29B7443B29C7FA6E889D9,
    0xD097F3BDFD2022B8845AD8F792AA5825,
    0xA9F746462D870FDF8A65DC1F90E061E5,
    0x70D869A156D2A1B890BB3DF62BAF32F7,
    0x31BE135F97D08FD981231505542FCFA6,
    0x9AA508B5B7A84E1C677DE54F3E99BC9,
    0x5D6AF8DEDB81196699C329225EE604,
    0x2216E584F5FA1EA926041BEDFE98,
    0x48A170391F7DC42444E8FA2,
)


@lru_cache(maxsize=65_536)
def sqrt_ratio_at(tick: int) -> int:
    """The square root of the price at a tick, in Q64.96. Raises ValueError beyond the ticks there are."""
    if not MIN_TICK <= tick <= MAX_TICK:
        raise ValueError(f"there is no tick {tick}; they go from {MIN_TICK} to {MAX_TICK}")
    ratio = 1 << 128
    for bit, factor in enumerate(_FACTORS):
        if abs(tick) >> bit & 1:
            ratio = ratio * factor >> 128
    if tick > 0:
        ratio = (2**256 - 1) // ratio
    return -(-ratio >> 32)


@dataclass(frozen=True, slots=True)
class V3Pool:
    """A pool: tokens, square root of the price (Q64.96), liquidity in range, fee in millionths, initialised ticks.

    `ticks` are (tick, net liquidity added when the price rises over it), in ascending order; `bounds` are the lowest
    and highest tick that are known: beyond them nothing is assumed, and a swap that gets there cannot be judged.
    """

    token0: str
    token1: str
    sqrt_price: int
    liquidity: int
    fee: int
    ticks: tuple[tuple[int, int], ...]
    bounds: tuple[int, int] = (MIN_TICK, MAX_TICK)

    @property
    def single_peaked(self) -> bool:
        """Whether an attacker's gain has one maximum over what he puts in front."""
        return False

    def problem(self, token_in: str) -> str:
        """Why nothing can be said of a swap of this token; empty if something can."""
        order = [tick for tick, _ in self.ticks]
        checks = (
            (self.token0 != self.token1, "both tokens of the pool are the same"),
            (token_in in (self.token0, self.token1), f"the pool does not trade {token_in}"),
            (MIN_SQRT_RATIO <= self.sqrt_price < MAX_SQRT_RATIO, f"{self.sqrt_price} is no root of a price in Q64.96"),
            (0 <= self.fee < _MILLION, f"{self.fee} millionths are no fee"),
            (self.liquidity > 0 or bool(self.ticks), "the pool has no liquidity"),
            (self.liquidity >= 0, "the liquidity is below nought"),
            (order == sorted(set(order)), "the ticks are not in ascending order, each once"),
            (all(MIN_TICK <= tick <= MAX_TICK for tick in order), "a tick is beyond those there are"),
        )
        return next((problem for holds, problem in checks if not holds), "")

    def other(self, token_in: str) -> str:
        """The token that is got."""
        return self.token1 if token_in == self.token0 else self.token0

    def largest_front(self, swap: Swap) -> None:
        """No closed form: it is searched for."""
        del swap

    def swapped(self, token_in: str, amount: int) -> tuple[int, V3Pool]:
        """What the pool pays for an amount, and the pool afterwards. Raises SwapImpossible where it runs out."""
        falls = token_in == self.token0
        left, out, price, liquidity = amount, 0, self.sqrt_price, self.liquidity
        for tick, net in self._ahead(price, falls=falls):
            target = sqrt_ratio_at(tick)
            price, paid, got = _step(price, target, liquidity, left, self.fee, falls=falls)
            left, out = left - paid, out + got
            if left == 0:
                break
            liquidity += -net if falls else net
            if liquidity < 0:
                raise SwapImpossible("the liquidity of the ticks does not add up: it falls below nought")
        if left:
            raise SwapImpossible(f"the liquidity that is known runs out with {left} of {amount} not swapped")
        return out, replace(self, sqrt_price=price, liquidity=liquidity)

    def _ahead(self, price: int, *, falls: bool) -> Sequence[tuple[int, int]]:
        """Ticks the price meets on its way, the last of them where knowledge ends."""
        ratios = [sqrt_ratio_at(tick) for tick, _ in self.ticks]
        if falls:
            end = bisect_right(ratios, price)
            return [*reversed(self.ticks[:end]), (self.bounds[0], 0)]
        start = bisect_right(ratios, price)
        return [*self.ticks[start:], (self.bounds[1], 0)]


def _step(price: int, target: int, liquidity: int, left: int, fee: int, *, falls: bool) -> tuple[int, int, int]:
    """One step within a range: the price after it, what was paid with the fee, what was got."""
    if liquidity == 0:
        return target, 0, 0
    after_fee = left * (_MILLION - fee) // _MILLION
    needed = _amount0(target, price, liquidity, up=True) if falls else _amount1(price, target, liquidity, up=True)
    if after_fee >= needed:
        reached, paid = target, needed
        charged = -(-needed * fee // (_MILLION - fee))
    else:
        reached = _price_after(price, liquidity, after_fee, falls=falls)
        paid = _amount0(reached, price, liquidity, up=True) if falls else _amount1(price, reached, liquidity, up=True)
        charged = left - paid
    got = _amount1(reached, price, liquidity, up=False) if falls else _amount0(price, reached, liquidity, up=False)
    return reached, paid + charged, got


def _price_after(price: int, liquidity: int, amount: int, *, falls: bool) -> int:
    """`SqrtPriceMath.getNextSqrtPriceFromInput`: rounded against whoever pays."""
    if falls:
        numerator = liquidity << 96
        return -(-numerator * price // (numerator + amount * price))
    return price + (amount << 96) // liquidity


def _amount0(low: int, high: int, liquidity: int, *, up: bool) -> int:
    """`SqrtPriceMath.getAmount0Delta`: token 0 between two prices."""
    low, high = min(low, high), max(low, high)
    numerator = (liquidity << 96) * (high - low)
    if up:
        return _up(_up(numerator, high), low)
    return numerator // high // low


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _amount1(low: int, high: int, liquidity: int, *, up: bool) -> int:
    """`SqrtPriceMath.getAmount1Delta`: token 1 between two prices."""
    low, high = min(low, high), max(low, high)
    product = liquidity * (high - low)
    return -(-product // Q96) if up else product // Q96
