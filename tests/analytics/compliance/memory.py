"""A recorder that keeps everything in lists."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from scorpius_lab.core.runs import RunContext, Scope

MOMENT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class MemoryRecorder:
    context: RunContext = field(default_factory=lambda: RunContext(clock=lambda: MOMENT))
    evidence: list = field(default_factory=list)
    observations: list = field(default_factory=list)
    findings: list = field(default_factory=list)
    scope: Scope | None = None
    run_id: str = "run"
    configuration: object = None
    workdir: Path = Path()

    def add_evidence(self, items):
        new = list(items)
        self.evidence += new
        return [sha256(one.query.encode() + one.content).hexdigest() for one in new]

    def add_observations(self, items):
        self.observations += list(items)
        return len(self.observations)

    def add_findings(self, items):
        self.findings += list(items)
        return len(self.findings)

    def set_scope(self, scope):
        self.scope = scope

    def now(self):
        return self.context.clock()
