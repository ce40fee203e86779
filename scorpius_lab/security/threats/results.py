"""What a scan found, as the records every engine shares: observations, findings, evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scorpius_lab.core.evidence import Classification, CollectionOutcome, Evidence
from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.security.threats.discovery import LogFile
from scorpius_lab.security.threats.events import Tally
from scorpius_lab.security.threats.excerpts import masked_excerpt
from scorpius_lab.security.threats.sigma.detector import Looked, Match
from scorpius_lab.security.threats.sigma.rules import MONITORING, LogSource, ThreatRule

COLLECTOR = "threats.scan"
UNNAMED = "host not named"
REJECTS_SHOWN = 20

LOG_READ = Rule(
    id="threats.log-source.read",
    version=1,
    title="Log is read, whole and without loss",
    severity=Severity.INFO,
    description="A log that is not read cannot show an attack. Records in = stored + rejected + older than asked for.",
    remedy="Give the user who runs this the right to read the log, or deliver it; look at the rejected records.",
    requirements=MONITORING,
    tags=("coverage",),
)


@dataclass(frozen=True, slots=True)
class FileRead:
    """One log and what came of reading it."""

    log: LogFile
    tally: Tally
    sha256: str = ""
    size: int = 0
    evidence: str = ""
    stopped: str = ""
    failed: str = ""

    @property
    def state(self) -> State:
        """Whether its records can be spoken of: read whole, read in part, not readable, not there."""
        if self.log.reader is None:
            return State.NOT_EVALUATED
        if self.failed or (self.tally.rejected and not self.tally.stored and not self.tally.before_since):
            return State.ERROR
        return State.PARTIAL if self.stopped or self.tally.rejected or self.log.problem else State.PASS

    @property
    def reason(self) -> str:
        """The same in a sentence."""
        if self.log.reader is None:
            return self.log.problem
        if self.failed:
            return self.failed
        tally = self.tally
        said = f"{tally.stored:,} of {tally.records:,} records read"
        if tally.before_since:
            said += f", {tally.before_since:,} are older than asked for"
        if tally.rejected:
            first = f": line {tally.rejects[0].record}, {tally.rejects[0].reason}" if tally.rejects else ""
            said += f", {tally.rejected:,} rejected{first}"
        return "; ".join(part for part in (said, self.stopped, self.log.problem) if part)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the logs come from: a name for assets, and whether it is the bundled sample."""

    name: str
    sample: bool = False
    machine: str = ""  # which keeps the log files; empty: the place itself

    def host(self, name: str) -> Asset:
        """The machine (or account) a record is about."""
        return Asset("sample" if self.sample else "host", name or UNNAMED, {"sample": self.sample})

    def log_source(self, source: LogSource) -> Asset:
        """A kind of log at this place."""
        return self._asset(source.label)

    def log(self, file: LogFile) -> Asset:
        """One log file, known by its path and machine, however it came to be read."""
        return self._asset(file.label, self.machine)

    def _asset(self, label: str, machine: str = "") -> Asset:
        kind, place = "sample" if self.sample else "log_source", machine or self.name
        return Asset(kind, f"{label} ({place})", {"label": label, "place": place, "sample": self.sample})


def file_evidence(read: FileRead, content: bytes | None, moment: datetime) -> Evidence:
    """The log as it was read, or its hash and size if it is too large to keep. Logs name people: personal."""
    if content is None:
        text = f"sha256 {read.sha256}\nbytes {read.size}\n"
        content = text.encode()
    return Evidence(
        content=content,
        source=read.log.label,
        collector=COLLECTOR,
        query=read.log.label,
        media_type="application/octet-stream",
        outcome=CollectionOutcome.COLLECTED,
        classification=Classification.PERSONAL,
        effective_at=read.tally.last or moment,
        collected_at=moment,
    )


def excerpt_evidence(match: Match, moment: datetime) -> Evidence:
    """The matching records, masked."""
    return Evidence(
        content=masked_excerpt(match).encode(),
        source=", ".join(sorted({record.file for record in match.records})),
        collector=COLLECTOR,
        query=f"records matching {match.rule.rule.id}",
        classification=Classification.INTERNAL,
        effective_at=match.last or moment,
        collected_at=moment,
    )


