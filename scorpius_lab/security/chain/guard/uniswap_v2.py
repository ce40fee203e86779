"""Uniswap v2 pairs: constant product, fee taken from what is paid, rounded as `UniswapV2Library` does."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

from scorpius_lab.security.chain.guard.report import Swap, SwapImpossible

_MOST_RESERVE = 2**112 - 1


class V2Pool(NamedTuple):
    """A pair: its tokens, its reserves, and what is left of a payment after the fee, as a fraction (997 / 1000).

    A named tuple, as thousands are made to judge one swap.
    """

    token0: str
    token1: str
    reserve0: int
    reserve1: int
    fee_numerator: int = 997
    fee_denominator: int = 1000

    @property
    def single_peaked(self) -> bool:
        """Whether an attacker's gain has one maximum over what he puts in front."""
        return True

    def problem(self, token_in: str) -> str:
        """Why nothing can be said of a swap of this token; empty if something can."""
        if self.token0 == self.token1:
            return "both tokens of the pool are the same"
        if token_in not in (self.token0, self.token1):
            return f"the pool does not trade {token_in}"
        if not 0 < self.fee_numerator <= self.fee_denominator:
            return f"{self.fee_numerator}/{self.fee_denominator} of a payment is no share after a fee"
        if not (0 < self.reserve0 <= _MOST_RESERVE and 0 < self.reserve1 <= _MOST_RESERVE):
            return f"the reserves {self.reserve0} and {self.reserve1} are not those of a pair (1 to 2**112 - 1)"
        return ""

    def other(self, token_in: str) -> str:
        """The token that is got."""
        return self.token1 if token_in == self.token0 else self.token0

    def swapped(self, token_in: str, amount: int) -> tuple[int, V2Pool]:
        """What the pair pays for an amount (rounded down), and the pair afterwards."""
        first = token_in == self.token0
        ours, theirs = (self.reserve0, self.reserve1) if first else (self.reserve1, self.reserve0)
        charged = amount * self.fee_numerator
        out = charged * theirs // (ours * self.fee_denominator + charged)
        ours, theirs = ours + amount, theirs - out
        if ours > _MOST_RESERVE:
            raise SwapImpossible(f"{amount} is more than the pair can hold (2**112 - 1 with its reserve)")
        after = (ours, theirs) if first else (theirs, ours)
        return out, V2Pool(self.token0, self.token1, *after, self.fee_numerator, self.fee_denominator)

    def largest_front(self, swap: Swap) -> int:
        """The largest front that leaves the swap its least output, exact to the unit.

        With g = n / d what is left after the fee, reserves x and y, victim input v and least output m, the pool behind
        a front a gives m = g v y' / (x' + g v), x' = x + a, y' = x y / (x + g a). As a quadratic in a:
        m g a^2 + m (x + g x + g^2 v) a + m x (x + g v) - g x y v = 0. The root in integers is off by the pair's own
        rounding only, which is put right step by step.
        """
        first = swap.token_in == self.token0
        x, y = (self.reserve0, self.reserve1) if first else (self.reserve1, self.reserve0)
        n, d, v, m = self.fee_numerator, self.fee_denominator, swap.amount_in, swap.least_out
        if m == 0:
            return _MOST_RESERVE - x - v if x + v <= _MOST_RESERVE else 0
        square = m * n * d
        linear = m * (x * d * d + n * d * x + n * n * v)
        constant = m * x * (x * d * d + n * d * v) - n * d * x * y * v
        under = linear * linear - 4 * square * constant
        root = max(0, (isqrt(max(0, under)) - linear) // (2 * square))
        return self._put_right(swap, min(root, max(0, _MOST_RESERVE - x - v)))

    def _put_right(self, swap: Swap, root: int) -> int:
        def survives(front: int) -> bool:
            try:
                _, after = self.swapped(swap.token_in, front)
                return after.swapped(swap.token_in, swap.amount_in)[0] >= swap.least_out
            except SwapImpossible:
                return False

        if not survives(0):
            return 0
        step = 1
        if survives(root):
            while survives(root + step):
                root, step = root + step, step * 2
            low, high = root, root + step
        else:
            while root - step > 0 and not survives(root - step):
                step *= 2
            low, high = max(0, root - step), root
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if survives(middle) else (low, middle)
        return low
