"""How unusual an address behaves beside the others in the same blocks, and which of its habits make it so.

An isolation forest (Liu, Ting, Zhou, ICDM 2008) over features that can be explained, beside robust z-scores (median and
median absolute deviation). A contribution is by how much the score falls when one feature is set to the median of all
(leave-one-feature-out). Unusual is not criminal: no accuracy is claimed, as the public sets of labelled addresses
cannot carry such a claim (see `notebooks/explore/label_leakage.ipynb`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

FEATURES: Mapping[str, str] = {
    "sent": "transfers sent",
    "received": "transfers received",
    "recipients": "different recipients",
    "senders": "different senders",
    "tokens": "different tokens",
    "span": "blocks between first and last transfer",
    "burstiness": "how uneven the gaps between transfers are (deviation over mean)",
    "repeated": "share of transfers in an amount it used before",
    "returned": "share of recipients that had sent to it before or after",
    "nothing": "share of transfers of nothing",
}
"""Features by name, in words."""

LEAST_TRANSFERS = 5
_TREES = 200
_MOST_EXPLAINED = 200


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Addresses, most unusual first: `address`, `score` (0 to 1), the features, and `contribution_…` of each.

    Contributions are worked out for the first addresses only; those of the others are null. `seed` is that of the
    forest, `left_out` how many addresses had too few transfers to be judged.
    """

    frame: pl.DataFrame
    seed: int
    left_out: int


def features_of(transfers: pl.DataFrame) -> pl.DataFrame:
    """The features (`FEATURES`) of every address in transfers (`frames.TRANSFERS`)."""
    moves = transfers.filter(pl.col("standard").is_in(["erc20", "native"]), pl.col("sender") != pl.col("receiver"))
    ends = pl.concat(
        [
            moves.select("block_number", "token", "amount", address="sender", other="receiver", out=pl.lit(value=True)),
            moves.select(
                "block_number", "token", "amount", address="receiver", other="sender", out=pl.lit(value=False)
            ),
        ]
    ).sort("address", "block_number", maintain_order=True)
    gaps = ends.with_columns(gap=pl.col("block_number").diff().over("address").cast(pl.Float64))
    grouped = gaps.group_by("address").agg(
        pl.col("out").sum().cast(pl.Float64).alias("sent"),
        (~pl.col("out")).sum().cast(pl.Float64).alias("received"),
        pl.col("other").filter("out").n_unique().cast(pl.Float64).alias("recipients"),
        pl.col("other").filter(~pl.col("out")).n_unique().cast(pl.Float64).alias("senders"),
        pl.col("token").n_unique().cast(pl.Float64).alias("tokens"),
        (pl.col("block_number").max() - pl.col("block_number").min()).cast(pl.Float64).alias("span"),
        (pl.col("gap").std() / pl.col("gap").mean()).alias("burstiness"),
        (1 - pl.struct("token", "amount").n_unique() / pl.len()).alias("repeated"),
        (pl.col("amount") == "0").mean().alias("nothing"),
        pl.len().alias("transfers"),
    )
    both = (
        ends.group_by("address", "other")
        .agg(pl.col("out").any().alias("to"), (~pl.col("out")).any().alias("back"))
        .filter("to")
        .group_by("address")
        .agg(pl.col("back").mean().alias("returned"))
    )
    joined = grouped.join(both, on="address", how="left")
    return joined.with_columns(pl.col(name).fill_nan(0).fill_null(0) for name in FEATURES).sort("address")


def anomalies(transfers: pl.DataFrame, *, seed: int = 0) -> Anomalies:
    """Score every address with at least a few transfers, and say what makes the most unusual ones so."""
    from sklearn.ensemble import IsolationForest

    known = features_of(transfers)
    judged = known.filter(pl.col("transfers") >= LEAST_TRANSFERS)
    names = list(FEATURES)
    if judged.height < 2:
        empty = {"score": pl.Float64, **{f"contribution_{name}": pl.Float64 for name in names}}
        frame = judged.with_columns(pl.lit(None, kind).alias(name) for name, kind in empty.items())
        return Anomalies(frame, seed, known.height - judged.height)
    values = np.log1p(judged.select(names).to_numpy())
    forest = IsolationForest(n_estimators=_TREES, random_state=seed).fit(values)
    scores = -forest.score_samples(values)
    order = np.argsort(-scores, kind="stable")
    explained = order[:_MOST_EXPLAINED]
    contributions = np.full(values.shape, np.nan)
    middle = np.median(values, axis=0)
    for number in range(len(names)):
        usual = values[explained].copy()
        usual[:, number] = middle[number]
        contributions[explained, number] = scores[explained] + forest.score_samples(usual)
    scored = judged.with_columns(
        pl.Series("score", scores),
        *(pl.Series(f"contribution_{name}", contributions[:, n]).fill_nan(None) for n, name in enumerate(names)),
        *(pl.Series(f"z_{name}", _robust(values[:, n])) for n, name in enumerate(names)),
    )
    return Anomalies(scored[order], seed, known.height - judged.height)


def _robust(values: np.ndarray) -> np.ndarray:
    """Distance from the median in median absolute deviations, scaled so that it is that of a normal distribution."""
    middle = np.median(values)
    spread = np.median(np.abs(values - middle))
    scores: np.ndarray = 0.6745 * (values - middle) / spread if spread else np.zeros(len(values))
    return scores
