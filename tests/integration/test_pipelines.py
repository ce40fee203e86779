"""Pipelines: reading with places, order, resuming, overlap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import polars as pl
import pytest
from integration.fakes import FakeLab

from scorpius_lab.errors import AlreadyRunning, PipelineError, ReportError, ScorpiusError, StepFailed
from scorpius_lab.integration.exclusive import exclusive
from scorpius_lab.integration.pipelines import (
    Pipeline,
    find_pipeline,
    known_pipelines,
    load_pipeline,
    parse_pipeline,
    run_pipeline,
)
from scorpius_lab.integration.pipelines.reading import supplied_folder
from scorpius_lab.integration.pipelines.run import raise_if_failed

CHAIN = """
name: chain
steps:
  - {id: look, call: host.look}
  - {id: sum, call: pure.sum, needs: [], with: {depth: 2}}
  - {id: more, call: pure.more, needs: [sum]}
"""
THREE_REPORTS = """
name: pages
steps:
  - {id: a, report: compliance}
  - {id: b, reports: [threat, benchmark]}
"""


@pytest.fixture
def lab(tmp_path: Path) -> FakeLab:
    return FakeLab(tmp_path)


def states(frame: pl.DataFrame) -> dict[str, str]:
    return dict(frame.select("step", "state").iter_rows())


def read(text: str) -> Pipeline:
    return parse_pipeline(dedent(text), "p.yaml")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("name: p\nsteps:\n  - id: a\n    cal: host.look\n", "p.yaml:3", "either `call` or `report`"),
        ("name: p\nsteps:\n  - id: a\n    call: host.look\n    wth: {}\n", "p.yaml:5", "did you mean 'with'"),
        ("name: p\nsteps:\n  - call: host.look\n", "p.yaml:3", "id: a value is required"),
        ("name: p\nsteps:\n  - id: a\n    call: 5\n", "p.yaml:4", "call: expected text"),
        ("name: p\nsteps:\n  - id: a\n    report: x\n    format: docx\n", "p.yaml:5", "'html', 'pdf' or 'ipynb'"),
        ("name: p\nsteps:\n  - id: a\n    report: x\n    redact: perhaps\n", "p.yaml:5", "redact"),
        ("name: p\nsteps:\n  - id: a\n    call: a.b\n    needs: [z]\n", "p.yaml:5", "not a step above"),
        ("name: p\nsteps:\n  - {id: a, call: a.b}\n  - {id: a, call: a.b}\n", "p.yaml:4", "used twice"),
        ("name: P p\nsteps:\n  - {id: a, call: a.b}\n", "p.yaml:1", "`name` must be"),
        ("name: p\nstep: []\n", "p.yaml:2", "did you mean 'steps'"),
        ("name: p\nsteps: []\n", "p.yaml:2", "at least one step"),
        ("name: p\nsteps:\n  - hello\n", "p.yaml:3", "a step is"),
        ("just text", "p.yaml:1", "a pipeline is"),
        ("name: p\nname: q\n", "p.yaml:2", "given twice"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(text: str, place: str, words: str) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_pipeline(text, "p.yaml")
    assert str(caught.value).startswith(f"{place}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("call: host.lok", "p.yaml:4: there is no function 'host.lok'; did you mean 'host.look'"),
        ("call: host.look\n    with: {dpth: 3}", "p.yaml:5: host.look has no parameter 'dpth'; did you mean 'depth'"),
        ("call: host.look\n    with:\n      depth: deep", "p.yaml:6: host.look: depth: expected a valid integer"),
        ("report: complaince", "there is no report 'complaince'; did you mean 'compliance'"),
        ("report: mine.ipynb", "there is no notebook mine.ipynb"),
    ],
)
def test_nothing_starts_when_a_step_could_not(lab: FakeLab, step: str, words: str) -> None:
    text = f"name: p\nsteps:\n  - {step}\n    id: last\n".replace("  - call", "  -\n    call")
    with pytest.raises(PipelineError) as caught:
        run_pipeline(lab, parse_pipeline(text, "p.yaml"))
    assert words in str(caught.value)
    assert lab.asked == []


def test_steps_run_in_order_and_say_what_they_did(lab: FakeLab) -> None:
    told: list[str] = []
    frame = run_pipeline(lab, read(CHAIN), progress=lambda _done, _total, text: told.append(text))
    assert lab.asked == ["host.look", "pure.sum", "pure.more"]
    assert set(states(frame).values()) == {"succeeded"}
    assert frame["run_id"].to_list() == ["run-of-host.look", "run-of-pure.sum", "run-of-pure.more"]
    assert json.loads(frame["summary"][1]) == {"depth": 2}
    assert frame["started_at"].dtype == pl.Datetime("us", "UTC")
    assert told == ["look: done", "sum: done", "more: done"]


def test_neighbouring_reports_are_made_in_one_call(lab: FakeLab) -> None:
    frame = run_pipeline(lab, read(THREE_REPORTS))
    assert lab.asked == [("compliance", "threat", "benchmark")]
    assert [len(paths) for paths in frame["outputs"]] == [1, 2]


def test_settings_of_a_report_step_reach_the_lab(lab: FakeLab) -> None:
    step = "{id: a, report: threat, format: pdf, out: pages, redact: true, with: {days: 7}}"
    run_pipeline(lab, read(f"name: pages\nsteps:\n  - {step}\n"))
    assert lab.settings == [{"parameters": {"days": 7}, "out": Path("pages"), "format": ("pdf",), "redact": True}]


@pytest.mark.parametrize("second", ["report: threat, needs: [a]", "report: threat, redact: true"])
def test_reports_that_differ_or_depend_are_made_apart(lab: FakeLab, second: str) -> None:
    run_pipeline(lab, read(f"name: pages\nsteps:\n  - {{id: a, report: compliance}}\n  - {{id: b, {second}}}\n"))
    assert lab.asked == [("compliance",), ("threat",)]


def test_after_a_crash_finished_steps_are_not_repeated_but_the_world_is_looked_at_again(lab: FakeLab) -> None:
    lab.failing = {"pure.more": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(lab, read(CHAIN))
    lab.failing, lab.asked = {}, []
    frame = run_pipeline(lab, read(CHAIN))
    assert lab.asked == ["host.look", "pure.more"]
    assert states(frame) == {"look": "succeeded", "sum": "resumed", "more": "succeeded"}
    assert frame["run_id"][1] == "run-of-pure.sum"


def test_what_depends_on_a_repeated_step_is_repeated(lab: FakeLab) -> None:
    text = "name: p\nsteps:\n  - {id: look, call: host.look}\n  - {id: sum, call: pure.sum}\n  - {id: last, call: pure.more}\n"
    lab.failing = {"pure.more": ScorpiusError("no")}
    run_pipeline(lab, read(text))
    lab.failing, lab.asked = {}, []
    run_pipeline(lab, read(text))
    assert lab.asked == ["host.look", "pure.sum", "pure.more"]


def test_a_process_killed_in_a_step_loses_only_that_step(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from scorpius_lab.integration.pipelines import parse_pipeline, run_pipeline
from integration.fakes import FakeLab
class Killed(FakeLab):
    def call(self, name, parameters, *, progress):
        if name == "pure.more":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().call(name, parameters, progress=progress)
run_pipeline(Killed(Path({str(tmp_path)!r})), parse_pipeline({CHAIN!r}, "p.yaml"))
"""
    ended = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[1])
    assert ended.returncode == -9
    lab = FakeLab(tmp_path)
    assert states(run_pipeline(lab, read(CHAIN)))["sum"] == "resumed"


