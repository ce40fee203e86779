"""`scorpius pipeline`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import progress, records, show
from scorpius_lab.cli.session import (
    FailOn,
    FailOnOption,
    JsonOption,
    LabOption,
    end,
    find_lab,
    say,
    session,
    the_lab,
    verb,
)

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

    from scorpius_lab.lab import Lab

group = typer.Typer(no_args_is_help=True, help="Run a list of steps from a file; resume it after a crash.")

STEP_COLUMNS = {
    "step": "step",
    "what": "what",
    "phase": "phase",
    "state": "state",
    "seconds": "seconds",
    "result": "result",
    "error": "error",
}

NameArgument = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A pipeline's name, or the path of its file.")]


@verb(group, "run")
def run(
    name: NameArgument,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew instead of resuming.")] = False,
    fail_on: FailOnOption = FailOn.HIGH,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a pipeline; an interrupted run is resumed after its last finished step."""
    del lab, as_json
    opened = the_lab()
    with progress() as tell:
        steps = opened.run_pipeline(name, fresh=fresh, progress=tell)
    show_steps(steps, empty="the pipeline has no steps")
    exit_after(opened, steps, fail_on)


@verb(group, "list")
def list_(lab: LabOption = None, as_json: JsonOption = False) -> None:
    """List the pipelines that can be called by name."""
    del lab, as_json
    from scorpius_lab.integration.pipelines import known_pipelines, load_pipeline

    rows = []
    for name, path in known_pipelines(find_lab()).items():
        pipeline = load_pipeline(path)
        rows.append(
            {"name": name, "description": pipeline.description, "steps": len(pipeline.steps), "path": str(path)}
        )
    show(rows, {"name": "name", "steps": "steps", "description": "description", "path": "file"}, empty="no pipelines")


@verb(group, "check")
def check(name: NameArgument, lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Read a pipeline and check every step against the lab, without running anything."""
    del lab, as_json
    from scorpius_lab.integration.pipelines import CallStep, check_pipeline, find_pipeline, load_pipeline

    opened = the_lab()
    pipeline = load_pipeline(find_pipeline(name, opened.path))
    check_pipeline(opened, pipeline)
    rows = [
        {
            "step": step.id,
            "kind": "call" if isinstance(step, CallStep) else "report",
            "what": step.what,
            "needs": list(pipeline.needs(step)),
        }
        for step in pipeline.steps
    ]
    show(rows, {"step": "step", "kind": "kind", "what": "what", "needs": "needs"}, empty="the pipeline has no steps")


def show_steps(steps: pl.DataFrame, *, empty: str) -> None:
    """Print the frame of `run_pipeline`."""
    rows = records(steps)
    if not session().as_json:
        rows = [{**row, "result": in_words(row["summary"])} for row in rows]
    show(rows, STEP_COLUMNS, empty=empty)


def in_words(summary: object) -> str:
    """What a function returned, short enough for a table: headlines, or its counts that are not zero."""
    if not isinstance(summary, dict):
        return ""
    if summary.get("headlines"):
        return " ".join(summary["headlines"])
    counts = {**summary, **(summary.get("states") or {})}
    return ", ".join(
        f"{value} {name.replace('_', ' ')}"
        for name, value in counts.items()
        if isinstance(value, int) and not isinstance(value, bool) and value
    )


def phase_seconds(steps: pl.DataFrame) -> dict[str, float]:
    """Seconds by phase on the clock: steps that ran at the same time count once."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for phase, begin, finish in steps.select("phase", "started_at", "ended_at").iter_rows():
        if begin is not None and finish is not None:
            spans.setdefault(phase, []).append((begin, finish))
    return {phase: round(_covered(sorted(found)), 3) for phase, found in spans.items()}


def _covered(spans: list[tuple[datetime, datetime]]) -> float:
    total, reached = 0.0, None
    for begin, finish in spans:
        start = begin if reached is None else max(begin, reached)
        if finish > start:
            total += (finish - start).total_seconds()
            reached = finish
    return total


def exit_after(lab: Lab, steps: pl.DataFrame, fail_on: FailOn) -> None:
    """End with 1 if a step failed or the lab holds open findings at or above the severity."""
    failed = steps.filter(~steps["state"].is_in(["succeeded", "resumed"]))["step"].to_list()
    if failed:
        say(f"error: {', '.join(failed)} did not succeed; finished steps are kept, run it again to go on")
        end(1)
    end(1 if open_findings(lab, fail_on) else 0)


def open_findings(lab: Lab, fail_on: FailOn) -> int:
    """How many open findings there are at or above the severity; says so on standard error."""
    if fail_on is FailOn.NEVER:
        return 0
    found = lab.findings.list(severity=str(fail_on))
    count = int(found["state"].is_in(["open", "reopened", "triaged"]).sum())
    if count:
        say(f"{count} open finding(s) at or above {fail_on}: `scorpius findings list --severity {fail_on}`")
    return count
