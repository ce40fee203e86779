"""Run a pipeline: steps in order, reports together, finished steps not twice."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from scorpius_lab.core.runs import Clock, Progress, silent, utc_now
from scorpius_lab.core.yaml_document import expectation, nearest
from scorpius_lab.errors import Cancelled, NotebookFailed, PipelineError, ScorpiusError, StepFailed
from scorpius_lab.integration.exclusive import exclusive
from scorpius_lab.integration.pipelines.journal import Journal, StepRecord, StepState
from scorpius_lab.integration.pipelines.model import CallStep, Pipeline, ReportStep, Step

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.core.components import EngineFunction


class Called(Protocol):
    """What a call of an engine function brings back."""

    @property
    def run_id(self) -> str:
        """The run it was recorded under."""

    @property
    def summary(self) -> Mapping[str, object]:
        """What the function returned."""


class PipelineLab(Protocol):
    """What a pipeline needs of a lab."""

    @property
    def path(self) -> Path:
        """The lab folder."""

    def functions(self) -> Mapping[str, EngineFunction]:
        """Every engine function by name."""

    def report_names(self) -> Sequence[str]:
        """Names of the supplied reports."""

    def call(self, name: str, parameters: Mapping[str, Any], *, progress: Progress) -> Called:
        """Run one engine function."""

    def report(
        self,
        names: Sequence[str | Path],
        parameters: Mapping[str, Any],
        *,
        out: Path | None,
        format: Sequence[str] | None,  # noqa: A002 (the word users type)
        redact: bool,
        progress: Progress,
    ) -> pl.DataFrame:
        """Make reports in parallel: one row each, with columns `name`, `state` and `path`."""


def check_pipeline(lab: PipelineLab, pipeline: Pipeline) -> None:
    """Return if every step could start. Raises PipelineError with file and line: unknown names, wrong parameters."""
    functions = lab.functions()
    for index, step in enumerate(pipeline.steps):
        if isinstance(step, CallStep):
            _check_call(pipeline, index, step, functions)
        else:
            _check_reports(pipeline, index, step, lab.report_names())


def _check_call(pipeline: Pipeline, index: int, step: CallStep, functions: Mapping[str, EngineFunction]) -> None:
    function = functions.get(step.call)
    if function is None:
        place = pipeline.place("steps", index, "call")
        raise PipelineError(f"{place}: there is no function {step.call!r}{nearest(step.call, sorted(functions))}")
    try:
        function.parameters.model_validate(step.with_)
    except ValidationError as error:
        first = error.errors()[0]
        place = pipeline.place("steps", index, "with", *first["loc"])
        name = ".".join(map(str, first["loc"])) or "with"
        if first["type"] == "extra_forbidden":
            known = nearest(str(first["loc"][-1]), sorted(function.parameters.model_fields))
            raise PipelineError(f"{place}: {step.call} has no parameter {name!r}{known}") from error
        raise PipelineError(f"{place}: {step.call}: {name}: {expectation(first)}") from error


def _check_reports(pipeline: Pipeline, index: int, step: ReportStep, known: Sequence[str]) -> None:
    for name, found in zip(step.reports, _report_names(pipeline, step), strict=True):
        place = pipeline.place("steps", index, "reports")
        if isinstance(found, Path) and not found.is_file():
            raise PipelineError(f"{place}: there is no notebook {name}; a path starts at the pipeline file's folder")
        if isinstance(found, str) and found not in known:
            raise PipelineError(f"{place}: there is no report {name!r}{nearest(name, sorted(known))}")


def _report_names(pipeline: Pipeline, step: ReportStep) -> list[str | Path]:
    folder = pipeline.path.resolve().parent if pipeline.path else Path.cwd()
    return [folder / name if name.endswith(".ipynb") else name for name in step.reports]


def run_pipeline(
    lab: PipelineLab, pipeline: Pipeline, *, progress: Progress = silent, fresh: bool = False, clock: Clock = utc_now
) -> pl.DataFrame:
    """Run the steps in order and return one row per step with its state, seconds, run id, outputs and error.

    An interrupted or failed run of the same pipeline is resumed after its last finished step, unless `fresh` or twelve
    hours have passed; steps that observe the world, and what depends on a step that ran again, are never skipped. A
    failed step keeps those that need it from running, not the others. Raises PipelineError before anything starts,
    and AlreadyRunning when the same pipeline is running.
    """
    check_pipeline(lab, pipeline)
    state = lab.path / "state" / "pipelines" / f"{pipeline.name}.json"
    with exclusive(lab.path / "locks" / f"pipeline-{pipeline.name}.lock", f"pipeline {pipeline.name!r}", clock=clock):
        functions = lab.functions()
        versions = {step.call: functions[step.call].version for step in pipeline.steps if isinstance(step, CallStep)}
        journal = Journal.opened(state, pipeline.name, pipeline.key(versions), clock, fresh=fresh)
        running = _Running(lab, pipeline, journal, progress)
        for group in _groups(pipeline):
            running.group(group)
        if all(record.done for record in running.records.values()):
            journal.finish()
    return _frame(pipeline, running.records)


def raise_if_failed(pipeline: str, steps: pl.DataFrame) -> None:
    """Raise StepFailed naming each step that failed in the frame of `run_pipeline`; return if there is none."""
    failed = [row for row in steps.iter_rows(named=True) if row["state"] == StepState.FAILED]
    if failed:
        told = "; ".join(f"{row['step']}: {row['error']}" for row in failed)
        raise StepFailed(f"pipeline {pipeline!r}: {told}. Finished steps are kept; run it again to go on")


def _groups(pipeline: Pipeline) -> list[list[Step]]:
    """Steps to run one after another; report steps next to each other that can be made in one call share a group."""
    groups: list[list[Step]] = []
    for step in pipeline.steps:
        last = groups[-1] if groups else []
        joins = (
            isinstance(step, ReportStep)
            and bool(last)
            and all(isinstance(other, ReportStep) and other.settings == step.settings for other in last)
            and not {other.id for other in last} & set(pipeline.needs(step))
        )
        if joins:
            last.append(step)
        else:
            groups.append([step])
    return groups


@dataclass
class _Running:
    """One run of a pipeline in progress."""

    lab: PipelineLab
    pipeline: Pipeline
    journal: Journal
    progress: Progress
    records: dict[str, StepRecord] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)

    def group(self, steps: Sequence[Step]) -> None:
        ready = [step for step in steps if self._is_due(step)]
        if not ready:
            return
        self.repeated |= {step.id for step in ready}
        began = self.journal.now()
        self._note({step.id: StepRecord(StepState.STARTED, began) for step in ready})
        clock = time.perf_counter()
        try:
            ended = self._run(ready)
        except (Cancelled, KeyboardInterrupt, SystemExit):
            stopped = StepRecord(StepState.FAILED, began, self.journal.now(), error="stopped before its end")
            self._note({step.id: stopped for step in ready})
            raise
        except ScorpiusError as error:
            ended = {step.id: StepRecord(StepState.FAILED, error=str(error)) for step in ready}
        except Exception as error:  # noqa: BLE001 (a defect in one step is recorded and must not stop the others)
            told = f"{type(error).__name__}: {error}"
            ended = {step.id: StepRecord(StepState.FAILED, error=told) for step in ready}
        seconds = time.perf_counter() - clock
        now = self.journal.now()
        self._note({name: replace(one, started_at=began, ended_at=now, seconds=seconds) for name, one in ended.items()})

    def _is_due(self, step: Step) -> bool:
        """Note a step that is not to run now, and say whether it is."""
        needs = self.pipeline.needs(step)
        missing = [need for need in needs if not self.records[need].done]
        if missing:
            text = f"needs {', '.join(missing)}, which did not succeed"
            self._note({step.id: StepRecord(StepState.NOT_RUN, error=text)})
            return False
        earlier = self.journal.steps.get(step.id)
        if earlier is None or not earlier.done or self._must_repeat(step, needs, earlier):
            return True
        self._note({step.id: replace(earlier, state=StepState.RESUMED)})
        return False

    def _must_repeat(self, step: Step, needs: Sequence[str], earlier: StepRecord) -> bool:
        if isinstance(step, CallStep) and self.lab.functions()[step.call].observes_world:
            return True
        return bool(self.repeated & set(needs)) or not all(Path(path).exists() for path in earlier.outputs)

    def _run(self, steps: Sequence[Step]) -> dict[str, StepRecord]:
        first = steps[0]
        if isinstance(first, CallStep):
            called = self.lab.call(first.call, first.with_, progress=self._telling(first.id))
            summary = dict(called.summary)
            return {first.id: StepRecord(StepState.SUCCEEDED, run_id=called.run_id, summary=summary)}
        return self._reports([step for step in steps if isinstance(step, ReportStep)])

    def _reports(self, steps: Sequence[ReportStep]) -> dict[str, StepRecord]:
        first = steps[0]
        wanted = {step.id: _report_names(self.pipeline, step) for step in steps}
        names = list(dict.fromkeys(name for step_names in wanted.values() for name in step_names))
        try:
            made = self.lab.report(
                names,
                first.with_,
                out=first.out,
                format=first.format,
                redact=first.redact,
                progress=self._telling("reports" if len(wanted) > 1 else first.id),
            )
            rows = list(made.iter_rows(named=True))
        except NotebookFailed as error:
            # All were made; only the steps whose report is not complete have failed.
            rows = [_of_bundle(bundle) for bundle in error.bundles]
            if len(rows) != len(names):
                raise
        made_of = dict(zip(names, rows, strict=True))  # in the order asked
        return {step: _of_reports([made_of[name] for name in names]) for step, names in wanted.items()}

    def _telling(self, name: str) -> Progress:
        return lambda done, total, text: self.progress(done, total, f"{name}: {text}" if text else name)

    def _note(self, records: Mapping[str, StepRecord]) -> None:
        self.records |= records
        self.journal.record(**records)


def _of_bundle(bundle: Any) -> dict[str, object]:
    manifest = bundle.manifest
    state = "complete" if bundle.complete else "failed"
    return {"name": manifest.report, "state": state, "path": str(bundle.folder), "error": manifest.error}


def _of_reports(rows: Sequence[Mapping[str, Any]]) -> StepRecord:
    outputs = tuple(str(row["path"]) for row in rows)
    failed = [str(row.get("error") or f"{row['name']} failed") for row in rows if row["state"] == "failed"]
    if failed or not rows:
        return StepRecord(StepState.FAILED, error="; ".join(failed) or "no report was made", outputs=outputs)
    headlines = [str(row["headline"]) for row in rows if row.get("headline")]
    return StepRecord(StepState.SUCCEEDED, outputs=outputs, summary={"headlines": headlines} if headlines else {})


def _frame(pipeline: Pipeline, records: Mapping[str, StepRecord]) -> pl.DataFrame:
    import polars as pl

    from scorpius_lab.core.identity import canonical_json

    rows = []
    for step in pipeline.steps:
        record = records[step.id]
        kind = "call" if isinstance(step, CallStep) else "report"
        rows.append(
            {
                "step": step.id,
                "kind": kind,
                "what": step.what,
                "phase": step.phase or ("render" if kind == "report" else "run"),
                "state": str(record.state),
                "seconds": round(record.seconds, 3),
                "started_at": record.started_at,
                "ended_at": record.ended_at,
                "run_id": record.run_id,
                "outputs": list(record.outputs),
                "summary": canonical_json(record.summary) if record.summary else None,
                "error": record.error,
            }
        )
    schema: dict[str, Any] = {
        "step": pl.String,
        "kind": pl.String,
        "what": pl.String,
        "phase": pl.String,
        "state": pl.String,
        "seconds": pl.Float64,
        "started_at": pl.String,
        "ended_at": pl.String,
        "run_id": pl.String,
        "outputs": pl.List(pl.String),
        "summary": pl.String,
        "error": pl.String,
    }
    times = pl.col("started_at", "ended_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_zone="UTC")
    return pl.DataFrame(rows, schema=schema).with_columns(times)
