"""Curve stable pools: the StableSwap invariant of n coins, solved by Newton's method in the integers of the contract.

Egorov, "StableSwap", 2019; curve-contract, `StableSwap3Pool.vy`: `get_D`, `get_y`, `exchange`. A is the contract's
(amplification times n**(n - 1)); rates bring every balance to 18 decimals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scorpius_lab.security.chain.guard.report import Swap, SwapImpossible

_PRECISION = 10**18
_FEE_UNIT = 10**10
_ROUNDS = 255


@dataclass(frozen=True, slots=True)
class CurvePool:
    """A pool: its coins, their balances, what one raw unit of each counts for (10**18 for 18 decimals), A and fee.

    `fee` is in units of 10**-10, as the contract keeps it; `admin_fee` the part of it that leaves the pool. `pair` are
    the two coins that are exchanged, of a pool with more than two.
    """

    coins: tuple[str, ...]
    balances: tuple[int, ...]
    rates: tuple[int, ...]
    amplification: int
    fee: int = 4_000_000
    admin_fee: int = 5_000_000_000
    pair: tuple[str, str] | None = None

    @property
    def single_peaked(self) -> bool:
        """Whether an attacker's gain has one maximum over what he puts in front."""
        return False

    def problem(self, token_in: str) -> str:
        """Why nothing can be said of a swap of this token; empty if something can."""
        if len(set(self.coins)) != len(self.coins) or len(self.coins) < 2:
            return "the pool needs two coins at least, each once"
        if not len(self.coins) == len(self.balances) == len(self.rates):
            return "there must be a balance and a rate for each coin"
        if self.pair is None and len(self.coins) > 2:
            return "say which two of the coins are exchanged (pair)"
        traded = self.pair or self.coins
        if len(set(traded)) != 2 or not set(traded) <= set(self.coins) or token_in not in traded:
            return f"the pool does not exchange {token_in} in this pair"
        if min(self.balances) <= 0 or min(self.rates) <= 0 or self.amplification <= 0:
            return "balances, rates and A must be above nought"
        return "" if 0 <= self.fee < _FEE_UNIT else f"{self.fee} / 10**10 is no fee"

    def other(self, token_in: str) -> str:
        """The token that is got."""
        return next(coin for coin in self.pair or self.coins if coin != token_in)

    def largest_front(self, swap: Swap) -> None:
        """No closed form: it is searched for."""
        del swap

    def swapped(self, token_in: str, amount: int) -> tuple[int, CurvePool]:
        """What the pool pays for an amount after its fee, and the pool afterwards."""
        paid, got = self.coins.index(token_in), self.coins.index(self.other(token_in))
        scaled = [balance * rate // _PRECISION for balance, rate in zip(self.balances, self.rates, strict=True)]
        target = scaled[paid] + amount * self.rates[paid] // _PRECISION
        left = _balance_after(scaled, self._invariant(scaled), self.amplification, (paid, got), target)
        moved = scaled[got] - left - 1  # one less, against rounding, as the contract does
        if moved <= 0:
            raise SwapImpossible(f"the pool pays nothing for {amount}")
        charged = moved * self.fee // _FEE_UNIT
        out = (moved - charged) * _PRECISION // self.rates[got]
        leaves = (charged * self.admin_fee // _FEE_UNIT) * _PRECISION // self.rates[got]
        after = list(self.balances)
        after[paid] += amount
        after[got] -= out + leaves
        if after[got] <= 0:
            raise SwapImpossible(f"{amount} would take all of {self.coins[got]} out of the pool")
        return out, replace(self, balances=tuple(after))

    def _invariant(self, balances: list[int]) -> int:
        total, n = sum(balances), len(balances)
        invariant, factor = total, self.amplification * n
        for _ in range(_ROUNDS):
            product = invariant
            for balance in balances:
                product = product * invariant // (balance * n)
            before = invariant
            invariant = (factor * total + product * n) * invariant // ((factor - 1) * invariant + (n + 1) * product)
            if abs(invariant - before) <= 1:
                return invariant
        raise SwapImpossible("the pool's invariant does not converge: its state makes no sense")


def _balance_after(balances: list[int], invariant: int, amplification: int, pair: tuple[int, int], target: int) -> int:
    """The balance of the coin that is got, when that of the coin paid is `target`."""
    paid, got = pair
    n, factor = len(balances), amplification * len(balances)
    product, total = invariant, 0
    for number, balance in enumerate(balances):
        if number == got:
            continue
        here = target if number == paid else balance
        total += here
        product = product * invariant // (here * n)
    product = product * invariant // (factor * n)
    linear = total + invariant // factor
    found = invariant
    for _ in range(_ROUNDS):
        before = found
        found = (found * found + product) // (2 * found + linear - invariant)
        if abs(found - before) <= 1:
            return found
    raise SwapImpossible("the pool's balance does not converge: its state makes no sense")
