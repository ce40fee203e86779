"""What a pipeline has done so far, kept in `state/pipelines/<name>.json` so that a crash costs one step, not all."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.runs import Clock
from scorpius_lab.integration.state_files import write_whole

RESUME_WITHIN = timedelta(hours=12)
"""An unfinished run older than this is not resumed: last night's reports are not tonight's."""


class StepState(StrEnum):
    """How a step ended. `resumed` was finished by the interrupted run before and not repeated."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    RESUMED = "resumed"
    FAILED = "failed"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of one run of the pipeline. `outputs` are paths of bundles; `summary` is what the function returned."""

    state: StepState
    started_at: str | None = None
    ended_at: str | None = None
    seconds: float = 0.0
    run_id: str | None = None
    error: str | None = None
    outputs: tuple[str, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """True if the step need not run again when the pipeline resumes."""
        return self.state in (StepState.SUCCEEDED, StepState.RESUMED)


class Journal:
    """The state file of one pipeline. Every change is on disk before the method returns."""

    def __init__(self, path: Path, pipeline: str, key: str, clock: Clock) -> None:
        """Begin a new run; nothing is written before the first change."""
        self._path = path
        self._clock = clock
        self._head: dict[str, Any] = {"pipeline": pipeline, "key": key, "started_at": utc_text(clock())}
        self.steps: dict[str, StepRecord] = {}

    @classmethod
    def opened(cls, path: Path, pipeline: str, key: str, clock: Clock, *, fresh: bool = False) -> Journal:
        """The journal of an unfinished run with the same key, or of a new one."""
        journal = cls(path, pipeline, key, clock)
        earlier = None if fresh else _read(path)
        if earlier is None or earlier["key"] != key or earlier.get("ended_at") is not None:
            return journal
        if clock() - datetime.fromisoformat(earlier["started_at"]) > RESUME_WITHIN:
            return journal
        journal._head["started_at"] = earlier["started_at"]
        journal.steps = {name: _record(step) for name, step in earlier["steps"].items()}
        return journal

    def now(self) -> str:
        """The present moment as it is written."""
        return utc_text(self._clock())

    def record(self, **steps: StepRecord) -> None:
        """Note these steps."""
        self.steps |= steps
        self._write(None)

    def finish(self) -> None:
        """Note that everything succeeded, so that the next run begins anew."""
        self._write(self.now())

    def _write(self, ended_at: str | None) -> None:
        content = {
            **self._head,
            "pid": os.getpid(),
            "ended_at": ended_at,
            "steps": {name: asdict(step) for name, step in self.steps.items()},
        }
        write_whole(self._path, json.dumps(content, indent=1, default=str) + "\n")


def _read(path: Path) -> dict[str, Any] | None:
    """The file's content; None if there is none or it is damaged, since starting anew is always right."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        whole = {"key", "started_at", "steps"} <= set(content)
        datetime.fromisoformat(content["started_at"])
        [_record(step) for step in content["steps"].values()]
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None
    return content if whole else None


def _record(content: dict[str, Any]) -> StepRecord:
    known = {item.name for item in fields(StepRecord)}
    record = StepRecord(**{name: value for name, value in content.items() if name in known})
    return replace(record, state=StepState(record.state), outputs=tuple(record.outputs))
