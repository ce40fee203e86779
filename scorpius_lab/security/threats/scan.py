"""`threats.scan`: read logs, run rules over them, store what was found and what was not looked at."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scorpius_lab.core.components import Recorder
from scorpius_lab.core.rules import Severity
from scorpius_lab.errors import UsageError
from scorpius_lab.security.threats.discovery import LogFile, given_logs, journal_file, own_logs, sample_logs
from scorpius_lab.security.threats.events import Tally
from scorpius_lab.security.threats.parameters import ScanParameters
from scorpius_lab.security.threats.readers.reader import Source, batches
from scorpius_lab.security.threats.results import (
    FileRead,
    Place,
    excerpt_evidence,
    file_evidence,
    file_observation,
    finding,
    rule_observations,
    with_evidence,
)
from scorpius_lab.security.threats.sigma.detector import Detector, Match
from scorpius_lab.security.threats.sigma.rules import RuleSet, load_rules

if TYPE_CHECKING:
    import polars as pl

KEPT_WHOLE = 32 << 20  # a larger log is kept as its hash and size
MATCHED_TOGETHER = 50_000  # events a rule is planned once for
KEPT_TOGETHER = 64 << 20  # content held in memory at once
JOURNAL_SHARE = 0.3  # of the time limit


def scan(recorder: Recorder, parameters: ScanParameters) -> Mapping[str, object]:
    """Read logs, run rules, store findings, observations and evidence; returns the counts.

    Findings of this engine are things that happened: a later scan that no longer sees them does not close them, so
    no scope is set. Raises UsageError if a path given does not exist and FormatError for rules that cannot be had.
    """
    missing = [path for path in parameters.paths if not path.exists()]
    if missing:
        raise UsageError(f"there is nothing at {missing[0]}; give paths of logs or folders with logs")
    ruleset = load_rules(parameters.rules, own=parameters.own_rules)
    job = _Job(recorder, parameters, ruleset)
    if parameters.sample:
        return job.run(sample_logs(), Place("bundled sample", sample=True))
    if parameters.paths:
        return job.run(given_logs(parameters.paths), Place("logs given", machine=platform.node()))
    summary = dict(job.run(job.own_logs(), Place(platform.node())))
    if not summary["events"] and parameters.sample_when_empty:
        sampled = _Job(recorder, parameters, ruleset).run(sample_logs(), Place("bundled sample", sample=True))
        summary |= {"sample": True, "sample_findings": sampled["findings"]}
    return summary


class _Job:
    """One pass over a set of logs."""

    def __init__(self, recorder: Recorder, parameters: ScanParameters, ruleset: RuleSet) -> None:
        self._recorder = recorder
        self._parameters = parameters
        self._ruleset = ruleset
        self._now = recorder.now()
        seconds = recorder.context.remaining(parameters.time_limit)
        self._deadline = time.monotonic() + seconds
        self._zone: tzinfo = ZoneInfo(parameters.timezone) if parameters.timezone else _local_zone(self._now)
        self._waiting: list[pl.DataFrame] = []
        self._rows = 0

    def own_logs(self) -> Iterator[LogFile]:
        """This host's files, then its journal."""
        yield from own_logs()
        if self._parameters.journal:
            yield journal_file(
                self._recorder.workdir,
                now=self._now,
                since=self._parameters.since,
                seconds=JOURNAL_SHARE * max(0.0, self._deadline - time.monotonic()),
            )

    def run(self, logs: Iterator[LogFile], place: Place) -> Mapping[str, object]:
        """Read, match, store."""
        detector = Detector(self._ruleset, check=lambda: self._recorder.context.check("the log scan"))
        reads = [self._read(log, detector, place) for log in logs]
        self._flush(detector)
        matches = detector.matches()
        reads = self._store_files(reads)
        files = {read.log.label: read.evidence for read in reads if read.evidence}
        observations = [file_observation(read, place) for read in reads]
        observations += rule_observations(self._ruleset.rules, detector.looked, matches, place, files)
        self._recorder.add_observations(observations)
        new = self._store_findings(matches, place, files)
        return self._summary(reads, detector, matches, place, new)

    def _stop(self) -> bool:
        return time.monotonic() > self._deadline or self._recorder.context.cancelled()

    def _read(self, log: LogFile, detector: Detector, place: Place) -> FileRead:
        """Read one log and feed it to the rules; a log that fails is said, and the next is read."""
        self._recorder.context.check("the log scan")
        self._recorder.context.progress(self._rows, None, f"reading {log.label}")
        tally = Tally()
        if log.reader is None or log.path is None:
            return FileRead(log, tally)
        try:
            size, digest = _hashed(log.path)
            written = datetime.fromtimestamp(log.path.stat().st_mtime, UTC)
        except OSError as error:
            return FileRead(log, tally, failed=f"it cannot be read: {error.strerror or error}")
        source = Source(
            path=log.path,
            written=min(written, self._now),
            zone=UTC if place.sample else self._zone,
            stop=self._stop,
            host="" if self._parameters.paths else "app-1.example" if place.sample else platform.node(),
            label=log.label,
        )
        failed = ""
        try:
            for frame in batches(log.reader, source, tally, self._parameters.since):
                self._wait(frame, detector)
        except OSError as error:
            failed = f"it cannot be read: {error.strerror or error}"
        limit = self._parameters.time_limit
        stopped = f"reading stopped at the time limit of {limit:g} s" if self._stop() else ""
        self._recorder.add_input(log.label, digest)
        return FileRead(log, tally, digest, size, stopped=stopped, failed=failed)

    def _wait(self, frame: pl.DataFrame, detector: Detector) -> None:
        """Gather small frames, so that rules are planned once for many files."""
        self._waiting.append(frame)
        self._rows += frame.height
        if sum(f.height for f in self._waiting) >= MATCHED_TOGETHER:
            self._flush(detector)

    def _flush(self, detector: Detector) -> None:
        import polars as pl

        if self._waiting:
            detector.feed(pl.concat(self._waiting))
            self._waiting = []

    def _store_files(self, reads: list[FileRead]) -> list[FileRead]:
        known = [read for read in reads if read.sha256]
        ids: dict[str, str] = {}
        for group in _by_size(known):
            evidence = [file_evidence(read, _content(read), self._now) for read in group]
            ids.update(zip((read.log.label for read in group), self._recorder.add_evidence(evidence), strict=True))
        return [with_evidence(read, ids.get(read.log.label, "")) for read in reads]

    def _store_findings(self, matches: list[Match], place: Place, files: Mapping[str, str]) -> int:
        excerpts = self._recorder.add_evidence([excerpt_evidence(match, self._now) for match in matches])
        found = []
        for match, excerpt in zip(matches, excerpts, strict=True):
            cited = sorted({files[record.file] for record in match.records if record.file in files})
            found.append(finding(match, place, (excerpt, *cited)))
        return self._recorder.add_findings(found)

    def _summary(
        self, reads: list[FileRead], detector: Detector, matches: list[Match], place: Place, new: int
    ) -> Mapping[str, object]:
        # rules that only feed a correlation report nothing, so they are counted only if they cannot run
        spoken = {rule.rule.id for rule in self._ruleset.rules if not rule.quiet}
        looked = [item for name, item in detector.looked.items() if name in spoken or item.problem is not None]
        severities = {s.value: sum(m.rule.rule.severity is s for m in matches) for s in Severity}
        return {
            "sample": place.sample,
            "logs_read": sum(read.log.reader is not None for read in reads),
            "logs_not_read": sum(read.log.reader is None for read in reads),
            "events": sum(read.tally.stored for read in reads),
            "rejected": sum(read.tally.rejected for read in reads),
            "rules": len(looked),
            "rules_run": sum(item.problem is None and item.events > 0 for item in looked),
            "rules_without_data": sum(item.problem is None and item.events == 0 for item in looked),
            "rules_that_cannot_run": sum(item.problem is not None for item in looked),
            "files_without_rules": len(self._ruleset.not_rules),
            "findings": len(matches),
            "new_findings": new,
            "ai_detection": _ai_detection(self._recorder.configuration),
            "severities": {name: count for name, count in severities.items() if count},
        }


