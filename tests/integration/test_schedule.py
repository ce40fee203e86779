"""Schedules: entries, missed runs, overlap, and the files that timers are made of."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.core.audit import FileAuditSink
from scorpius_lab.errors import AlreadyRunning, MissingProgram, PipelineError, ScheduleError, ScorpiusError, StepFailed
from scorpius_lab.integration.exclusive import exclusive
from scorpius_lab.integration.schedule import Entry, ScheduleRegister, crontab_block, systemd_units
from scorpius_lab.integration.schedule import install as installing

BEGIN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    moment: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.moment


@dataclass
class ScheduledFake:
    path: Path
    clock: Clock = field(default_factory=Clock)
    outcome: str = "succeeded"
    raises: BaseException | None = None
    ran: list[Any] = field(default_factory=list)

    @property
    def audit(self) -> FileAuditSink:
        return FileAuditSink(self.path / "audit.jsonl")

    def run_pipeline(self, name: str | Path, *, fresh: bool = False, progress: Any = None) -> pl.DataFrame:
        self.ran.append((name, fresh, progress is not None))
        if self.raises is not None:
            raise self.raises
        return pl.DataFrame(
            {"step": ["a"], "state": [self.outcome], "error": ["it broke" if self.outcome == "failed" else None]}
        )


@pytest.fixture
def lab(tmp_path: Path) -> ScheduledFake:
    (tmp_path / "lab").mkdir()
    return ScheduledFake(tmp_path / "lab")


@pytest.fixture
def schedule(lab: ScheduledFake) -> ScheduleRegister:
    return ScheduleRegister(lab)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose `crontab` and `systemctl` are ours: nothing of the person running the tests is touched."""
    programs = tmp_path / "programs"
    programs.mkdir()
    _program(
        programs / "crontab",
        'case "$1" in -l) cat "$0.txt" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; };; -) cat > "$0.txt";; esac',
    )
    _program(programs / "systemctl", 'echo "$@" >> "$0.txt"')
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return programs


def _program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def only(frame: pl.DataFrame) -> dict[str, Any]:
    (row,) = frame.iter_rows(named=True)
    return row


# -- entries


def test_an_entry_is_kept_and_shown(schedule: ScheduleRegister, lab: ScheduledFake) -> None:
    row = only(schedule.add("nightly", "nightly", at="06:00"))
    assert row["cron"] == "0 6 * * *"
    assert row["next_run"] == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert (row["last_run"], row["missed"], row["running"]) == (None, 0, False)
    assert only(ScheduleRegister(lab).list()) == row
    assert [entry.action for entry in lab.audit.entries()] == ["schedule.added"]


def test_an_entry_is_removed(schedule: ScheduleRegister) -> None:
    schedule.add("nightly", "nightly", cron="@hourly")
    schedule.remove("nightly")
    assert schedule.list().is_empty()
    with pytest.raises(ScheduleError, match="no schedule entry 'nightly'"):
        schedule.remove("nightly")


