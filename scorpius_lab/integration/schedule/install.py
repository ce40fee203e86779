"""Write systemd user units or crontab lines that call `scorpius schedule run NAME`.

Each format has its own traps, and all three are met here: systemd expands `%` and `$` and reads C escapes, cron turns
`%` into a new line, and cron reads its times in the machine's own zone.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from scorpius_lab.errors import MissingProgram, ScheduleError
from scorpius_lab.integration.schedule.entries import Entry
from scorpius_lab.integration.state_files import write_whole

How = Literal["systemd", "cron"]

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Installation:
    """What was (or would be) written: files with their texts, the crontab block, and what was done about it."""

    files: Mapping[Path, str] = field(default_factory=dict)
    crontab: str = ""
    told: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Everything as one text, for `--print`."""
        parts = [f"# {path}\n{content}" for path, content in self.files.items()]
        return "\n".join([*parts, self.crontab] if self.crontab else parts)


def command_line() -> list[str]:
    """How this installation's `scorpius` is called, with an absolute path."""
    beside = Path(sys.executable).absolute().parent / "scorpius"
    if beside.is_file():
        return [str(beside)]
    return [str(Path(sys.executable).absolute()), "-m", "scorpius_lab"]


def lab_tag(lab: Path) -> str:
    """Eight hex digits that keep the timers of several labs apart."""
    return hashlib.sha256(str(lab.resolve()).encode()).hexdigest()[:8]


def install(how: How, lab: Path, entries: Sequence[Entry], command: Sequence[str], *, only_show: bool) -> Installation:
    """Write the timers or the crontab lines of these entries, in place of those written before."""
    if how == "systemd":
        return _install_systemd(lab, entries, command, only_show=only_show)
    block = crontab_block(lab, entries, command, local_is_utc=local_time_is_utc())
    if only_show:
        return Installation(crontab=block)
    _write_crontab(lab, block)
    return Installation(crontab=block, told=(f"{len(entries)} line(s) written to your crontab",))


def uninstall(lab: Path, name: str, left: Sequence[Entry]) -> None:
    """Take away the timer or crontab line of an entry that was removed; nothing happens if there is none."""
    files = [unit_folder() / f"{_unit(lab, name)}.{kind}" for kind in ("timer", "service")]
    present = [file for file in files if file.is_file()]
    if present:
        if shutil.which("systemctl"):
            _run(["systemctl", "--user", "disable", "--now", files[0].name])
        for file in present:
            file.unlink()
    if shutil.which("crontab") is not None and _mentions(_read_crontab(), lab, name):
        _write_crontab(lab, crontab_block(lab, left, command_line(), local_is_utc=local_time_is_utc()) if left else "")


# -- systemd


def systemd_units(lab: Path, entries: Iterable[Entry], command: Sequence[str]) -> dict[str, str]:
    """The text of each service and timer by file name. Raises ScheduleError for a path that cannot be written there."""
    units: dict[str, str] = {}
    for entry in entries:
        arguments = [*command, "--lab", str(lab.resolve()), "schedule", "run", entry.name]
        calendars = "\n".join(f"OnCalendar={calendar}" for calendar in entry.times.on_calendar())
        name = _unit(lab, entry.name)
        units[f"{name}.service"] = (
            f"[Unit]\nDescription=scorpius_lab: {entry.name}\n\n"
            f"[Service]\nType=oneshot\nWorkingDirectory={_specifiers(str(lab.resolve().parent))}\n"
            f"ExecStart={_exec_line(arguments)}\n"
        )
        units[f"{name}.timer"] = (
            f"[Unit]\nDescription=When scorpius_lab runs {entry.name}\n\n"
            f"[Timer]\n{calendars}\n# A run missed while the machine was off is made up for.\nPersistent=true\n"
            "AccuracySec=1min\n\n[Install]\nWantedBy=timers.target\n"
        )
    return units


def _exec_line(arguments: Sequence[str]) -> str:
    """An ExecStart value: the program's own path knows no `$` expansion, its arguments do."""
    program, *rest = arguments
    return " ".join([_quoted(program), *(_quoted(argument).replace("$", "$$") for argument in rest)])


def _quoted(argument: str) -> str:
    escaped = _specifiers(argument).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _specifiers(text: str) -> str:
    return _printable(text).replace("%", "%%")


