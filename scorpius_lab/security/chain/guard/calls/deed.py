"""What a call does, as far as its data says: one deed in plain words, with what can be judged of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

UNLIMITED = 2**255
"""From here on an approval is for everything: no token has as much."""

FOREVER = 2**40
"""A deadline this late is none, in seconds since 1970."""


class Verb(StrEnum):
    """What is done."""

    SWAP = "swap"
    TRANSFER = "transfer"
    TRANSFER_FROM = "transfer_from"
    APPROVE = "approve"
    APPROVE_ALL = "approve_all"
    PERMIT = "permit"
    ADD_LIQUIDITY = "add_liquidity"
    REMOVE_LIQUIDITY = "remove_liquidity"
    WRAP = "wrap"
    UNWRAP = "unwrap"
    SWEEP = "sweep"
    MULTICALL = "multicall"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a call does. Tokens are addresses, `coin` for the chain's own; amounts in raw units, None where open.

    `least` is the least that must come out of a swap, `most` the most that may go in; `receiver` who gets it, `spender`
    who may take it, `owner` whose tokens move.
    """

    verb: Verb
    token_in: str | None = None
    token_out: str | None = None
    amount: int | None = None
    least: int | None = None
    most: int | None = None
    receiver: str | None = None
    spender: str | None = None
    owner: str | None = None
    token: str | None = None
    deadline: int | None = None
    inner: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class CallContext:
    """The call around the arguments: who calls which contract with how much of the coin."""

    sender: str
    target: str
    value: int


Read = Callable[[Sequence[object], CallContext], Sequence[Deed]]


@dataclass(frozen=True, slots=True)
class Protocol:
    """The functions of a protocol by canonical signature, each with what it means."""

    name: str
    functions: Mapping[str, Read]


def address(value: object) -> str:
    """A decoded address."""
    return str(value)


def whole(value: object) -> int:
    """A decoded number."""
    return int(str(value))


def listed(value: object) -> list[object]:
    """A decoded array or tuple."""
    return list(value) if isinstance(value, list) else []