def test_a_pipeline_given_as_a_path_is_kept_absolute(
    schedule: ScheduleRegister, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nsteps:\n  - {id: a, call: a.b}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert only(schedule.add("mine", "mine.yaml", at="1:30"))["pipeline"] == str(tmp_path / "mine.yaml")


@pytest.mark.parametrize(
    ("name", "when", "words"),
    [
        ("Nightly!", {"at": "06:00"}, "not a name"),
        ("../etc", {"at": "06:00"}, "not a name"),
        ("n", {}, "say when"),
        ("n", {"at": "06:00", "cron": "@daily"}, "say when"),
        ("n", {"at": "25:00"}, "not a time of day"),
        ("n", {"cron": "0 6 * *"}, "4 fields"),
        ("taken", {"at": "06:00"}, "already"),
    ],
)
def test_wrong_entries_are_refused(schedule: ScheduleRegister, name: str, when: dict[str, str], words: str) -> None:
    schedule.add("taken", "nightly", at="05:00")
    with pytest.raises(ScheduleError, match=words):
        schedule.add(name, "nightly", **when)
    assert list(schedule.entries()) == ["taken"]


def test_an_unknown_or_broken_pipeline_is_refused(schedule: ScheduleRegister, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: bad\n", encoding="utf-8")
    with pytest.raises(PipelineError, match="no pipeline"):
        schedule.add("n", "nigtly", at="06:00")
    with pytest.raises(PipelineError, match=r"bad\.yaml"):
        schedule.add("n", tmp_path / "bad.yaml", at="06:00")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("entries", r"schedule\.yaml:1: the schedule must be a list"),
        (
            "- name: a\n  cron: '0 6 * *'\n  pipeline: p\n  added_at: 2026-01-01T00:00:00Z\n",
            r"schedule\.yaml:2: .*4 fields",
        ),
        ("- name: a\n  cron: '@daily'\n  pipline: p\n", r"schedule\.yaml:1: pipeline: a value is required"),
        ("- name: a\n  cron: '@daily'\n  pipeline: p\n  added_at: 2026-01-01\n", r"schedule\.yaml:4: added_at"),
    ],
)
def test_a_file_edited_wrongly_is_refused_with_its_line(
    schedule: ScheduleRegister, lab: ScheduledFake, text: str, words: str
) -> None:
    file = lab.path / "state" / "schedule.yaml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScheduleError, match=words):
        schedule.list()


# -- running


def test_a_run_is_noted_with_its_outcome(schedule: ScheduleRegister, lab: ScheduledFake) -> None:
    schedule.add("nightly", "nightly", at="06:00")
    lab.clock.moment += timedelta(hours=18, minutes=1)
    assert schedule.run("nightly")["state"].to_list() == ["succeeded"]
    row = only(schedule.list())
    assert (row["last_run"], row["last_outcome"], row["missed"]) == (lab.clock.moment, "succeeded", 0)
    assert lab.ran == [("nightly", False, True)]


