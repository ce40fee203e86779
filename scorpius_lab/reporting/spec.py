"""What a report declares about itself: its parameters, the exact data it may read, and the results it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ReportParameters(BaseModel):
    """Parameters every report has. `as_of` is recorded, so that a report never asks the clock; None means now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: Annotated[datetime | None, Field(description="State of the store at this moment, UTC; default now.")] = None
    organisation: Annotated[str, Field(description="Name shown on the cover.")] = ""


@dataclass(frozen=True, slots=True)
class SnapshotQuery:
    """One table of the snapshot: a name, the SQL that fills it and what is said when there is nothing in it.

    The SQL runs on the lab's public views and may use `$as_of` and every report parameter as `$name`. `personal` are
    the columns that `--redact` masks. `when_empty` is the sentence the report shows in place of the figure, because
    an empty table means *not evaluated*, never *fine*.
    """

    name: str
    sql: str
    when_empty: str
    personal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """A supplied report. `notebook` is the file's name in `notebooks/reports/`; `results` the names it displays."""

    name: str
    title: str
    notebook: str
    parameters: type[ReportParameters]
    queries: tuple[SnapshotQuery, ...]
    results: tuple[str, ...]