def test_a_finished_pipeline_begins_anew(lab: FakeLab) -> None:
    run_pipeline(lab, read(CHAIN))
    run_pipeline(lab, read(CHAIN))
    assert lab.asked == ["host.look", "pure.sum", "pure.more"] * 2


@pytest.mark.parametrize("change", ["fresh", "text", "version", "age", "damage"])
def test_what_makes_a_run_begin_anew(lab: FakeLab, change: str) -> None:
    begin = datetime(2026, 11, 1, 2, tzinfo=UTC)
    lab.failing = {"pure.more": ScorpiusError("no")}
    run_pipeline(lab, read(CHAIN), clock=lambda: begin)
    text = CHAIN.replace("depth: 2", "depth: 3") if change == "text" else CHAIN
    lab.version = "2" if change == "version" else "1"
    if change == "damage":
        (lab.path / "state" / "pipelines" / "chain.json").write_text("{", encoding="utf-8")
    later = begin + timedelta(hours=23 if change == "age" else 1)
    frame = run_pipeline(lab, read(text), fresh=change == "fresh", clock=lambda: later)
    assert states(frame)["sum"] == "succeeded"


def test_a_bundle_that_is_gone_is_made_again(lab: FakeLab) -> None:
    text = "name: p\nsteps:\n  - {id: a, report: threat, needs: []}\n  - {id: b, call: pure.sum, needs: []}\n"
    lab.failing = {"pure.sum": ScorpiusError("no")}
    run_pipeline(lab, read(text))
    assert states(run_pipeline(lab, read(text)))["a"] == "resumed"
    (lab.path / "reports" / "threat").rmdir()
    assert states(run_pipeline(lab, read(text)))["a"] == "succeeded"


