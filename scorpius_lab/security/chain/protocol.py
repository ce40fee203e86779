"""What a protocol is to the chain engine: which logs and calls it leaves behind, and what they mean.

A protocol is one file in `protocols/`: a list of rules, each with the signature of an event (or of a function, for
blocks of which only call traces are at hand) and, for each column of the frame it makes, how the value comes from the
parameters. Nothing in it runs over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from scorpius_lab.security.chain.layouts import Layout, layout, topic_of

EMITTER = pl.col("address")
"""The contract that logged the event."""

CALLER, CALLED = pl.col("call_sender"), pl.col("call_receiver")
"""Who called, and the contract that was called."""

Rows = Callable[[pl.DataFrame, Layout], pl.DataFrame]


@dataclass(frozen=True)
class EventRule:
    """One event of a protocol. `makes` names the frame (see `frames.EVENTS`), `columns` its columns from parameters.

    `where` leaves rows out. `rows` takes the place of the plain decoding where an event makes several rows of a frame
    (arrays): it gets the logs of the topic and returns a row for each element with the columns the expressions use.
    `topic_of` is the canonical signature where `signature` cannot say it (tuples).
    """

    signature: str
    makes: str
    columns: Mapping[str, pl.Expr]
    where: pl.Expr | None = None
    rows: Rows | None = None
    topic_of: str | None = None

    @cached_property
    def layout(self) -> Layout:
        """The layout of the event."""
        return layout(self.signature)

    @cached_property
    def topic(self) -> str:
        """The first topic of its logs."""
        return topic_of(self.topic_of) if self.topic_of else self.layout.topic


@dataclass(frozen=True)
class CallRule:
    """One function of a protocol, for blocks that have call traces and no logs.

    `outputs` names words of what the call returned. Only calls that were not reverted are read, and of kind `call`:
    a proxy's inner delegatecall is the same deed once more.
    """

    signature: str
    makes: str
    columns: Mapping[str, pl.Expr]
    where: pl.Expr | None = None
    outputs: Mapping[str, pl.Expr] = field(default_factory=dict)

    @cached_property
    def layout(self) -> Layout:
        """The layout of the function."""
        return layout(self.signature)


@dataclass(frozen=True)
class Protocol:
    """A protocol by its short name, with what it covers in words."""

    name: str
    covers: str
    events: tuple[EventRule, ...] = ()
    calls: tuple[CallRule, ...] = ()


# -- small words the protocols share


def absolute(name: str) -> pl.Expr:
    """A signed parameter without its sign."""
    return pl.col(name).str.strip_prefix("-")


def negative(name: str) -> pl.Expr:
    """True where a signed parameter is below zero."""
    return pl.col(name).str.starts_with("-")


def difference(more: str, less: str) -> pl.Expr:
    """`more - less` of two parameters below 2**127, as a number."""
    return pl.col(more).cast(pl.Int128, strict=False) - pl.col(less).cast(pl.Int128, strict=False)


def side(first: pl.Expr) -> pl.Expr:
    """0 where the condition holds, else 1."""
    return pl.when(first).then(0).otherwise(1)
