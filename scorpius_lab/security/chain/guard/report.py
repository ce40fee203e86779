"""What the guard is asked and what it answers. All amounts are raw token units."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

MOST = 2**256 - 1


class State(StrEnum):
    """What came of looking at a swap."""

    EXPOSED = "exposed"  # a sandwich pays
    SAFE = "safe"  # none pays at these costs
    UNREACHABLE = "unreachable"  # the pool pays less than the least output: the swap would fail
    NOT_EVALUATED = "not_evaluated"  # the pool's state makes no sense


@dataclass(frozen=True, slots=True)
class Swap:
    """A swap somebody is about to send: so much of a token in, and at least so much of the other out."""

    token_in: str
    amount_in: int
    least_out: int


@dataclass(frozen=True, slots=True)
class Attack:
    """A sandwich: `front` buys `bought` before, which sells for `front + profit` after.

    `loss` is what the victim gets less, in the token got.
    """

    front: int
    bought: int
    profit: int
    victim_out: int
    loss: int


@dataclass(frozen=True, slots=True)
class GuardReport:
    """The exposure of a swap.

    `attack` is the best sandwich within the swap's least output, before its costs, None if there is none that gains
    anything. `expected_loss` is the victim's in the token got, if it comes. What could not be judged is None, not
    nought. `safe_slippage` is the largest share of the quoted output that may be given up before a sandwich pays at
    `attack_cost`, `safe_least_out` the least output that says so. `parts` is in how many equal swaps the amount is to
    be sent, each in a block of its own, so that none pays at the slippage asked for; None if no size is small enough.
    """

    state: State
    reason: str
    quoted_out: int | None
    slippage: Fraction | None
    attack: Attack | None
    attack_cost: int
    expected_loss: int | None
    safe_least_out: int | None
    safe_slippage: Fraction | None
    parts: int | None
    part_size: int | None
    advice: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The report as JSON: amounts as decimal text, shares as numbers."""
        told = asdict(self)
        told["state"] = str(self.state)
        told["attack"] = {k: str(v) for k, v in asdict(self.attack).items()} if self.attack else None
        for name in ("quoted_out", "attack_cost", "expected_loss", "safe_least_out", "part_size"):
            told[name] = None if told[name] is None else str(told[name])
        for name in ("slippage", "safe_slippage"):
            told[name] = None if told[name] is None else float(told[name])
        told["advice"] = list(self.advice)
        return told


class Pool(Protocol):
    """A pool at one moment. Swapping gives the pool as it is afterwards."""

    @property
    def single_peaked(self) -> bool:
        """Whether an attacker's gain has one maximum over what he puts in front."""

    def problem(self, token_in: str) -> str:
        """Why nothing can be said of a swap of this token; empty if something can."""

    def swapped(self, token_in: str, amount: int) -> tuple[int, Pool]:
        """What the pool pays for an amount, and the pool afterwards."""

    def other(self, token_in: str) -> str:
        """The token that is got."""

    def largest_front(self, swap: Swap) -> int | None:
        """The largest amount that may be swapped before, so that the swap still gets its least output.

        None where there is no closed form and it has to be searched for.
        """


class SwapImpossible(ValueError):
    """The pool cannot carry out this swap: too much for what it holds."""
