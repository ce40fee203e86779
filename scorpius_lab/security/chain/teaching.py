"""Why a public set of labelled accounts cannot carry an accuracy claim, shown on data made for the purpose.

The accounts made here behave alike whether they are labelled fraud or not. What differs is how they were *collected*,
as in the set that is used most: fraud comes from lists of earlier years, without the fields of a later export, and the
rows are sorted by label. A model that learns the collection scores near 1 and knows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

BEHAVIOR = ("sent", "received", "mean_value", "contracts_called")
COLLECTION = ("first_seen", "erc20_missing", "row")
_CAMPAIGNS = 12


@dataclass(frozen=True, slots=True)
class Score:
    """What a model reached: precision, recall and their harmonic mean for the label fraud, and on how many rows."""

    precision: float
    recall: float
    f1: float
    rows: int


def labelled_accounts(count: int = 6000, fraud_share: float = 0.22, seed: int = 1) -> pl.DataFrame:
    """Accounts with behavior drawn from one distribution, and a label that only their collection depends on.

    Columns: those of `BEHAVIOR` and `COLLECTION`, `erc20_transfers` (null where missing), `campaign`, `fraud`.
    """
    chance = np.random.default_rng(seed)
    fraud = np.arange(count) < int(count * fraud_share)
    campaign = np.where(fraud, chance.integers(0, _CAMPAIGNS, count), -1)
    # fraud was listed between 2017 and 2018, honest accounts were drawn from a later export
    first_seen = np.where(
        fraud, 2017 + campaign / _CAMPAIGNS + chance.random(count) / 12, 2018.2 + 2 * chance.random(count)
    )
    missing = fraud & (chance.random(count) < 0.95)
    transfers = chance.poisson(6, count)
    return pl.DataFrame(
        {
            "row": np.arange(count),
            "sent": chance.poisson(20, count),
            "received": chance.poisson(18, count),
            "mean_value": chance.lognormal(0, 1.5, count),
            "contracts_called": chance.poisson(4, count),
            "erc20_transfers": pl.Series(
                [None if gone else int(n) for gone, n in zip(missing, transfers, strict=True)], dtype=pl.Int64
            ),
            "erc20_missing": missing.astype(np.int64),
            "first_seen": first_seen,
            "campaign": campaign,
            "fraud": fraud,
        }
    )


def score(accounts: pl.DataFrame, features: Sequence[str], *, by: str = "random", seed: int = 1) -> Score:
    """Train a forest on three quarters and test it on the rest.

    `by` is how the rest is chosen: `random` rows, or whole `campaign`s of fraud (with honest accounts at random), so
    that no campaign is on both sides.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import precision_recall_fscore_support

    chance = np.random.default_rng(seed)
    test = chance.random(accounts.height) < 0.25
    if by == "campaign":
        held_out = chance.choice(_CAMPAIGNS, _CAMPAIGNS // 4, replace=False)
        fraud = accounts["fraud"].to_numpy()
        test = np.where(fraud, np.isin(accounts["campaign"].to_numpy(), held_out), test)
    values, truth = accounts.select(features).to_numpy(), accounts["fraud"].to_numpy()
    model = RandomForestClassifier(100, random_state=seed).fit(values[~test], truth[~test])
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth[test], model.predict(values[test]), average="binary", zero_division=0
    )
    return Score(float(precision), float(recall), float(f1), int(test.sum()))


def comparison(accounts: pl.DataFrame, seed: int = 1) -> pl.DataFrame:
    """What a model reaches with which columns under which split; one row each."""
    sets = {
        "all columns": (*BEHAVIOR, *COLLECTION),
        "time of the first transaction alone": ("first_seen",),
        "whether the ERC-20 fields are missing, alone": ("erc20_missing",),
        "the number of the row alone": ("row",),
        "behavior alone": BEHAVIOR,
    }
    rows = [
        {"columns": name, "split": by, **{k: getattr(found, k) for k in ("precision", "recall", "f1")}}
        for name, features in sets.items()
        for by in ("random", "campaign")
        for found in [score(accounts, features, by=by, seed=seed)]
    ]
    return pl.DataFrame(rows)
