"""SigmaHQ's rules and regression cases through the final path: readers, backend, detector."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from security.threats.engine import WRITTEN, numbers
from security.threats.oracle import Detection

from scorpius_lab.security.threats.events import Tally
from scorpius_lab.security.threats.readers import reader_for
from scorpius_lab.security.threats.readers.reader import Source, batches
from scorpius_lab.security.threats.sigma.detector import refused
from scorpius_lab.security.threats.sigma.rules import RuleSet, load_rules
from scorpius_lab.security.threats.sigma.table import selects

pytestmark = pytest.mark.shared_data
EVERY = 40  # one rule in so many is compared with the (slow) oracle in the short tier


@pytest.fixture(params=[EVERY, pytest.param(1, marks=pytest.mark.full)])
def step(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def rules(shared_data: Path) -> RuleSet:
    return load_rules([shared_data / "threats" / "sigma" / "rules.zip"], own=False)


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "threats" / "sigma-regression" / "index.csv").open() as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def events(shared_data: Path, cases: list[dict[str, str]]) -> pl.DataFrame:
    """All events of all cases, numbered through; `file` tells the case."""
    frames = []
    for case in cases:
        path = shared_data / "threats" / "sigma-regression" / case["events_evtx"]
        reader = reader_for(path)
        assert reader is not None
        frames += list(batches(reader, Source(path, WRITTEN, label=case["events_evtx"]), Tally()))
    return pl.concat(frames).drop("record").with_row_index("record").with_columns(pl.col("record").cast(pl.Int64))


@pytest.fixture(scope="module")
def found(rules: RuleSet, events: pl.DataFrame) -> dict[str, set[int]]:
    ids = [rule.rule.id.removeprefix("threats.sigma.") for rule in rules.rules]
    return dict(zip(ids, numbers_of(rules, events), strict=True))


def numbers_of(rules: RuleSet, events: pl.DataFrame) -> list[set[int]]:
    cannot = RuleSet(tuple(r for r in rules.rules if r.problem is None), rules.columns)
    got = iter(
        numbers(
            cannot, [events.select(["time", "record", *[c for c in events.columns if c not in {"time", "record"}]])]
        )
    )
    return [next(got) if r.problem is None else set() for r in rules.rules]


def test_nearly_all_rules_run(rules: RuleSet) -> None:
    problems = {r.file: r.problem for r in rules.rules if r.problem} | refused(rules)
    share = 1 - len(problems) / len(rules.rules)
    print(f"{len(rules.rules) - len(problems):,} of {len(rules.rules):,} rules run; the others: {problems}")
    assert len(rules.rules) == 3754
    assert share >= 0.99
    assert not rules.not_rules


def test_every_case_matches(cases: list[dict[str, str]], events: pl.DataFrame, found: dict[str, set[int]]) -> None:
    files: dict[str, set[int]] = defaultdict(set)
    for number, file in events.select("record", "file").iter_rows():
        files[file].add(number)
    missed = []
    for case in cases:
        count = len(found[case["rule_id"]] & files[case["events_evtx"]])
        if count < int(case["expected_match_count"] or 1):
            missed.append((case["title"], count, case["expected_match_count"]))
    print(f"{len(cases) - len(missed)} of {len(cases)} regression cases match")
    assert not missed


def test_agrees_with_the_oracle(
    shared_data: Path, rules: RuleSet, events: pl.DataFrame, found: dict[str, set[int]], step: int
) -> None:
    """A rule on every event of its log source, not only on the event made for it."""
    bodies = {}
    with zipfile.ZipFile(shared_data / "threats" / "sigma" / "rules.zip") as archive:
        for name in archive.namelist():
            if name.endswith(".yml"):
                document = yaml.load(archive.read(name), Loader=yaml.CSafeLoader)
                bodies[document["id"]] = Detection(document)
    flat = [event_of(row) for row in events.iter_rows(named=True)]
    compared, differ = 0, []
    for rule in rules.runnable[::step]:
        key = rule.rule.id.removeprefix("threats.sigma.")
        mine = [n for n, (source, _) in enumerate(flat) if selects(rule.logsource, *source)]
        if not mine:
            assert not found[key]
            continue
        expected = {n for n in mine if bodies[key].matches(flat[n][1])}
        compared += len(mine)
        if expected != found[key]:
            differ.append((rule.file, sorted(expected ^ found[key])))
    print(f"{compared:,} rule x event decisions compared, {len(differ)} rules differ")
    assert compared > 100_000 / step
    assert not differ


def event_of(row: dict[str, Any]) -> tuple[tuple[str, str, str], dict[str, Any]]:
    fields = json.loads(row["fields"])
    for name, column in (("Channel", "channel"), ("EventID", "event_id"), ("Computer", "host"), ("Message", "message")):
        if row[column]:
            fields.setdefault(name, row[column])
    return (row["product"], row["service"], row["category"]), fields
