"""Decoded blocks: what detectors, guards and reports look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from scorpius_lab.security.chain.blocks import COMPLETE, UNSEEN, whole
from scorpius_lab.security.chain.chains import ChainParameters
from scorpius_lab.security.chain.decoding import decode
from scorpius_lab.security.chain.frames import NATIVE, Raw
from scorpius_lab.security.chain.linkage import Gap, Tip, linked
from scorpius_lab.security.chain.settlement import settle


@dataclass(frozen=True)
class Chain:
    """Blocks of one chain: their states, their transactions, and event frames by name (see `frames.EVENTS`).

    `gaps` are heights that are missing between them, `tip` is the last block, to go on from. `base` are the blocks as
    each is on its own, before they were held against each other.
    """

    parameters: ChainParameters
    blocks: pl.DataFrame
    transactions: pl.DataFrame
    events: Mapping[str, pl.DataFrame]
    gaps: tuple[Gap, ...] = ()
    tip: Tip | None = None
    base: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)

    @cached_property
    def succeeded(self) -> pl.DataFrame:
        """Transactions of blocks that stand, those known to have failed left out."""
        standing = self.blocks.filter("stands").select("block")
        return self.transactions.filter(pl.col("succeeded").fill_null(value=True)).join(
            standing, on="block", how="semi", maintain_order="left"
        )

    @cached_property
    def looked_at(self) -> int:
        """How many blocks can show an attack: they stand, and logs or traces are at hand or nothing is missing."""
        seen = (pl.col("seen_by") != UNSEEN) | (pl.col("state") == COMPLETE)
        return self.blocks.filter(pl.col("stands") & seen).height

    @cached_property
    def trades(self) -> pl.DataFrame:
        """Swaps whose tokens and amounts are known, of transactions that succeeded, with who sent them where."""
        facts = self.succeeded.select("at", "transaction_hash", origin="sender", target="receiver")
        known = ["token_in", "token_out", "amount_in", "amount_out"]
        return self.events["swaps"].drop_nulls(known).join(facts, on="at", how="inner", maintain_order="left")

    def coin(self, token: pl.Expr) -> pl.Expr:
        """The token, with the wrapped coin as the coin it stands for."""
        wrapped = self.parameters.wrapped_coin
        return token if wrapped is None else pl.when(token == wrapped).then(pl.lit(NATIVE)).otherwise(token)


def chain_of(raw: Raw, parameters: ChainParameters, before: Tip | None = None) -> Chain:
    """The chain that raw frames hold; `before` is the last block of an earlier lot."""
    blocks = whole(raw)
    checked = linked(blocks.blocks, before)
    return Chain(
        parameters=parameters,
        blocks=checked.blocks,
        transactions=blocks.transactions,
        events=settle(decode(blocks.raw)),
        gaps=checked.gaps,
        tip=checked.tip,
        base=blocks.blocks,
    )