def test_a_failed_step_stops_what_needs_it_and_nothing_else(lab: FakeLab) -> None:
    lab.failing = {"pure.sum": ValueError("a defect")}
    frame = run_pipeline(lab, read(CHAIN + "  - {id: page, report: threat, needs: [look]}\n"))
    assert states(frame) == {"look": "succeeded", "sum": "failed", "more": "not_run", "page": "succeeded"}
    assert frame["error"].to_list()[1:3] == ["ValueError: a defect", "needs sum, which did not succeed"]
    with pytest.raises(StepFailed, match="sum: ValueError: a defect"):
        raise_if_failed("chain", frame)


def test_one_failed_report_does_not_hide_the_others(lab: FakeLab) -> None:
    lab.failing = {"threat": ReportError("cell 3 raised")}
    frame = run_pipeline(lab, read(THREE_REPORTS))
    assert states(frame) == {"a": "succeeded", "b": "failed"}
    assert frame["error"][1] == "cell 3 raised"


def test_overlap_is_refused_and_names_the_process(lab: FakeLab) -> None:
    held = exclusive(lab.path / "locks" / "pipeline-chain.lock", "the test")
    words = rf"'chain' is already running \(process {os.getpid()}, since 20"
    with held, pytest.raises(AlreadyRunning, match=words):
        run_pipeline(lab, read(CHAIN))
    assert lab.asked == []
    run_pipeline(lab, read(CHAIN))


def test_a_notebook_path_starts_at_the_pipeline_file(lab: FakeLab, tmp_path: Path) -> None:
    (tmp_path / "mine.ipynb").write_text("{}", encoding="utf-8")
    file = tmp_path / "p.yaml"
    file.write_text("name: p\nsteps:\n  - {id: a, report: mine.ipynb}\n", encoding="utf-8")
    assert states(run_pipeline(lab, load_pipeline(file))) == {"a": "succeeded"}


@pytest.mark.parametrize("name", ["quickstart", "nightly"])
def test_the_supplied_pipelines_are_read(name: str) -> None:
    pipeline = load_pipeline(supplied_folder() / f"{name}.yaml")
    assert pipeline.name == name
    assert pipeline.description


def test_pipelines_are_found_by_path_or_name(tmp_path: Path) -> None:
    own = tmp_path / "pipelines" / "nightly.yaml"
    own.parent.mkdir()
    own.write_text("name: nightly\n", encoding="utf-8")
    assert find_pipeline("nightly", tmp_path / "lab") == own
    assert find_pipeline(str(own)) == own
    assert set(known_pipelines()) >= {"quickstart", "nightly"}
    with pytest.raises(PipelineError, match="did you mean 'nightly'"):
        find_pipeline("nihgtly")