@pytest.mark.parametrize(
    ("outcome", "raises", "expected"),
    [
        ("failed", None, StepFailed),
        ("succeeded", ScorpiusError("no store"), ScorpiusError),
        ("succeeded", KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_failure_is_noted_and_raised(
    schedule: ScheduleRegister,
    lab: ScheduledFake,
    outcome: str,
    raises: BaseException | None,
    expected: type[BaseException],
) -> None:
    schedule.add("nightly", "nightly", at="06:00")
    lab.outcome, lab.raises = outcome, raises
    lab.clock.moment += timedelta(days=1)
    with pytest.raises(expected):
        schedule.run("nightly")
    row = only(schedule.list())
    assert (row["last_outcome"], row["missed"]) == ("failed", 1)
    assert row["last_error"]


def test_missed_runs_are_counted_from_the_last_success(schedule: ScheduleRegister, lab: ScheduledFake) -> None:
    schedule.add("often", "nightly", cron="0 * * * *")
    lab.clock.moment += timedelta(hours=3, minutes=30)
    assert only(schedule.list())["missed"] == 3
    schedule.run("often")
    assert only(schedule.list())["missed"] == 0
    lab.clock.moment += timedelta(hours=2)
    assert only(schedule.list())["missed"] == 2


def test_a_run_whose_process_died_is_shown_as_interrupted(schedule: ScheduleRegister, lab: ScheduledFake) -> None:
    schedule.add("nightly", "nightly", at="06:00")
    history = lab.path / "state" / "schedule" / "nightly.json"
    history.parent.mkdir()
    history.write_text(
        '[{"started_at": "2026-11-22T12:00:00Z", "pid": 1, "ended_at": null, "outcome": "started", "error": null}]',
        encoding="utf-8",
    )
    assert only(schedule.list())["last_outcome"] == "interrupted"


def test_overlap_is_refused_and_shown(schedule: ScheduleRegister, lab: ScheduledFake) -> None:
    schedule.add("nightly", "nightly", at="06:00")
    with exclusive(lab.path / "locks" / "schedule-nightly.lock", "the test"):
        assert only(schedule.list())["running"] is True
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
            schedule.run("nightly")
    assert lab.ran == []
    assert only(schedule.list())["running"] is False


def test_if_due_runs_once_for_each_time(schedule: ScheduleRegister, lab: ScheduledFake) -> None:
    schedule.add("nightly", "nightly", at="06:00")
    assert schedule.run("nightly", if_due=True).is_empty()
    lab.clock.moment += timedelta(hours=18, minutes=30)
    assert not schedule.run("nightly", if_due=True).is_empty()
    lab.clock.moment += timedelta(hours=1)
    assert schedule.run("nightly", if_due=True).is_empty()
    assert len(lab.ran) == 1


# -- systemd


def units(folder: str, program: str = "/opt/venv/bin/scorpius") -> tuple[str, str]:
    entry = Entry(name="nightly", cron="0 6 * * *", pipeline="nightly", added_at=BEGIN)
    service, timer = systemd_units(Path(folder), [entry], [program]).values()
    return service, timer


def test_a_timer_in_utc_that_makes_up_for_missed_runs() -> None:
    _, timer = units("/srv/lab")
    assert "OnCalendar=*-*-* 06:00:00 UTC\n" in timer
    assert "Persistent=true\n" in timer


def test_systemd_quoting() -> None:
    service, _ = units('/srv/100% "mine" $HOME \\x/lab', "/opt/my $tools/50%/scorpius")
    expected = r'''ExecStart="/opt/my $tools/50%%/scorpius" "--lab" "/srv/100%% \"mine\" $$HOME \\x/lab" "schedule" "run" "nightly"'''
    assert expected in service
    assert 'WorkingDirectory=/srv/100%% "mine" $HOME \\x\n' in service


@pytest.mark.parametrize("folder", ["/srv/a\nExecStart=/bin/evil/lab", "/srv/\x00/lab"])
def test_a_path_that_could_add_a_line_is_refused(folder: str) -> None:
    entry = Entry(name="n", cron="0 6 * * *", pipeline="nightly", added_at=BEGIN)
    with pytest.raises((ScheduleError, ValueError)):
        systemd_units(Path(folder), [entry], ["/opt/scorpius"])
    with pytest.raises((ScheduleError, ValueError)):
        crontab_block(Path(folder), [entry], ["/opt/scorpius"], local_is_utc=True)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    folder = tmp_path / "100% mine"
    (folder / "lab").mkdir(parents=True)
    program = folder / "scorpius"
    _program(program, "true")
    entry = Entry(name="nightly", cron="0 0 13 * fri", pipeline="nightly", added_at=BEGIN)
    texts = systemd_units(folder / "lab", [entry], [str(program)])
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = [str(tmp_path / name) for name in texts]
    done = subprocess.run(["systemd-analyze", "verify", "--user", *paths], check=False, capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if any(name in line for name in texts)]
    assert complaints == []


def test_install_systemd_writes_enables_and_clears_away(
    schedule: ScheduleRegister, machine: Path, tmp_path: Path
) -> None:
    schedule.add("nightly", "nightly", at="06:00")
    schedule.add("weekly", "nightly", cron="@weekly")
    folder = tmp_path / "config" / "systemd" / "user"
    shown = schedule.install("systemd", only_show=True)
    assert "OnCalendar=Sun *-*-* 00:00:00 UTC" in shown.text
    assert not folder.exists()
    schedule.install("systemd")
    assert sorted(path.suffix for path in folder.iterdir()) == [".service", ".service", ".timer", ".timer"]
    assert "--user enable --now" in (machine / "systemctl.txt").read_text()
    schedule.remove("weekly")
    assert [path.name.rpartition("-")[2] for path in sorted(folder.iterdir())] == ["nightly.service", "nightly.timer"]
    assert "disable --now" in (machine / "systemctl.txt").read_text()


def test_a_machine_without_systemd_or_cron_is_told(
    schedule: ScheduleRegister, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    schedule.add("nightly", "nightly", at="06:00")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(MissingProgram, match="--cron"):
        schedule.install("systemd")
    with pytest.raises(MissingProgram, match="--systemd"):
        schedule.install("cron")


def test_a_systemctl_that_fails_says_what_to_do(schedule: ScheduleRegister, machine: Path) -> None:
    _program(machine / "systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    schedule.add("nightly", "nightly", at="06:00")
    with pytest.raises(ScheduleError, match=r"Failed to connect to bus.*linger"):
        schedule.install("systemd")


def test_nothing_to_install(schedule: ScheduleRegister) -> None:
    with pytest.raises(ScheduleError, match="nothing to install"):
        schedule.install("cron")


# -- cron


def as_cron_runs_it(line: str) -> list[str]:
    """The arguments that /bin/sh gets from a crontab line, by crontab(5): `\\%` is `%`, a bare `%` ends the command."""
    command = line.split(None, 5)[5]
    text, position = "", 0
    while position < len(command):
        if command[position : position + 2] == "\\%":
            text, position = text + "%", position + 2
        elif command[position] == "%":
            break
        else:
            text, position = text + command[position], position + 1
    return shlex.split(text)


paths = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\\/"), min_size=1, max_size=20
)


@given(paths)
def test_any_path_reaches_the_program_whole(name: str) -> None:
    folder = Path("/srv") / name / "lab"
    entry = Entry(name="nightly", cron="0 6 * * *", pipeline="nightly", added_at=BEGIN)
    block = crontab_block(folder, [entry], ["/opt/scorpius"], local_is_utc=True)
    line = block.split("\n")[1]
    assert as_cron_runs_it(line) == ["/opt/scorpius", "--lab", str(folder.resolve()), "schedule", "run", "nightly"]


def test_where_local_time_is_not_utc_the_command_decides() -> None:
    entry = Entry(name="nightly", cron="30 6 * * mon", pipeline="nightly", added_at=BEGIN)
    line = crontab_block(Path("/srv/lab"), [entry], ["/opt/scorpius"], local_is_utc=False).split("\n")[1]
    assert line == "30 * * * * /opt/scorpius --lab /srv/lab schedule run nightly --if-due"


def test_install_cron_leaves_other_lines_alone(schedule: ScheduleRegister, machine: Path) -> None:
    table = machine / "crontab.txt"
    table.write_text("MAILTO=me\n5 4 * * * /bin/mine 100\\%\n", encoding="utf-8")
    schedule.add("nightly", "nightly", at="06:00")
    schedule.add("weekly", "nightly", cron="@weekly")
    schedule.install("cron")
    schedule.install("cron")
    text = table.read_text()
    assert text.startswith("MAILTO=me\n5 4 * * * /bin/mine 100\\%\n# scorpius_lab ")
    assert text.count("schedule run nightly") == 1
    schedule.remove("nightly")
    assert "schedule run nightly" not in table.read_text()
    assert "schedule run weekly" in table.read_text()
    schedule.remove("weekly")
    assert table.read_text() == "MAILTO=me\n5 4 * * * /bin/mine 100\\%\n"


def test_a_crontab_that_cannot_be_read_is_not_overwritten(schedule: ScheduleRegister, machine: Path) -> None:
    _program(machine / "crontab", 'case "$1" in -l) echo "permission denied" >&2; exit 1;; -) cat > "$0.txt";; esac')
    schedule.add("nightly", "nightly", at="06:00")
    with pytest.raises(ScheduleError, match="cannot be read"):
        schedule.install("cron")
    assert not (machine / "crontab.txt").exists()


def test_the_command_is_absolute() -> None:
    assert Path(installing.command_line()[0]).is_absolute()