def _printable(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise ScheduleError(f"the path {text!r} holds a control character; move the lab to a path without one")
    return text


def _unit(lab: Path, name: str) -> str:
    return f"scorpius-{lab_tag(lab)}-{name}"


def unit_folder() -> Path:
    """Where the user's own units lie."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "systemd" / "user"


def _install_systemd(lab: Path, entries: Sequence[Entry], command: Sequence[str], *, only_show: bool) -> Installation:
    folder = unit_folder()
    files = {folder / name: text for name, text in systemd_units(lab, entries, command).items()}
    if only_show:
        return Installation(files)
    if shutil.which("systemctl") is None:
        raise MissingProgram("systemctl is not on this machine; use `scorpius schedule install --cron`, or --print")
    for stale in sorted(set(folder.glob(f"scorpius-{lab_tag(lab)}-*")) - set(files)):
        if stale.suffix == ".timer":
            _run(["systemctl", "--user", "disable", "--now", stale.name])
        stale.unlink()
    for path, text in files.items():
        write_whole(path, text)
    timers = [path.name for path in files if path.suffix == ".timer"]
    told = [f"{path} written" for path in files]
    for arguments in (["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", *timers]):
        done = _run(arguments)
        if done.returncode != 0:
            reason = " ".join(done.stderr.split()) or f"exit {done.returncode}"
            raise ScheduleError(
                f"the units are in {folder}, but `{shlex.join(arguments)}` failed ({reason}); run it in a session of "
                "yours (`loginctl enable-linger` keeps timers running after you log out), or use --cron"
            )
    return Installation(files, told=(*told, f"{len(timers)} timer(s) enabled"))


# -- cron


def local_time_is_utc() -> bool:
    """True if the machine's own zone has no offset, in winter or summer, so that cron's times are UTC."""
    return time.timezone == 0 and not time.daylight


def crontab_block(lab: Path, entries: Iterable[Entry], command: Sequence[str], *, local_is_utc: bool) -> str:
    """The lines for these entries between two marker lines. Raises ScheduleError for a path cron cannot carry.

    Where the machine's zone is not UTC a line fires every hour and `--if-due` decides, because most crons know only
    local time; that is right in every zone and over every clock change.
    """
    lines = [_begin(lab)]
    for entry in entries:
        arguments = [*command, "--lab", str(lab.resolve()), "schedule", "run", entry.name]
        when = entry.cron
        if not local_is_utc:
            when = f"{entry.cron.split()[0]} * * * *"
            arguments.append("--if-due")
        lines.append(f"{when} {_cron_command(arguments)}")
    return "\n".join([*lines, _end(lab)]) + "\n"


def _cron_command(arguments: Sequence[str]) -> str:
    line = shlex.join([_printable(argument) for argument in arguments])
    if "\\" in line:
        raise ScheduleError("cron implementations disagree about a backslash; use --systemd or a path without one")
    return line.replace("%", "\\%")


def _begin(lab: Path) -> str:
    return f"# scorpius_lab {lab_tag(lab)} begin: times are UTC; written by `scorpius schedule install --cron`"


def _end(lab: Path) -> str:
    return f"# scorpius_lab {lab_tag(lab)} end"


def with_block(crontab: str, lab: Path, block: str) -> str:
    """The crontab with this lab's block in place of the one before; every other line stays as it is."""
    kept: list[str] = []
    inside = False
    for line in crontab.splitlines():
        if line.startswith(f"# scorpius_lab {lab_tag(lab)} begin"):
            inside = True
        elif line == _end(lab):
            inside = False
        elif not inside:
            kept.append(line)
    text = "\n".join(kept) + "\n" if kept else ""
    return text + block


def _mentions(crontab: str, lab: Path, name: str) -> bool:
    block = crontab.partition(_begin(lab))[2].partition(_end(lab))[0]
    return bool(re.search(rf" schedule run {re.escape(name)}( --if-due)?$", block, re.MULTILINE))


def _read_crontab() -> str:
    done = _run(["crontab", "-l"])
    if done.returncode == 0:
        return done.stdout
    if "no crontab" in done.stderr:
        return ""
    # Writing without having read would lose what is there.
    raise ScheduleError(f"your crontab cannot be read: {' '.join(done.stderr.split())}; use --systemd or --print")


def _write_crontab(lab: Path, block: str) -> None:
    if shutil.which("crontab") is None:
        raise MissingProgram("crontab is not on this machine; install cron, use --systemd, or --print")
    done = _run(["crontab", "-"], with_block(_read_crontab(), lab, block))
    if done.returncode != 0:
        raise ScheduleError(f"crontab refused the new lines: {' '.join(done.stderr.split())}")


def _run(arguments: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(arguments), input=text, capture_output=True, text=True, check=False, timeout=60)
