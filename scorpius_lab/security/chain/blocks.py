"""From raw frames to whole blocks: repeats dropped, receipts joined to transactions, and each block's state said.

Every row gets the key `at`, its block's number in this lot and its transaction's index in one integer, so that nothing
later compares hashes of 66 characters.

A block is *complete* if its header, all its transactions and all their receipts with logs are there. Anything else is
*incomplete*, with the reason; nothing missing is ever taken for nothing having happened.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from scorpius_lab.security.chain.frames import RAW, Raw

COMPLETE, INCOMPLETE = "complete", "incomplete"
LOGGED, TRACED, UNSEEN = "logs", "traces", "none"

AT_BITS = 24
"""Bits of `at` that hold the index of the transaction; the others hold the block."""

_BLOCK = ["block_number", "block_hash"]


@dataclass(frozen=True, slots=True)
class Whole:
    """Blocks with `state`, `reason` and `seen_by` (logs, traces or none), their transactions, and what to decode."""

    blocks: pl.DataFrame
    transactions: pl.DataFrame
    raw: Raw


def whole(raw: Raw) -> Whole:
    """Put together what belongs together. Blocks are told apart by number *and* hash, so reorged pairs stay apart."""
    keyed = _keyed(raw)
    blocks, receipts, logs, calls = (keyed.frames[name] for name in ("blocks", "receipts", "logs", "calls"))
    transactions = _succeeded_by_calls(_transactions(keyed), calls)
    logged = pl.concat([receipts.filter("has_logs").select("block"), logs.select("block")]).unique()
    traced = calls.select("block").unique().join(logged, on="block", how="anti")
    seen = pl.concat([logged.with_columns(seen_by=pl.lit(LOGGED)), traced.with_columns(seen_by=pl.lit(TRACED))])
    stated = blocks.join(seen, on="block", how="left").with_columns(pl.col("seen_by").fill_null(UNSEEN))
    return Whole(
        blocks=_states(stated, transactions, receipts).sort("block"),
        transactions=transactions,
        raw=keyed.with_frames(calls=calls.join(traced, on="block", how="semi")),
    )


# -- keys


def _keyed(raw: Raw) -> Raw:
    """The frames with `block` and `at`, repeats dropped; `blocks` has a row for every block that is mentioned."""
    runs = {name: _runs(raw[name]) for name in RAW}
    mentioned = pl.concat(run.select(_BLOCK) for run in runs.values()).unique()
    known = _with_only_hash(mentioned, mentioned).unique().sort(_BLOCK, nulls_last=True).with_row_index("block")
    known = known.with_columns(pl.col("block").cast(pl.Int64))
    frames = {}
    for name, run in runs.items():
        numbered = _with_only_hash(run, mentioned).join(
            known, on=_BLOCK, how="left", nulls_equal=True, maintain_order="left"
        )
        frames[name] = _numbered(raw[name], numbered)
    headers = _unique(frames["blocks"], ["block"]).with_columns(has_header=pl.lit(value=True)).drop(_BLOCK)
    frames["blocks"] = known.join(headers, on="block", how="left").with_columns(
        pl.col("has_header").fill_null(value=False)
    )
    keys = {"transactions": ["at"], "receipts": ["at"], "logs": ["block", "position"], "calls": ["at", "begins"]}
    return raw.with_frames(blocks=frames["blocks"], **{name: _unique(frames[name], key) for name, key in keys.items()})


def _runs(frame: pl.DataFrame) -> pl.DataFrame:
    """One row for each run of rows of one block, with where it starts: rows of a block mostly stand together."""
    changes = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in _BLOCK)
    if frame.is_empty():
        return frame.select(*_BLOCK, start=pl.lit(0, pl.Int64))
    starts = frame.select(*_BLOCK, start=pl.int_range(pl.len()), changes=changes | (pl.int_range(pl.len()) == 0))
    return starts.filter("changes").drop("changes")


def _with_only_hash(rows: pl.DataFrame, mentioned: pl.DataFrame) -> pl.DataFrame:
    """Rows without a block hash get the one of their height, where there is one only."""
    single = mentioned.drop_nulls().group_by("block_number").agg(pl.col("block_hash").first(), pl.len().alias("many"))
    only = single.filter(pl.col("many") == 1).select("block_number", only="block_hash")
    joined = rows.join(only, on="block_number", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("block_hash", "only").alias("block_hash")).drop("only")


def _numbered(frame: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    if frame.is_empty():
        return frame.with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("block", "at"))
    ends = [*runs["start"][1:], frame.height]
    times = pl.Series("times", ends, pl.Int64) - runs["start"]
    repeated = runs.select(pl.col("block", "block_hash").repeat_by(times).explode())
    keyed = frame.with_columns(repeated)
    if "transaction_index" not in frame.columns:
        return keyed
    return keyed.with_columns(at=pl.col("block") * 2**AT_BITS + pl.col("transaction_index"))


def _unique(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The first of each. Only where something repeats is the order of the rest paid for."""
    if frame.is_empty() or not frame.select(pl.struct(key).is_duplicated().any()).item():
        return frame
    return frame.unique(key, keep="first", maintain_order=True)


