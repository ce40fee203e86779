"""Stored attacks as the command line and reports show them."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from scorpius_lab.security.chain.stored import Reader
from scorpius_lab.security.chain.tables import ATTACKS

_HOLDING = pl.Struct({"token": pl.String, "amount": pl.String})

ATTACK_SCHEMA: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "chain_id": pl.Int64(),
    "block": pl.Int64(),
    "block_hash": pl.String(),
    "actor": pl.String(),
    "transactions": pl.List(pl.String),
    "victims": pl.List(pl.String),
    "pools": pl.List(pl.String),
    "profit": pl.List(_HOLDING),
    "leftover": pl.List(_HOLDING),
    "gas_cost": pl.String(),
    "tips": pl.String(),
    "net": pl.String(),
    "priced_via": pl.String(),
    "completeness": pl.String(),
    "rule_version": pl.Int64(),
    "fronts": pl.List(pl.String),
    "backs": pl.List(pl.String),
    "backrun_of": pl.List(pl.String),
    "protocol": pl.String(),
    "borrower": pl.String(),
    "debt": _HOLDING,
    "collateral": _HOLDING,
}
"""The columns of an attack, as `Attack.as_dict` names them; amounts are decimal text."""


def attacks_of_run(store: Reader, run_id: str) -> list[dict[str, Any]]:
    """The attacks that a run of `chain.detect` saw, new ones and those that were stored before, in order."""
    scope = store.sql(
        "SELECT parameters ->> 'chain_id' AS chain, parameters ->> 'first' AS first, parameters ->> 'last' AS last "
        "FROM runs WHERE id = $run",
        {"run": run_id},
    ).to_dicts()[0]
    return stored_attacks(
        store,
        int(scope["chain"]),
        None if scope["first"] is None else int(scope["first"]),
        None if scope["last"] is None else int(scope["last"]),
    )


def stored_attacks(
    store: Reader, chain_id: int, first: int | None = None, last: int | None = None
) -> list[dict[str, Any]]:
    """All stored attacks of a chain between two heights, each once, as `Attack.as_dict` gives them."""
    rows = store.sql(
        f"SELECT * FROM lab.{ATTACKS.name} WHERE chain_id = $chain "  # noqa: S608 (a constant of ours)
        "AND block_number BETWEEN $first AND $last "
        "QUALIFY row_number() OVER (PARTITION BY chain_id, block_hash, kind, transactions, pools, victims, "
        "profit::VARCHAR ORDER BY rule_version DESC, recorded_at DESC, id) = 1 "
        "AND rule_version = max(rule_version) OVER (PARTITION BY kind) ORDER BY block_number, transactions, kind",
        {"chain": chain_id, "first": -1 if first is None else first, "last": 2**62 if last is None else last},
    )
    return [_attack(row) for row in rows.iter_rows(named=True)]


def _attack(row: dict[str, Any]) -> dict[str, Any]:
    told = {**row, **json.loads(row["detail"]), "block": row["block_number"]}
    told |= {name: json.loads(row[name]) for name in ("profit", "leftover")}
    return {name: told[name] for name in ATTACK_SCHEMA}
