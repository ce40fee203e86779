"""`lab.schedule`: add, list, remove, run and install."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.runs import Clock, Progress, silent
from scorpius_lab.core.yaml_document import nearest
from scorpius_lab.errors import AlreadyRunning, ScheduleError
from scorpius_lab.integration.exclusive import exclusive
from scorpius_lab.integration.pipelines.journal import StepState
from scorpius_lab.integration.pipelines.model import NAME
from scorpius_lab.integration.pipelines.reading import find_pipeline, known_pipelines, load_pipeline
from scorpius_lab.integration.pipelines.run import raise_if_failed
from scorpius_lab.integration.schedule.cron import at_time, parse_cron
from scorpius_lab.integration.schedule.entries import Entry, History, Performance, read_entries, write_entries
from scorpius_lab.integration.schedule.install import Installation, command_line, install, uninstall

if TYPE_CHECKING:
    import polars as pl

MISSED_SHOWN = 1000


class ScheduledLab(Protocol):
    """What a schedule needs of a lab."""

    @property
    def path(self) -> Path:
        """The lab folder."""

    @property
    def audit(self) -> AuditSink:
        """Where changes are told."""

    @property
    def clock(self) -> Clock:
        """The present moment."""

    def run_pipeline(self, name: str | Path, *, fresh: bool = ..., progress: Progress = ...) -> pl.DataFrame:
        """Run a pipeline: one row per step."""


class ScheduleRegister:
    """The schedule of one lab. All times are UTC."""

    def __init__(self, lab: ScheduledLab) -> None:
        """Stand on this lab; nothing is read yet."""
        self._lab = lab

    def entries(self) -> dict[str, Entry]:
        """The entries by name. Raises ScheduleError if the file is not valid."""
        return read_entries(self._file)

    def add(self, name: str, pipeline: str | Path, *, at: str | None = None, cron: str | None = None) -> pl.DataFrame:
        """Add an entry: `at` every day at HH:MM, or five cron fields. Returns it as `list` shows it.

        Raises ScheduleError for a wrong or taken name or time, PipelineError for a pipeline that cannot be read.
        """
        if not re.fullmatch(NAME, name):
            raise ScheduleError(f"{name!r} is not a name for an entry; use lower-case letters, digits, - and _")
        if (at is None) == (cron is None):
            raise ScheduleError("say when: either `--at HH:MM` or `--cron` with five fields, in UTC")
        text = at_time(at) if at is not None else str(cron)
        entry = Entry(
            name=name, cron=parse_cron(text).text, pipeline=self._pipeline(pipeline), added_at=self._lab.clock()
        )
        with self._changing():
            entries = self.entries()
            if name in entries:
                raise ScheduleError(f"there is an entry {name!r} already; remove it first or choose another name")
            write_entries(self._file, [*entries.values(), entry])
        self._lab.audit.record("schedule.added", name, detail={"cron": entry.cron, "pipeline": entry.pipeline})
        return self._frame([entry])

    def remove(self, name: str) -> Entry:
        """Take an entry out, with its systemd timer or crontab line if there is one. Raises ScheduleError."""
        entry = self._entry(name)
        with self._changing():
            left = [other for other in self.entries().values() if other.name != name]
            write_entries(self._file, left)
        uninstall(self._lab.path, name, left)
        self._lab.audit.record("schedule.removed", name)
        return entry

    def list(self) -> pl.DataFrame:
        """One row per entry: when it runs next, when and how it ran last, and how many runs were missed.

        A run is missed when its time has passed since the last success (or since the entry was added) and it is not
        running now.
        """
        return self._frame(self.entries().values())

    def run(self, name: str, *, if_due: bool = False, progress: Progress = silent) -> pl.DataFrame:
        """Run an entry's pipeline now and note how it went; this is what the timer calls. One row per step.

        With `if_due` nothing happens (an empty frame) unless a time has passed since it last started. Raises
        AlreadyRunning when it is running, StepFailed when a step failed, ScheduleError for an unknown entry.
        """
        import polars as pl

        entry, history, lab = self._entry(name), self._history(name), self._lab
        with exclusive(self._lock(name), f"schedule entry {name!r}", clock=lab.clock):
            if if_due and not self._is_due(entry, history.read()):
                return pl.DataFrame()
            history.begin(lab.clock())
            try:
                steps = lab.run_pipeline(entry.pipeline, progress=progress)
                raise_if_failed(entry.pipeline, steps)
            except BaseException as error:
                told = str(error) or type(error).__name__
                history.end(lab.clock(), "failed", told)
                raise
            history.end(lab.clock(), "succeeded" if _all_done(steps) else "failed")
        return steps

    def history(self, name: str) -> Sequence[Performance]:
        """The last runs of an entry, oldest first. Raises ScheduleError for an unknown entry."""
        return self._history(self._entry(name).name).read()

    def install(self, how: Literal["systemd", "cron"], *, only_show: bool = False) -> Installation:
        """Write a systemd user timer or a crontab line for every entry; `only_show` returns them without writing.

        Raises MissingProgram when systemctl or crontab is not there, ScheduleError when there is nothing to install
        or a path cannot be written into such a file.
        """
        entries = list(self.entries().values())
        if not entries:
            raise ScheduleError("there is nothing to install; add an entry first: `scorpius schedule add`")
        result = install(how, self._lab.path, entries, command_line(), only_show=only_show)
        if not only_show:
            self._lab.audit.record("schedule.installed", how, detail={"entries": [entry.name for entry in entries]})
        return result

    # -- inside

    @property
    def _file(self) -> Path:
        return self._lab.path / "state" / "schedule.yaml"

    def _lock(self, name: str) -> Path:
        return self._lab.path / "locks" / f"schedule-{name}.lock"

    def _history(self, name: str) -> History:
        return History(self._lab.path / "state" / "schedule" / f"{name}.json")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        # No entry can have this name, so that it is a lock of its own.
        with exclusive(self._lab.path / "locks" / "schedule.lock", "a change of the schedule"):
            yield

    def _entry(self, name: str) -> Entry:
        entries = self.entries()
        if name not in entries:
            raise ScheduleError(f"there is no schedule entry {name!r}{nearest(name, list(entries))}")
        return entries[name]

    def _pipeline(self, pipeline: str | Path) -> str:
        """What is kept: the name of a known pipeline, or an absolute path, since a timer starts anywhere."""
        found = find_pipeline(pipeline, self._lab.path)
        load_pipeline(found)
        is_known = not Path(pipeline).is_file() and str(pipeline) in known_pipelines(self._lab.path)
        return str(pipeline) if is_known else str(found.resolve())

    def _is_due(self, entry: Entry, runs: Sequence[Performance]) -> bool:
        since = max([entry.added_at, *(run.started_at for run in runs)])
        return bool(entry.times.due(since, self._lab.clock(), at_most=1))

    def _running(self, name: str) -> bool:
        if not self._lock(name).exists():
            return False
        try:
            with exclusive(self._lock(name), name):
                return False
        except AlreadyRunning:
            return True

    def _frame(self, entries: Iterable[Entry]) -> pl.DataFrame:
        import polars as pl

        rows = [self._row(entry) for entry in entries]
        moment = pl.Datetime("us", "UTC")
        return pl.DataFrame(
            rows,
            schema={
                "name": pl.String,
                "cron": pl.String,
                "pipeline": pl.String,
                "next_run": moment,
                "last_run": moment,
                "last_outcome": pl.String,
                "last_error": pl.String,
                "missed": pl.Int64,
                "running": pl.Boolean,
            },
        )

    def _row(self, entry: Entry) -> dict[str, object]:
        now = self._lab.clock()
        runs = self._history(entry.name).read()
        running = self._running(entry.name)
        last = runs[-1] if runs else None
        successes = [run.started_at for run in runs if run.outcome == "succeeded"]
        until = last.started_at if running and last else now
        missed = len(entry.times.due(max([entry.added_at, *successes]), until, at_most=MISSED_SHOWN))
        outcome = last.outcome if last else None
        if outcome == "started" and not running:
            outcome = "interrupted"
        return {
            "name": entry.name,
            "cron": entry.cron,
            "pipeline": entry.pipeline,
            "next_run": entry.times.next_after(now),
            "last_run": last.started_at if last else None,
            "last_outcome": outcome,
            "last_error": last.error if last else None,
            "missed": max(0, missed - 1) if running else missed,  # the one that runs now is being made up for
            "running": running,
        }


def _all_done(steps: pl.DataFrame) -> bool:
    return set(steps["state"]) <= {StepState.SUCCEEDED, StepState.RESUMED}
