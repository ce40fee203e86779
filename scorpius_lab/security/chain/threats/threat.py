"""A detector of threats: its metadata, and the frame it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity

SCHEMA: Mapping[str, pl.DataType] = {
    "threat": pl.String(),
    "severity": pl.String(),
    "address": pl.String(),  # who is threatened, or which token or contract it is about
    "counterparty": pl.String(),
    "transactions": pl.List(pl.String),
    "detail": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Threat:
    """One kind of threat. `what` says what goes on, `respond` what to do, `source` where the rule comes from."""

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    what: str
    respond: str
    source: str
    detect: Callable[..., pl.DataFrame]


def found(threat: Threat, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """What a detector found; severity and threat are those of the detector where a row does not say."""
    told = [{"threat": threat.id, "severity": str(threat.severity), **row} for row in rows]
    return pl.DataFrame(told, schema=dict(SCHEMA))
