"""The command line: exit codes, pure JSON, one line for an error, and nothing heavy at the start."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from reporting.bundles import IDENTITY, STRANGER, facts, make_bundle
from typer.testing import CliRunner, Result

from scorpius_lab.cli.app import app
from scorpius_lab.cli.output import jsonable, show
from scorpius_lab.cli.pipeline import phase_seconds
from scorpius_lab.cli.session import FailOn, begin, shown
from scorpius_lab.core.rules import Severity
from scorpius_lab.errors import NotebookFailed, StepFailed
from scorpius_lab.lab import Lab, open_lab
from scorpius_lab.reporting.manifest import ReportState

if TYPE_CHECKING:
    import typer

HEAVY = (
    "duckdb",
    "polars",
    "pandas",
    "altair",
    "pyarrow",
    "pydantic",
    "yaml",
    "cryptography",
    "sklearn",
    "numpy",
    "rich",
)
UID_ZERO = "host.account.uid-zero"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def new_lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab made once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("made") / "lab"
    assert run("init", str(folder)).exit_code == 0
    return folder


@pytest.fixture
def lab(place: Path, new_lab: Path) -> Path:
    return copy_of(new_lab, place)


def copy_of(made: Path, place: Path) -> Path:
    return Path(shutil.copytree(made, place / "lab"))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host image on which root has a double, so that one critical check fails."""
    folder = tmp_path_factory.mktemp("image")
    etc = folder / "etc"
    etc.mkdir()
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nback\x1b[31mdoor:x:0:0::/:/bin/sh\n", encoding="utf-8")
    (etc / "group").write_text("root:x:0:\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def checked_lab(tmp_path_factory: pytest.TempPathFactory, new_lab: Path, image: Path) -> Path:
    made = copy_of(new_lab, tmp_path_factory.mktemp("checked"))
    arguments = ("check", "--only", UID_ZERO, "--root", str(image), "--fail-on", "never", "--lab", str(made))
    assert run(*arguments).exit_code == 0
    return made


@pytest.fixture
def checked(place: Path, checked_lab: Path) -> Path:
    return copy_of(checked_lab, place)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def data(*arguments: str, code: int = 0) -> Any:
    """What a command prints with `--json`: nothing else may be on standard output."""
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)


def console(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """The real program in a process of its own."""
    command = [sys.executable, "-m", "scorpius_lab", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **settings)


# -- start


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom scorpius_lab.cli import main\nsys.argv = ['scorpius', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('LOADED', *sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_the_package_loads_nothing_heavy() -> None:
    script = f"import sys, scorpius_lab\nprint('LOADED', *sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["LOADED"]


def test_help_tells_the_exit_codes() -> None:
    text = " ".join(run("--help").stdout.split())
    for words in ("0 fine", "1 something found", "2 wrong use", "3 nothing could be evaluated", "4 unknown signer"):
        assert words in text


def commands(group: typer.Typer = app, before: str = "") -> Iterator[str]:
    for command in group.registered_commands:
        yield f"{before}{command.name}"
    for inner in group.registered_groups:
        yield from commands(inner.typer_instance, f"{before}{inner.name} ")


def test_every_verb_has_help_and_the_manual_names_it_with_its_options() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in commands():
        result = run(*command.split(), "--help")
        assert result.exit_code == 0, command
        assert f"`scorpius {command}" in manual, command
        for option in re.findall(r"(--[a-z-]+)", result.stdout.partition("Options:")[2]):
            assert option in manual, f"{command} {option}"


def test_version() -> None:
    assert re.fullmatch(r"scorpius_lab \d+\.\d+\.\d+\n", run("--version").stdout)


# -- errors


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["findings", "list"], 2, "there is no lab"),
        (["nonsense"], 2, "nonsense"),
        (["check", "--nonsense"], 2, "--nonsense"),
        (["check", "--fail-on", "awful"], 2, "awful"),
        (["--lab", "elsewhere", "runs", "list"], 2, "elsewhere"),
        (["verify", "not-there"], 2, "there is no folder not-there"),
    ],
)
def test_wrong_use(place: Path, arguments: list[str], code: int, words: str) -> None:
    done = console(*arguments, cwd=place)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--only", "host.account.uid-zer"], "did you mean"),
        (["findings", "show", "abc"], "at least 6"),
        (["findings", "show", "abcdef012345"], "no finding"),
        (["findings", "list", "--severity", "awful"], "critical, high"),
        (["runs", "show", "zzz"], "scorpius runs list"),
        (["report", "complaince"], "did you mean compliance"),
        (["report", "compliance", "-p", "organisation"], "name=value"),
        (["pipeline", "run", "nigthly"], "did you mean 'nightly'"),
        (["schedule", "run", "none"], "no schedule entry"),
        (["schedule", "add", "n", "nightly", "--at", "25:00"], "not a time of day"),
        (["schedule", "install"], "--systemd"),
        (["config", "check", "nothing.yaml"], "no such configuration file"),
        (["evidence", "add", "nothing.txt"], "cannot be read"),
        (["trust", "remove", "c620cc6"], "at least 8"),
    ],
)
def test_an_error_is_one_line_and_exit_2(lab: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert words in line


def test_stopping_is_130(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lab, "runs", _raising(KeyboardInterrupt()))
    result = run("runs", "list")
    assert (result.exit_code, result.stderr) == (130, "stopped; what was finished is kept\n")


def test_a_terminated_run_ends_in_order(lab: Path) -> None:
    script = (
        "import sys, time\nfrom scorpius_lab.cli import main\nfrom scorpius_lab.lab import Lab\n"
        "def wait(*_a, **_b):\n    try:\n        print('ready', flush=True)\n        time.sleep(30)\n"
        "    finally:\n        print('cleaned up', flush=True)\n"
        "Lab.runs = wait\nsys.argv = ['scorpius', 'runs', 'list']\nmain()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=lab.parent)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.communicate(timeout=20)[0] == "cleaned up\n"
    assert process.returncode == 143


def test_a_defect_is_one_line_and_keeps_its_traceback_only_if_asked(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lab, "runs", _raising(TypeError("oops")))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    result = run("runs", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: unexpected TypeError: oops; repeat with `scorpius --debug")
    assert len(result.stderr.splitlines()) == 1
    told = run("--debug", "runs", "list").stderr
    (file,) = tmp_path.glob("scorpius-*.txt")
    assert str(file) in told
    assert 'TypeError("oops")' in file.read_text() or "TypeError: oops" in file.read_text()


def _raising(error: BaseException) -> Any:
    def method(*_arguments: object, **_settings: object) -> None:
        raise error

    return method


def test_a_closed_pipe_is_quiet(lab: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "scorpius_lab", "config", "show", "--json"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, cwd=lab.parent, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


# -- which lab


def test_the_lab_is_found_upwards_given_or_from_the_environment(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = lab.parent / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert run("runs", "list").exit_code == 0
    monkeypatch.chdir(lab / "keys")
    assert run("runs", "list").exit_code == 0
    monkeypatch.chdir("/")
    assert run("runs", "list").exit_code == 2
    assert run("--lab", str(lab), "runs", "list").exit_code == 0
    assert run("runs", "list", "--lab", str(lab)).exit_code == 0
    monkeypatch.setenv("SCORPIUS_LAB", str(lab))
    assert run("runs", "list").exit_code == 0


def test_init_completes_and_never_overwrites(lab: Path) -> None:
    (lab / "scorpius.yaml").write_text("store:\n  threads: 2\n", encoding="utf-8")
    first = data("init")
    assert first["signer"] == data("init")["signer"]
    assert (lab / "scorpius.yaml").read_text() == "store:\n  threads: 2\n"


def test_init_writes_what_was_chosen(place: Path) -> None:
    assert run("init", "team", "--ducklake").exit_code == 0
    row = next(row for row in data("--lab", "team", "config", "show", "store") if row["name"] == "store.backend")
    assert (row["value"], row["origin"]) == ("ducklake", "file")


# -- check


@pytest.mark.parametrize(("level", "code"), [("never", 0), ("critical", 1), ("high", 1), ("info", 1)])
def test_check_fails_on_what_was_asked(lab: Path, image: Path, level: str, code: int) -> None:
    rows = data("check", "--only", UID_ZERO, "--root", str(image), "--fail-on", level, code=code)
    assert [(row["rule_id"], row["state"], row["severity"]) for row in rows] == [(UID_ZERO, "fail", "critical")]


def test_check_fails_on_high_by_default(lab: Path, image: Path) -> None:
    assert run("check", "--only", UID_ZERO, "--root", str(image)).exit_code == 1


def test_nothing_evaluated_is_3(lab: Path, image: Path) -> None:
    result = run("check", "--only", "host.ssh.root-login", "--root", str(image))
    assert result.exit_code == 3
    assert "nothing could be evaluated" in result.stderr


def test_check_list_needs_no_lab(place: Path) -> None:
    rows = data("check", "--list")
    assert len(rows) >= 30
    assert {"id", "severity", "title", "requirements", "remedy"} == set(rows[0])


@pytest.mark.parametrize(
    ("level", "counted"),
    [("high", ["critical", "high"]), ("never", []), ("info", ["critical", "high", "medium", "low", "info"])],
)
def test_what_a_level_counts(level: str, counted: list[str]) -> None:
    assert [s for s in ("critical", "high", "medium", "low", "info") if FailOn(level).reached_by(s)] == counted


# -- findings, evidence, runs


def test_the_life_of_a_finding(checked: Path) -> None:
    (row,) = data("findings", "list", code=1)
    finding = row["finding"]
    assert (row["severity"], row["state"]) == ("critical", "open")
    assert isinstance(row["location"], dict)
    assert row["recorded_at"].endswith("Z")
    assert run("findings", "list", "--fail-on", "never").exit_code == 0
    assert data("findings", "triage", finding, "--reason", "looking")["state"] == "triaged"
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    accepted = data("findings", "accept", finding, "--reason", "a test host", "--until", day)
    assert (accepted["state"], accepted["state_until"]) == ("accepted", f"{day}T23:59:59Z")
    assert data("findings", "list")[0]["state"] == "accepted"
    assert data("findings", "reopen", finding, "--reason", "not a test host")["state"] == "open"
    events = data("findings", "show", finding)["events"]
    assert [event["state"] for event in events][-3:] == ["triaged", "accepted", "open"]


def test_a_decision_needs_a_reason_and_a_real_day(checked: Path) -> None:
    finding = data("findings", "list", code=1)[0]["finding"]
    assert run("findings", "triage", finding).exit_code == 2
    assert run("findings", "triage", finding, "--reason", " ").exit_code == 2
    assert run("findings", "accept", finding, "--reason", "x", "--until", "someday").exit_code == 2
    assert run("findings", "accept", finding, "--reason", "x", "--until", "2020-01-01").exit_code == 2


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_findings_are_exported_once(checked: Path, place: Path, suffix: str) -> None:
    file = place / f"findings{suffix}"
    assert run("findings", "export", str(file)).exit_code == 0
    read = {".csv": pl.read_csv, ".json": pl.read_json, ".parquet": pl.read_parquet}[suffix]
    assert read(file)["rule_id"].to_list() == [UID_ZERO]
    before = file.read_bytes()
    assert run("findings", "export", str(file)).exit_code == 2
    assert file.read_bytes() == before
    assert "findings.exported" in (checked / "audit.jsonl").read_text()


def test_an_export_of_another_kind_is_refused(checked: Path, place: Path) -> None:
    assert run("findings", "export", str(place / "findings.xls")).exit_code == 2


def test_control_characters_do_not_reach_the_terminal(checked: Path) -> None:
    table = run("findings", "list")
    assert "door" in table.stdout
    assert "\x1b" not in table.stdout + run("findings", "show", data("findings", "list", code=1)[0]["finding"]).stdout
    assert shown("a\x1b[31mb\x07\nc\td\u202e") == "a�[31mb�\nc d�"


def test_evidence_in_and_out(checked: Path, place: Path) -> None:
    (place / "note.txt").write_text("seen by me", encoding="utf-8")
    added = data("evidence", "add", str(place / "note.txt"), "--source", "desk", "--classification", "public")
    assert added["source"] == "desk"
    assert data("evidence", "list", "--source", "desk")[0]["sha256"] == added["sha256"]
    assert data("evidence", "show", added["id"])["classification"] == "public"
    assert run("evidence", "export", added["sha256"], str(place / "copy.txt")).exit_code == 0
    assert (place / "copy.txt").read_text() == "seen by me"
    assert len(data("evidence", "list")) > 1


def test_runs_are_listed_and_shown(checked: Path) -> None:
    (row,) = data("runs", "list", "--function", "compliance.check")
    record = data("runs", "show", row["id"][:10])
    assert record["parameters"]["checks"] == [UID_ZERO]
    assert record["outcome"] == "succeeded"
    assert "compliance.check" in run("runs", "list").stdout


# -- configuration


def test_config_show_tells_the_origin(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORPIUS_QUANTUM_CONFIG__SECURITY_LEVEL", "5")
    monkeypatch.setenv("SCORPIUS_STORE__CATALOGUE", "postgres:password=hunter2")
    rows = {row["name"]: row for row in data("config", "show")}
    assert rows["quantum_config.security_level"]["value"] == 5
    assert rows["quantum_config.security_level"]["place"] == "SCORPIUS_QUANTUM_CONFIG__SECURITY_LEVEL"
    result = run("config", "show")
    assert "hunter2" not in result.stdout + json.dumps(rows)
    assert "enable_ai_detection" in result.stdout


def test_a_wrong_file_is_told_with_its_line(lab: Path) -> None:
    (lab / "scorpius.yaml").write_text("store:\n  encyption: true\n", encoding="utf-8")
    for arguments in (["config", "check"], ["config", "show"], ["runs", "list"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "scorpius.yaml:2: unknown key 'store.encyption'; did you mean 'encryption'?" in result.stderr


def test_the_template_is_valid(place: Path) -> None:
    (place / "mine.yaml").write_text(run("config", "template").stdout, encoding="utf-8")
    assert data("config", "check", "mine.yaml") == {"file": "mine.yaml", "valid": True}


# -- reports


def test_report_list(place: Path) -> None:
    assert {"compliance", "threat", "benchmark"} <= {row["name"] for row in data("report", "list")}


def test_report_hands_everything_to_the_lab(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def report(_lab: Lab, names: list[str], parameters: Any, **more: Any) -> pl.DataFrame:
        more.pop("progress")
        asked.append((names, parameters, more))
        return made(rows=1)

    monkeypatch.setattr(Lab, "report", report)
    rows = data("report", "threat", "x.ipynb", "-p", "organisation=A=B", "--out", "o", "--format", "pdf", "--redact")
    assert asked == [
        (["threat", "x.ipynb"], {"organisation": "A=B"}, {"out": Path("o"), "format": ["pdf"], "redact": True})
    ]
    assert rows[0]["headline"] == "All is quiet"


def made(rows: int, high: int = 0) -> pl.DataFrame:
    frame = {"name": ["threat"], "state": ["complete"], "headline": ["All is quiet"], "path": ["r/t"], "rows": [rows]}
    return pl.DataFrame(frame | {f"open_{severity}": [high if severity == "high" else 0] for severity in Severity})


@pytest.mark.parametrize(
    ("rows", "high", "options", "code"),
    [
        (9, 2, (), 1),
        (9, 2, ("--fail-on", "critical"), 0),
        (9, 2, ("--fail-on", "never"), 0),
        (9, 0, (), 0),
        (0, 0, (), 3),
    ],
)
def test_report_exits_by_what_it_shows(
    *, lab: Path, monkeypatch: pytest.MonkeyPatch, rows: int, high: int, options: tuple[str, ...], code: int
) -> None:
    monkeypatch.setattr(Lab, "report", lambda *_arguments, **_more: made(rows, high))
    assert run("report", "threat", *options).exit_code == code


def test_a_failed_report_shows_its_partial_bundle(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = SimpleNamespace(report="threat", state="failed", headline="", signer=SimpleNamespace(short_id="ab"))
    bundle = SimpleNamespace(manifest=manifest, folder=Path("reports/threat-1"))
    monkeypatch.setattr(Lab, "report", _raising(NotebookFailed("cell 3 raised", bundles=[bundle])))
    result = run("report", "threat")
    assert result.exit_code == 1
    assert "reports/threat-1" in result.stdout
    assert result.stderr == "error: cell 3 raised\n"


# -- verify and trust


def test_verify_says_good_unknown_or_broken(lab: Path, place: Path) -> None:
    bundle = make_bundle(place / "bundle", signer=STRANGER).folder
    (found,) = data("verify", str(bundle), code=4)
    assert (found["status"], found["problems"]) == ("unknown_signer", [])
    wrong = run("trust", "add", str(bundle), "--name", "Them", "--id", IDENTITY.signer.id)
    assert (wrong.exit_code, "compare the whole id" in wrong.stderr) == (2, True)
    assert run("trust", "add", str(bundle), "--name", "Them", "--id", STRANGER.signer.id).exit_code == 0
    assert data("verify", str(bundle))[0]["status"] == "good"
    assert [row["name"] for row in data("trust", "list")][-1] == "Them"
    assert run("trust", "remove", STRANGER.signer.id[:12]).exit_code == 0
    assert run("verify", str(bundle)).exit_code == 4
    page = bundle / "report.html"
    page.chmod(0o644)
    page.write_bytes(page.read_bytes() + b" ")
    broken = run("verify", str(bundle))
    assert broken.exit_code == 1
    assert "report.html" in broken.stdout
    assert run("trust", "add", str(bundle), "--name", "Them", "--id", STRANGER.signer.id).exit_code == 1


def test_one_broken_bundle_outweighs_an_unknown_one(place: Path) -> None:
    unknown = make_bundle(place / "bundle", signer=STRANGER).folder
    (place / "none").mkdir()
    assert run("verify", str(unknown), str(place / "none")).exit_code == 1


def test_verify_says_that_an_intact_bundle_is_of_a_failed_report(place: Path) -> None:
    failed = facts(state=ReportState.FAILED, error="cell 4 failed:\nValueError")
    bundle = make_bundle(place / "bundle", manifest_fields=failed).folder
    assert "intact, but the report failed: cell 4 failed: ValueError" in run("verify", str(bundle)).stdout
    (found,) = data("verify", str(bundle), code=4)
    assert (found["state"], found["report_failed"]) == ("failed", True)


def test_verify_needs_no_lab_but_takes_a_trust_file(lab: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = make_bundle(place / "bundle", signer=STRANGER).folder
    assert run("trust", "add", str(bundle), "--name", "Them", "--id", STRANGER.signer.id).exit_code == 0
    monkeypatch.chdir("/")
    assert run("verify", str(bundle)).exit_code == 4
    assert run("verify", str(bundle), "--trusted", str(lab / "trusted_signers.json")).exit_code == 0


def test_a_made_report_is_computed_again(lab: Path) -> None:
    assert run("benchmark", "run", "--budget", "0.5", "--only", "ed25519").exit_code == 0
    made = open_lab(lab).report("benchmark")
    done = data("replay", made["path"][0])
    assert (done["reproduced"], done["differences"], done["error"]) == (True, [], None)
    assert done["verification"]["status"] == "good"
    assert "reproduced" in run("replay", made["path"][0]).stdout
    (row,) = open_lab(lab).replay(made).to_dicts()
    assert (row["same"], row["exit_code"]) == (done["same"], 0)


# -- pipelines, schedules, quickstart


@pytest.fixture
def pipeline(place: Path, image: Path) -> Path:
    file = place / "small.yaml"
    file.write_text(
        f"name: small\nsteps:\n  - id: uid\n    call: compliance.check\n    with:\n      checks: [{UID_ZERO}]\n      root: {image}\n",
        encoding="utf-8",
    )
    return file


def test_a_pipeline_runs(lab: Path, pipeline: Path) -> None:
    (step,) = data("pipeline", "run", str(pipeline), "--fail-on", "never")
    assert (step["step"], step["state"], step["summary"]["checks"]) == ("uid", "succeeded", 1)
    assert run("pipeline", "run", str(pipeline)).exit_code == 1
    assert data("runs", "show", step["run_id"])["function"] == "compliance.check"


def test_a_pipeline_is_checked_without_running(lab: Path, pipeline: Path) -> None:
    assert data("pipeline", "check", str(pipeline))[0]["what"] == "compliance.check"
    pipeline.write_text(pipeline.read_text().replace("checks:", "chekcs:"), encoding="utf-8")
    result = run("pipeline", "check", str(pipeline))
    assert result.exit_code == 2
    assert "small.yaml:6: compliance.check has no parameter 'chekcs'; did you mean 'checks'?" in result.stderr
    assert data("runs", "list") == []


def test_pipelines_are_listed(place: Path) -> None:
    assert {"quickstart", "nightly"} <= {row["name"] for row in data("pipeline", "list")}


def test_the_supplied_pipelines_fit_the_lab(lab: Path) -> None:
    for name in ("quickstart", "nightly"):
        assert len(data("pipeline", "check", name)) >= 4


def test_a_schedule_from_add_to_remove(lab: Path, pipeline: Path) -> None:
    assert data("schedule", "add", "small", str(pipeline), "--at", "06:00")[0]["cron"] == "0 6 * * *"
    text = run("schedule", "install", "--systemd", "--print").stdout
    assert f'"--lab" "{lab.resolve()}" "schedule" "run" "small"' in text
    assert "schedule run small" in data("schedule", "install", "--cron", "--print")["crontab"]
    assert data("schedule", "run", "small", "--if-due") == []
    assert data("schedule", "run", "small")[0]["state"] == "succeeded"
    assert data("schedule", "list")[0]["last_outcome"] == "succeeded"


def test_a_failed_step_makes_a_scheduled_run_exit_1(lab: Path, pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("schedule", "add", "small", str(pipeline), "--cron", "@daily")
    monkeypatch.setattr(Lab, "run_pipeline", _raising(StepFailed("uid: no")))
    assert run("schedule", "run", "small").exit_code == 1
    assert data("schedule", "list")[0]["last_outcome"] == "failed"


def steps(*states: str) -> pl.DataFrame:
    begin = datetime(2026, 11, 22, 12, tzinfo=UTC)
    rows = [("checks", "collect", 0, 4), ("measure", "measure", 4, 9), ("a", "render", 9, 12), ("b", "render", 9, 11)]
    return pl.DataFrame(
        {
            "step": [row[0] for row in rows],
            "phase": [row[1] for row in rows],
            "state": list(states) or ["succeeded"] * 4,
            "seconds": [float(row[3] - row[2]) for row in rows],
            "started_at": [begin + timedelta(seconds=row[2]) for row in rows],
            "ended_at": [begin + timedelta(seconds=row[3]) for row in rows],
            "outputs": [[], [], ["reports/a"], ["reports/b"]],
            "summary": ['{"findings": 2, "states": {"fail": 3}}', None, '{"headlines": ["Two are wrong"]}', None],
            "error": [None] * 4,
            "what": ["x"] * 4,
        }
    )


def test_phases_count_parallel_steps_once() -> None:
    assert phase_seconds(steps()) == {"collect": 4.0, "measure": 5.0, "render": 3.0}


def test_quickstart_makes_a_lab_and_ignores_findings_unless_asked(
    place: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lab, "quickstart", lambda *_arguments, **_more: steps())
    result = run("quickstart")
    assert result.exit_code == 0
    assert "collect 4.0 s   measure 5.0 s   render 3.0 s" in result.stdout
    assert "reports/a/report.html" in result.stdout
    assert "2 findings, 3 fail" in result.stdout
    assert "Two are wrong" in result.stdout
    run("check", "--only", UID_ZERO, "--root", str(image))
    assert run("quickstart").exit_code == 0
    assert run("quickstart", "--fail-on", "high").exit_code == 1
    assert data("quickstart")["bundles"] == ["reports/a", "reports/b"]


def test_quickstart_fails_when_a_step_failed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = steps("succeeded", "failed", "succeeded", "not_run")
    monkeypatch.setattr(Lab, "quickstart", lambda *_arguments, **_more: frame)
    assert run("quickstart").exit_code == 1


# -- other engines


def test_threats_scan_and_benchmark_run_reach_the_lab(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pl.DataFrame({"state": ["pass"], "severity": ["high"], "rule_id": ["a.b"], "title": ["T"], "reason": [""]})
    seen = seen.with_columns(asset=pl.lit("auth.log (web-1)"))
    asked: list[Any] = []

    def answer(_lab: Lab, *arguments: Any, **more: Any) -> pl.DataFrame:
        more.pop("progress")
        asked.append((arguments, more))
        return seen

    monkeypatch.setattr(Lab, "threats", answer)
    monkeypatch.setattr(Lab, "benchmark", answer)
    assert data("threats", "scan", "auth.log")[0]["rule_id"] == "a.b"
    assert data("benchmark", "run", "--budget", "1", "--only", "kem")[0]["state"] == "pass"
    assert asked == [(([Path("auth.log")],), {"sample": False}), ((), {"budget_seconds": 1.0, "only": ["kem"]})]


def test_what_the_sample_shows_does_not_decide_how_a_scan_of_this_host_ends(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = pl.DataFrame(
        {
            "state": ["fail", "not_evaluated"], "severity": ["critical", "high"], "rule_id": ["a.b", "a.b"],
            "title": ["T", "T"], "reason": ["", ""], "asset": ["linux (bundled sample)", "linux (web-1)"],
        }
    )  # fmt: skip
    monkeypatch.setattr(Lab, "threats", lambda *_, **__: seen)
    ended = run("threats", "scan")
    assert ended.exit_code == 3
    assert "No log could be read here" in ended.stderr
    assert run("threats", "scan", "--sample").exit_code == 1


def test_a_column_without_any_value_is_left_out_with_its_cells(capsys: pytest.CaptureFixture[str]) -> None:
    begin(None, as_json=False, debug=False)
    rows = [{"a": 1, "b": None, "c": "x"}, {"a": 2, "b": None, "c": None}]
    show(rows, {"a": "A", "b": "B", "c": "C"}, empty="")
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["A", "C"], ["1", "x"], ["2", "-"]]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (timedelta(seconds=1.5), 1.5),
        (b"\x01\xff", "01ff"),
        ({"a": (1, Path("x"))}, {"a": [1, "x"]}),
        (FailOn.HIGH, "high"),
    ],
)
def test_what_json_cannot_hold(value: object, expected: object) -> None:
    assert jsonable(value) == expected
    json.dumps(jsonable(value), allow_nan=False)
