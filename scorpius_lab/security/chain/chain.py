"""Decoded blocks: what detectors, guards and reports look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from scorpius_lab.security.chain.blocks import whole
from scorpius_lab.security.chain.chains import ChainParameters
from scorpius_lab.security.chain.decoding import decode
from scorpius_lab.security.chain.frames import NATIVE, Raw
from scorpius_lab.security.chain.settlement import settle


@dataclass(frozen=True)
class Chain:
    """Blocks of one chain: their states, their transactions, and event frames by name (see `frames.EVENTS`)."""

    parameters: ChainParameters
    blocks: pl.DataFrame
    transactions: pl.DataFrame
    events: Mapping[str, pl.DataFrame]

    @cached_property
    def succeeded(self) -> pl.DataFrame:
        """Transactions that are not known to have failed."""
        return self.transactions.filter(pl.col("succeeded").fill_null(value=True))

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


def chain_of(raw: Raw, parameters: ChainParameters) -> Chain:
    """The chain that raw frames hold."""
    blocks = whole(raw)
    return Chain(parameters, blocks.blocks, blocks.transactions, settle(decode(blocks.raw)))
