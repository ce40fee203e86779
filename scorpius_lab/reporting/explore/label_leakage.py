"""Pictures and tables of `explore/label_leakage.ipynb`, over `scorpius_lab.security.chain.teaching`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorpius_lab.reporting import charts
from scorpius_lab.reporting.components import Block, records

if TYPE_CHECKING:
    import polars as pl

SOURCE = "Source: accounts made for this notebook; fraud and honest ones behave alike."


def collected(accounts: pl.DataFrame) -> Block:
    """How the two labels differ in what their collection left, and do not in what they did."""
    import polars as pl

    by_label = accounts.group_by("fraud").agg(
        pl.len().alias("accounts"),
        pl.col("first_seen").mean().round(2),
        (pl.col("erc20_missing").mean() * 100).round(1).alias("missing"),
        pl.col("sent").mean().round(2),
        pl.col("received").mean().round(2),
        pl.col("contracts_called").mean().round(2),
    )
    shown = by_label.sort("fraud").with_columns(
        label=pl.when("fraud").then(pl.lit("fraud")).otherwise(pl.lit("honest"))
    )
    return records(
        "collected",
        shown,
        "Means by label",
        "The first two figures come from how the set was put together, the others from what accounts did.",
        columns={
            "label": "Label",
            "accounts": "Accounts",
            "first_seen": "First transaction, year",
            "missing": "ERC-20 fields missing, %",
            "sent": "Sent",
            "received": "Received",
            "contracts_called": "Contracts called",
        },
    )


def reached(comparison: pl.DataFrame, split: str) -> Block:
    """The F1 that each set of columns reaches under one split."""
    import polars as pl

    rows = comparison.filter(pl.col("split") == split)
    best = rows.sort("f1", descending=True).row(0, named=True)
    return charts.bars(
        f"reached-{split}",
        rows,
        title=f"F1 of a random forest, test rows chosen by {split}",
        finding=f"{best['columns'].capitalize()} reach {best['f1']:.3f}.",
        source=SOURCE,
        label="columns",
        value="f1",
    )


def table(comparison: pl.DataFrame) -> Block:
    """All figures."""
    import polars as pl

    return records(
        "comparison",
        comparison.with_columns(pl.col("precision", "recall", "f1").round(3)),
        "Precision, recall and F1",
        columns={
            "columns": "Columns",
            "split": "Test rows by",
            "precision": "Precision",
            "recall": "Recall",
            "f1": "F1",
        },
    )