def _ai_detection(configuration: object) -> str:
    """What is said about `security_config.enable_ai_detection`, as long as there are only rules."""
    section = getattr(configuration, "security_config", None)
    return "wanted, not available yet" if getattr(section, "enable_ai_detection", False) else "off"


def _local_zone(now: datetime) -> tzinfo:
    """This machine's zone, by name where the system tells, so that summer time is right for old lines."""
    try:
        target = Path("/etc/localtime").resolve().as_posix()
        name = target.split("/zoneinfo/", 1)[1]
        return ZoneInfo(name.removeprefix("posix/"))
    except (OSError, IndexError, ZoneInfoNotFoundError, ValueError):
        return now.astimezone().tzinfo or UTC


def _by_size(reads: list[FileRead]) -> Iterator[list[FileRead]]:
    """Groups whose kept content fits in memory together, so that a folder of large logs does not have to."""
    group: list[FileRead] = []
    size = 0
    for read in reads:
        kept = min(read.size, KEPT_WHOLE)
        if group and size + kept > KEPT_TOGETHER:
            yield group
            group, size = [], 0
        group.append(read)
        size += kept
    if group:
        yield group


def _hashed(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _content(read: FileRead) -> bytes | None:
    if read.log.path is None or read.size > KEPT_WHOLE:
        return None
    content = read.log.path.read_bytes()
    # a log that grew since it was read: keep what the hash speaks of
    return content[: read.size] if hashlib.sha256(content[: read.size]).hexdigest() == read.sha256 else None