def finding(match: Match, place: Place, evidence: Sequence[str]) -> Finding:
    """The claim: this rule matched on this host about this subject, so often, between these times.

    The message names no person; who it is about stands in `detail`, which reports treat as personal.
    """
    rule, first = match.rule.rule, match.records[0] if match.records else None
    times = f"{match.count:,} matching record{'s' if match.count != 1 else ''}"
    by = f" Sigma rule by {rule.author}." if rule.author else ""
    return Finding(
        rule=rule,
        asset=place.host(match.host),
        location=Location(
            LocationKind.EVENT,
            f"{match.subject_kind}:{match.subject}",
            {
                "source": first.file if first else "",
                "record": first.record if first else None,
                "time": utc_text(first.time) if first and first.time else None,
            },
        ),
        message=f"{rule.title}: {times} on {match.host or UNNAMED}.{by}",
        evidence=tuple(evidence),
        detail={
            "subject_kind": match.subject_kind,
            "subject": match.subject,
            "count": match.count,
            "first": utc_text(match.first) if match.first else None,
            "last": utc_text(match.last) if match.last else None,
            "level": match.rule.level,
            "author": rule.author,
            "log_source": match.rule.logsource.label,
            "false_positives": list(match.rule.false_positives),
            "references": list(match.rule.references),
            "sample": place.sample,
            "records": [
                {
                    "file": record.file,
                    "record": record.record,
                    "time": utc_text(record.time) if record.time else None,
                    "message": record.message[:1000],
                    "matched": {name: value[:500] for name, value in record.matched.items()},
                }
                for record in match.records
            ],
        },
        effective_at=match.last,
    )


def file_observation(read: FileRead, place: Place) -> Observation:
    """What came of reading one log."""
    tally = read.tally
    return Observation(
        rule=LOG_READ,
        asset=place.log(read.log),
        state=read.state,
        reason=read.reason,
        evidence=(read.evidence,) if read.evidence else (),
        value=float(tally.stored),
        unit="records",
        detail={
            "about": read.log.about,
            "reader": read.log.reader.name if read.log.reader else None,
            "missing": read.log.missing,
            "records": tally.records,
            "stored": tally.stored,
            "rejected": tally.rejected,
            "before_since": tally.before_since,
            "first": utc_text(tally.first) if tally.first else None,
            "last": utc_text(tally.last) if tally.last else None,
            "bytes": read.size,
            "sha256": read.sha256,
            "sample": place.sample,
            "log_sources": sorted(LogSource(p, c, s).label for p, s, c in tally.sources),
            "rejects": [{"record": r.record, "reason": r.reason} for r in tally.rejects[:REJECTS_SHOWN]],
        },
    )


def rule_observations(
    rules: Sequence[ThreatRule],
    looked: dict[str, Looked],
    matches: Sequence[Match],
    place: Place,
    files: dict[str, str],
) -> Iterator[Observation]:
    """One word for each rule on its kind of log: matched, looked and nothing, no such log, cannot run.

    Rules that only feed a correlation speak only if they cannot run. `files` maps logs to collection ids.
    """
    found: dict[str, list[Match]] = {}
    for match in matches:
        found.setdefault(match.rule.rule.id, []).append(match)
    for rule in rules:
        seen = looked[rule.rule.id]
        if rule.quiet and seen.problem is None:
            continue
        mine = found.get(rule.rule.id, [])
        state, reason = _judgement(rule, seen, mine)
        cited = sorted({files[r.file] for m in mine for r in m.records if r.file in files})
        yield Observation(
            rule=rule.rule,
            asset=place.log_source(rule.logsource),
            state=state,
            reason=reason,
            evidence=tuple(cited),
            value=float(sum(m.count for m in mine)),
            unit="matching records",
            detail={
                "events": seen.events,
                "log_source": rule.logsource.label,
                "file": rule.file,
                "level": rule.level,
                "can_run": seen.problem is None,
                "sample": place.sample,
                "from": sorted(LogSource(p, c, s).label for p, s, c in seen.sources),
            },
        )


def _judgement(rule: ThreatRule, seen: Looked, mine: Sequence[Match]) -> tuple[State, str]:
    if seen.problem is not None:
        return State.NOT_EVALUATED, f"the rule cannot run: {seen.problem}"
    if seen.events == 0:
        return State.NOT_EVALUATED, f"no log of {rule.logsource.label} was read here"
    origin = ", ".join(sorted(LogSource(p, c, s).label for p, s, c in seen.sources))
    if mine:
        count = sum(m.count for m in mine)
        return State.FAIL, f"{count:,} of {seen.events:,} events matched ({origin})"
    return State.PASS, f"looked at {seen.events:,} events and none matched ({origin})"


def with_evidence(read: FileRead, collection: str) -> FileRead:
    """The same, with the collection that holds it."""
    return replace(read, evidence=collection)
