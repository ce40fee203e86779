"""Which logs there are to read: the files given, this host's own, or the bundled sample; and those that cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scorpius_lab.errors import FormatError
from scorpius_lab.security.threats.readers import reader_for
from scorpius_lab.security.threats.readers.reader import Reader

LOG_FOLDER = Path("/var/log")
OWN_LOGS = (
    ("auth.log", ("auth.log*",), "logins, sudo, su, accounts (Debian, Ubuntu)"),
    ("secure", ("secure", "secure-*", "secure.*"), "logins, sudo, su, accounts (Fedora, Red Hat)"),
    ("dpkg.log", ("dpkg.log*",), "packages installed and removed"),
)
# kept by many hosts, but not read yet: said, not passed over
NO_READER_YET = (
    ("audit/audit.log", "Linux audit daemon"),
    ("nginx/access.log", "nginx"),
    ("apache2/access.log", "Apache"),
    ("yum.log", "packages (yum)"),
    ("suricata/eve.json", "Suricata"),
)
JOURNAL = "systemd journal (auth, authpriv, cron)"
FACILITIES = ("4", "10", "9")  # those three, RFC 5424 section 6.2.1: what rules look at, and what is quick to fetch
JOURNAL_DAYS = 7
JOURNAL_RECORDS = 50_000
MAX_FILES = 10_000


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log to read, or one that cannot be.

    Without a `reader` the `problem` says why it cannot be read; with one, which part of it cannot be.

    `missing` tells a log that is not there (nothing to judge) from one that could not be read.
    """

    label: str
    path: Path | None = None
    reader: Reader | None = None
    problem: str = ""
    missing: bool = False
    about: str = ""


def given_logs(paths: Iterable[Path]) -> Iterator[LogFile]:
    """Every readable log among files and folders, once, in the order of their names; what is no log says so."""
    seen: set[str] = set()
    for log in _given(paths):
        if log.label not in seen:
            seen.add(log.label)
            yield log


def _given(paths: Iterable[Path]) -> Iterator[LogFile]:
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file())[: MAX_FILES + 1]
            if not files:
                yield LogFile(str(path), problem="the folder holds no files", missing=True)
            if len(files) > MAX_FILES:
                yield LogFile(
                    str(path), problem=f"the folder holds more than {MAX_FILES:,} files; the rest is not read"
                )
            for file in files[:MAX_FILES]:
                yield log_file(file)
        else:
            yield log_file(path)


def own_logs(folder: Path = LOG_FOLDER) -> Iterator[LogFile]:
    """This host's own log files under `folder`, and those that are absent or have no reader."""
    for name, patterns, about in OWN_LOGS:
        files = sorted({f for pattern in patterns for f in _glob(folder, pattern) if f.is_file()})
        if not files:
            yield LogFile(str(folder / name), problem="there is no such file on this host", missing=True, about=about)
        for file in files:
            yield log_file(file, about)
    for name, about in NO_READER_YET:
        if _exists(folder / name):
            yield LogFile(str(folder / name), problem="there is no reader for this log yet", missing=True, about=about)


def log_file(path: Path, about: str = "") -> LogFile:
    """The file, known by its real path, with the reader that knows it, or why it cannot be read."""
    path = Path(os.path.realpath(path))
    try:
        if path.stat().st_size == 0:
            return LogFile(str(path), path, problem="the file is empty", missing=True, about=about)
        reader = reader_for(path)
    except FileNotFoundError:
        return LogFile(str(path), problem="there is no such file", missing=True, about=about)
    except PermissionError:
        return LogFile(str(path), problem="this user may not read it; run as root or as a member of adm", about=about)
    except OSError as error:
        return LogFile(str(path), problem=f"it cannot be read: {error.strerror or error}", about=about)
    if reader is None:
        return LogFile(str(path), path, problem="no reader knows this kind of file", missing=True, about=about)
    return LogFile(str(path), path, reader, about=about or reader.title)


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return list(folder.glob(pattern))
    except OSError:
        return []


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def journal_file(folder: Path, *, now: datetime, since: datetime | None, seconds: float) -> LogFile:
    """The live journal of this host, exported to a file in `folder` within a time limit."""
    about = "logins, sudo, su, accounts, cron"
    program = shutil.which("journalctl")
    if program is None:
        return LogFile(JOURNAL, problem="journalctl is not installed", missing=True, about=about)
    start = since or now - timedelta(days=JOURNAL_DAYS)
    target = folder / "journal.json"
    command = [
        program, "--no-pager", "--quiet", "-o", "json", "-n", str(JOURNAL_RECORDS),
        "--since", start.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        *(f"SYSLOG_FACILITY={number}" for number in FACILITIES),
    ]  # fmt: skip
    try:
        with target.open("wb") as out:
            done = subprocess.run(
                command, stdout=out, stderr=subprocess.PIPE, timeout=max(seconds, 0.1), check=False,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        return LogFile(JOURNAL, problem=f"journalctl did not finish within {seconds:.0f} s", about=about)
    except OSError as error:
        return LogFile(JOURNAL, problem=f"journalctl cannot be run: {error.strerror or error}", about=about)
    if done.returncode not in {0, 1}:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[:200]
        return LogFile(JOURNAL, problem=f"journalctl failed: {words}", about=about)
    if target.stat().st_size == 0:
        return LogFile(JOURNAL, problem="the journal holds no entries this user may read", missing=True, about=about)
    from scorpius_lab.security.threats.readers import journal_json

    with target.open("rb") as lines:
        full = sum(1 for _ in lines) >= JOURNAL_RECORDS
    problem = f"only the newest {JOURNAL_RECORDS:,} records since {start:%Y-%m-%d} were read" if full else ""
    return LogFile(JOURNAL, target, journal_json.READER, problem, about=about)


def sample_folder() -> Path:
    """The bundled sample: beside the repository's package or inside an installed one. Raises FormatError."""
    package = Path(__file__).resolve().parents[2]
    for base in (package.parent / "datasets", package / "supplied" / "datasets"):
        if (base / "threat_sample").is_dir():
            return base / "threat_sample"
    raise FormatError("the bundled sample is not part of this installation; give paths of logs instead")


def sample_logs() -> Iterator[LogFile]:
    """The files of the bundled sample that are logs."""
    folder = sample_folder()
    for name in ("auth.log", "dpkg.log", "windows.jsonl", "cloudtrail.jsonl"):
        file = log_file(folder / name)
        yield LogFile(f"sample/{name}", file.path, file.reader, file.problem, file.missing, file.about)