# -- transactions


def _transactions(raw: Raw) -> pl.DataFrame:
    """Transactions with what their receipts say; those of which only the receipt is there too."""
    key = ["at", "block", *_BLOCK, "transaction_index"]
    sent, receipts = raw["transactions"], raw["receipts"]
    if sent.is_empty():
        return receipts.select(
            *key,
            "transaction_hash",
            "sender",
            "receiver",
            pl.lit(None, pl.String).alias("value"),
            pl.lit(None, pl.String).alias("method"),
            "succeeded",
            "gas_used",
            "gas_price",
        ).sort("at")
    both = sent.join(receipts, on="at", how="full", coalesce=True, suffix="_receipt")
    shared = [*key[1:], "transaction_hash", "sender", "receiver"]
    return both.select(
        "at",
        *(pl.coalesce(name, f"{name}_receipt").alias(name) for name in shared),
        "value",
        "method",
        "succeeded",
        "gas_used",
        pl.coalesce("gas_price_receipt", "gas_price").alias("gas_price"),
    ).sort("at")


def _succeeded_by_calls(transactions: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """What the receipts do not say about success, the outermost call does."""
    if calls.is_empty() or not transactions["succeeded"].null_count():
        return transactions
    roots = calls.filter(pl.col("begins") == 0).select("at", (~pl.col("reverted")).alias("by_call"))
    joined = transactions.join(roots, on="at", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("succeeded", "by_call").alias("succeeded")).drop("by_call")


# -- states


def _states(blocks: pl.DataFrame, transactions: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    listed = transactions.group_by("block").agg(pl.len().cast(pl.Int64).alias("listed"))
    answered = receipts.group_by("block").agg(
        pl.len().cast(pl.Int64).alias("answered"), pl.col("has_logs").all().alias("all_logs")
    )
    counted = blocks.join(listed, on="block", how="left").join(answered, on="block", how="left")
    expected, got, have = pl.col("transaction_count"), pl.col("answered").fill_null(0), pl.col("listed").fill_null(0)
    reason = (
        pl.when(~pl.col("has_header"))
        .then(pl.lit("there is no header, so nobody knows whether all transactions are here"))
        .when(expected.is_null())
        .then(pl.lit("the header does not say how many transactions there are"))
        .when(have < expected)
        .then(pl.format("{} of {} transactions are missing", expected - have, expected))
        .when(got < expected)
        .then(pl.format("{} of {} receipts are missing", expected - got, expected))
        .when((expected > 0) & (pl.col("seen_by") == TRACED))
        .then(pl.lit("the receipts come without logs; transfers and swaps are read from call traces"))
        .when((expected > 0) & (pl.col("seen_by") == UNSEEN))
        .then(pl.lit("the receipts come without logs, and there are no call traces"))
        .when(~pl.col("all_logs").fill_null(value=True))
        .then(pl.lit("some receipts come without logs"))
    )
    return counted.with_columns(
        reason=reason, state=pl.when(reason.is_null()).then(pl.lit(COMPLETE)).otherwise(pl.lit(INCOMPLETE))
    ).drop("listed", "answered", "all_logs", "has_header")
