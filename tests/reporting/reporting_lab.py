"""A small lab for report tests: a real store, blobs and keys, and one recorded run with evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scorpius_lab.core.audit import FileAuditSink
from scorpius_lab.core.evidence import Classification, Evidence
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.recorder import recorded_run
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.core.runs import RunContext
from scorpius_lab.core.store import Backend, BlobFolder, Store, read_migrations
from scorpius_lab.core.store.migrate import CORE

NOTEBOOKS = Path(__file__).parent / "notebooks"
THEN = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class ReportingLab:
    path: Path
    store: Store
    blobs: BlobFolder
    audit: FileAuditSink
    configuration: Any = field(
        default_factory=lambda: SimpleNamespace(
            reporting=SimpleNamespace(organisation="Example Ltd", live_charts=False, jobs=2, kernel_pool=True)
        )
    )

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def key_folder(self) -> Path:
        return self.path / "keys"

    @property
    def report_folder(self) -> Path:
        return self.path.parent / "reports"


def reopened(folder: Path) -> ReportingLab:
    """The lab in a folder, as a new process would open it."""
    migrations = read_migrations(CORE[0], str(CORE[1]))
    store = Store(folder, Backend("duckdb", folder / "store.duckdb"), migrations, clock=lambda: THEN)
    return ReportingLab(folder, store, BlobFolder(folder / "blobs"), FileAuditSink(folder / "audit.jsonl"))


def make_lab(folder: Path) -> ReportingLab:
    """A lab with three observations, two of which cite evidence: one internal blob, one confidential."""
    lab = reopened(folder)
    lab.store.create()
    context = RunContext(clock=lambda: THEN)
    with recorded_run(
        lab.store, lab.blobs, lab.audit, context, function="test", version="1", parameters={}, configuration=None
    ) as recorder:
        shown, withheld = recorder.add_evidence(
            [
                Evidence(b"sshd: permit no", "host", "sshd", "sshd -T", collected_at=THEN),
                Evidence(b"payroll", "hr", "file", "x", classification=Classification.CONFIDENTIAL, collected_at=THEN),
            ]
        )
        host = Asset("host", "build-1")
        recorder.add_observations(
            [
                Observation(
                    rule(1), host, State.PASS, "alice may not", evidence=(shown,), value=1.5, effective_at=THEN
                ),
                Observation(rule(2), host, State.FAIL, "bob may", evidence=(withheld,), value=2.5, effective_at=THEN),
                Observation(rule(3), host, State.PASS, "", value=0.5, effective_at=THEN),
            ]
        )
    return lab


def rule(number: int) -> Rule:
    return Rule(f"test.rule-{number}", 1, f"Rule {number}", Severity.HIGH, "Mend it.")


def later(days: int = 1) -> datetime:
    return THEN + timedelta(days=days)
