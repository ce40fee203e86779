"""One text put through the whole scanner, and what is wrong with how it ends."""

from __future__ import annotations

import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from scorpius_lab.security.contracts.detection import FileState, ScanOutcome
from scorpius_lab.security.contracts.scanner import scan_sources
from scorpius_lab.security.contracts.source.files import from_text

FILE_SECONDS = 8.0  # for texts of at most a hundred kilobytes; a real contract of that size takes tenths of a second
OVERTIME = 3.0
STUCK = 40.0


class Stuck(BaseException):
    """The scan did not heed its time limit; no handler for errors catches it."""


def complaint(text: str) -> str:
    """Empty if the scan ends as it should: in time, without an error, with one state and findings inside the text."""
    started = time.process_time()  # what else this machine does must not count
    try:
        with _alarm():
            outcome = scan_sources([from_text(text)], lambda _path, _importer: None, file_seconds=FILE_SECONDS)
    except Stuck:
        return "stuck " + _innermost(2)  # the last one is the alarm itself
    except Exception:  # noqa: BLE001 - whatever escapes is what is looked for
        return "crash " + _innermost()
    seconds = time.process_time() - started
    if seconds > FILE_SECONDS + OVERTIME:
        return "overtime"
    return _wrong(outcome, text, seconds)


def _wrong(outcome: ScanOutcome, text: str, seconds: float) -> str:
    (file,) = outcome.files
    if "failed" in file.reason:
        return "failed " + file.reason
    if f"{FILE_SECONDS:g} s" in file.reason:
        if seconds < FILE_SECONDS / 2:  # the scanner's clock runs while other programs do
            return ""
        return "slow " + file.reason.partition("took")[2]
    if bool(file.reason) == (file.state is FileState.EVALUATED):
        return "reason and state contradict each other"
    lines = text.count("\n") + 1
    for found in outcome.detections:
        place = found.place
        if not (1 <= place.line <= place.end_line <= lines and place.column >= 1):
            return f"place {found.detector.id} points outside of the text"
    return ""


@contextmanager
def _alarm() -> Iterator[None]:
    """Raises Stuck after a while of this process's own time."""

    def stop(_number: int, _frame: object) -> None:
        raise Stuck

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, STUCK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _innermost(position: int = 1) -> str:
    """The error and the last place it went through, the same for the same fault."""
    kind, error, trace = sys.exc_info()
    frame = traceback.extract_tb(trace)[-position]
    return f"{kind.__name__ if kind else ''} {str(error)[:80]} in {frame.name}:{frame.lineno}"
