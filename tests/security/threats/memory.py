"""A recorder that keeps what it is given in lists."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scorpius_lab.core.evidence import Evidence
from scorpius_lab.core.findings import Finding
from scorpius_lab.core.observations import Observation
from scorpius_lab.core.runs import RunContext

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class MemoryRecorder:
    def __init__(self, context: RunContext | None = None) -> None:
        self.evidence: list[Evidence] = []
        self.observations: list[Observation] = []
        self.findings: list[Finding] = []
        self.inputs: dict[str, str] = {}
        self.context = context or RunContext(clock=lambda: NOW)
        self.configuration: Any = None
        self.run_id = "run"
        self.workdir = Path(tempfile.mkdtemp(prefix="scorpius-test-"))

    def now(self) -> datetime:
        return self.context.clock()

    def add_evidence(self, items: Iterable[Evidence]) -> list[str]:
        start = len(self.evidence)
        self.evidence += list(items)
        return [f"collection-{n}" for n in range(start, len(self.evidence))]

    def add_observations(self, items: Iterable[Observation]) -> int:
        found = list(items)
        self.observations += found
        return len(found)

    def add_findings(self, items: Iterable[Finding]) -> int:
        found = list(items)
        self.findings += found
        return len(found)

    def add_input(self, name: str, sha256: str) -> None:
        self.inputs[name] = sha256
