"""The engine as tests use it: rules as dicts, events as dicts, the numbers of the events each rule matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from scorpius_lab.security.threats.events import Event, Tally, flatten, frame_of
from scorpius_lab.security.threats.readers import reader_for
from scorpius_lab.security.threats.readers.reader import Source, batches
from scorpius_lab.security.threats.sigma import detector as detector_module
from scorpius_lab.security.threats.sigma.detector import Detector
from scorpius_lab.security.threats.sigma.rules import RuleSet, rules_of
from scorpius_lab.security.threats.sigma.sources import RuleText

WRITTEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rule(detection: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "t", "logsource": {"product": "test"}, "level": "medium", "detection": detection, **more}


def ruleset(*rules: dict[str, Any]) -> RuleSet:
    texts = []
    for number, item in enumerate(rules):
        whole = {"id": f"00000000-0000-4000-8000-{number:012}", **item}
        texts.append(
            RuleText(f"rule-{number}.yml", yaml.safe_dump(whole, allow_unicode=True, sort_keys=False).encode())
        )
    return rules_of(texts)


def event(fields: dict[str, Any], number: int, message: str = "", time: datetime | None = None) -> Event:
    return Event(time, number, message, host="h", product="test", fields=flatten(fields))


def matched(rules: Sequence[dict[str, Any]], events: Iterable[dict[str, Any]], message: str = "") -> list[set[int]]:
    """For each rule the numbers of the events that match."""
    loaded = ruleset(*rules)
    problems = [r.problem for r in loaded.rules if r.problem]
    assert not problems, problems
    frame = frame_of([event(fields, number, message) for number, fields in enumerate(events)], "f")
    return numbers(loaded, [frame])


def numbers(loaded: RuleSet, frames: Iterable[Any]) -> list[set[int]]:
    kept, detector_module.RECORDS_KEPT = detector_module.RECORDS_KEPT, 1_000_000
    try:
        detector = Detector(loaded)
        for frame in frames:
            detector.feed(frame)
        found: dict[str, set[int]] = {r.rule.id: set() for r in loaded.rules}
        for match in detector.matches():
            found[match.rule.rule.id] |= {record.record for record in match.records}
    finally:
        detector_module.RECORDS_KEPT = kept
    assert not [looked.problem for looked in detector.looked.values() if looked.problem]
    return [found[r.rule.id] for r in loaded.rules]


def read(path: Path, since: datetime | None = None, **more: Any) -> tuple[list[Event], Tally]:
    """Every event of a file, through its reader and its frames."""
    reader = reader_for(path)
    assert reader is not None, path
    tally = Tally()
    source = Source(path, more.pop("written", WRITTEN), **more)
    rows: list[Any] = []
    for frame in batches(reader, source, tally, since):
        rows += list(frame.iter_rows(named=True))
    assert tally.records == tally.stored + tally.rejected + tally.before_since
    assert tally.stored == len(rows)
    return rows, tally
