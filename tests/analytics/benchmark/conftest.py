"""A recorder that keeps everything in memory, for tests that need no store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from scorpius_lab.core.observations import Observation
from scorpius_lab.core.runs import RunContext

NO_RUNS = pl.DataFrame(schema={"function": pl.String, "seconds": pl.Float64})


@dataclass
class MemoryRecorder:
    workdir: Path
    context: RunContext = field(default_factory=lambda: RunContext(seed=7))
    runs: pl.DataFrame = field(default_factory=NO_RUNS.clone)
    observations: list[Observation] = field(default_factory=list)
    batches: int = 0
    configuration: object = None
    run_id: str = "run"

    def sql(self, *_):
        return self.runs

    def add_observations(self, items):
        self.observations += items
        self.batches += 1
        return len(self.observations)

    def by_rule(self):
        return {one.rule.id: one for one in self.observations}


@pytest.fixture
def recorder(tmp_path: Path) -> MemoryRecorder:
    return MemoryRecorder(tmp_path)
