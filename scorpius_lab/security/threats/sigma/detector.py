"""Runs rules over batches of events and gathers what they matched, in flat memory.

Each batch becomes a DuckDB table; each group of rules with one log source gets a narrow table of just the fields it
names; each rule is one condition over it. The database has no access to files or the network, whatever a rule says.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.store.exchange import fetch, register
from scorpius_lab.errors import MissingExtra
from scorpius_lab.security.threats.sigma.columns import KEYWORDS, KEYWORDS_CASED, address_key
from scorpius_lab.security.threats.sigma.correlation import Correlator
from scorpius_lab.security.threats.sigma.rules import LogSource, RuleSet, ThreatRule
from scorpius_lab.security.threats.sigma.table import DISTINCT_FROM, EVENTS, TABLE, selects, table_sql

if TYPE_CHECKING:
    import duckdb
    import polars as pl

RECORDS_KEPT = 20  # matching records kept with a finding; all are counted
GROUPS_KEPT = 1_000  # subjects of one rule on one host that get a finding of their own
OTHERS = "(others)"

# who or what a match is about: the address for what comes over the network, else the user, else the thing
SUBJECT = """CASE
    WHEN service = 'dpkg' THEN ['package', json_extract_string(fields, '/Package')]
    WHEN service = 'sshd' AND source_ip IS NOT NULL THEN ['address', source_ip]
    WHEN "user" IS NOT NULL THEN ['user', "user"]
    WHEN source_ip IS NOT NULL THEN ['address', source_ip]
    WHEN image IS NOT NULL THEN ['image', image]
    ELSE ['log', channel] END"""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that matched: where it is, and the values of the fields the rule looks at.

    `personal` are the user and address it names, so that an excerpt can mask them.
    """

    file: str
    record: int
    time: datetime | None
    message: str
    matched: Mapping[str, str]
    personal: tuple[str, ...] = ()


@dataclass(slots=True)
class Match:
    """All matches of one rule on one host about one subject."""

    rule: ThreatRule
    host: str
    subject_kind: str
    subject: str
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    records: list[Record] = field(default_factory=list)

    def add(self, count: int, first: datetime | None, last: datetime | None) -> None:
        """Count more matches between two times."""
        self.count += count
        self.first = min((t for t in (self.first, first) if t is not None), default=None)
        self.last = max((t for t in (self.last, last) if t is not None), default=None)


@dataclass(slots=True)
class Looked:
    """What a rule was run on: events by (product, service, category), and why it could not run, if so."""

    events: int = 0
    sources: dict[tuple[str, str, str], int] = field(default_factory=dict)
    problem: str | None = None


class Detector:
    """Feed it frames of events, then ask for `matches()` and what each rule `looked` at."""

    def __init__(self, ruleset: RuleSet, *, check: Callable[[], None] | None = None) -> None:
        """`check` is called between rules and may raise to stop. Raises MissingExtra without pySigma."""
        self.ruleset = ruleset
        self.looked: dict[str, Looked] = {rule.rule.id: Looked(problem=rule.problem) for rule in ruleset.rules}
        self._check = check or (lambda: None)
        self._matches: dict[tuple[str, str, str, str], Match] = {}
        self._subjects: dict[tuple[str, str], int] = defaultdict(int)
        self._groups: dict[LogSource, list[ThreatRule]] = defaultdict(list)
        for rule in ruleset.runnable:
            if rule.sql is not None:
                self._groups[rule.logsource].append(rule)
        self._numbers = {rule.rule.id: number for number, rule in enumerate(ruleset.rules)}
        self._con = _connection()
        for rule_id, problem in refused(ruleset, self._con).items():
            self.looked[rule_id].problem = problem
        self._correlator = Correlator(self._con, ruleset)

    def feed(self, frame: pl.DataFrame) -> int:
        """Run every rule that has events here; returns how many (rule, event) pairs matched."""
        if frame.is_empty():
            return 0
        register(self._con, "incoming", frame.with_row_index("id"))
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE {EVENTS} AS SELECT * FROM incoming")  # noqa: S608
        self._con.unregister("incoming")
        counts = {
            (product, service, category): count
            for product, service, category, count in self._rows(
                f"SELECT product, service, category, count(*) FROM {EVENTS} GROUP BY ALL"  # noqa: S608
            )
        }
        keys = self._keys()
        self._con.execute("CREATE OR REPLACE TEMP TABLE hits (rule INTEGER, id UINTEGER)")
        for source, rules in self._groups.items():
            present = {s: n for s, n in counts.items() if selects(source, *s)}
            if present:
                self._run_group(source, rules, present, keys)
        return self._gather()

    def _keys(self) -> dict[str, list[str]]:
        """Field names in the batch, by their lower case."""
        keys: dict[str, list[str]] = defaultdict(list)
        for (key,) in self._rows(f"SELECT DISTINCT unnest(json_keys(fields)) FROM {EVENTS}"):  # noqa: S608
            keys[key.lower()].append(key)
        return keys

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._con.execute(sql).fetchall()

    def _run_group(
        self,
        source: LogSource,
        rules: list[ThreatRule],
        present: dict[tuple[str, str, str], int],
        keys: dict[str, list[str]],
    ) -> None:
        import duckdb

        events = sum(present.values())
        rules = [rule for rule in rules if self.looked[rule.rule.id].problem is None]
        used = frozenset().union(*(rule.columns for rule in rules))
        if not rules:
            return
        distinct = events >= DISTINCT_FROM and not used & {KEYWORDS, KEYWORDS_CASED}
        self._con.execute(table_sql(source, used, self.ruleset.columns, keys, distinct=distinct))
        for rule in rules:
            self._check()
            looked = self.looked[rule.rule.id]
            number = self._numbers[rule.rule.id]
            try:
                self._con.execute(
                    f"INSERT INTO hits SELECT {number}, unnest(ids) FROM {TABLE} WHERE {rule.sql}"  # noqa: S608
                )
            except duckdb.Error as error:
                looked.problem = f"the database refuses it: {' '.join(str(error).split())[:200]}"
                continue
            looked.events += events
            for key, count in present.items():
                looked.sources[key] = looked.sources.get(key, 0) + count

    def _gather(self) -> int:
        """Move the batch's hits into matches and into the correlator's memory."""
        total = int(self._rows("SELECT count(*) FROM hits")[0][0])
        if not total:
            return 0
        self._correlator.remember()
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE told AS SELECT h.rule, e.*, {SUBJECT} AS subject "  # noqa: S608
            f"FROM hits h JOIN {EVENTS} e USING (id)"
        )
        groups = fetch(
            self._con,
            "SELECT rule, host, subject[1] AS kind, coalesce(subject[2], '') AS name, count(*)::BIGINT AS n, "
            "min(time) AS first, max(time) AS last FROM told GROUP BY ALL ORDER BY ALL",
        )
        for row in groups.iter_rows(named=True):
            rule = self.ruleset.rules[row["rule"]]
            if not rule.quiet:
                self._match(rule, row["host"], row["kind"], row["name"]).add(row["n"], row["first"], row["last"])
        self._keep_records()
        return total

    def _match(self, rule: ThreatRule, host: str, kind: str, subject: str) -> Match:
        key = (rule.rule.id, host, kind, subject)
        found = self._matches.get(key)
        if found is not None:
            return found
        place = (rule.rule.id, host)
        if self._subjects[place] >= GROUPS_KEPT:
            key = (rule.rule.id, host, "", OTHERS)
            return self._matches.setdefault(key, Match(rule, host, "", OTHERS))
        self._subjects[place] += 1
        return self._matches.setdefault(key, Match(rule, host, kind, subject))

    def _keep_records(self) -> None:
        kept = fetch(
            self._con,
            "SELECT rule, host, subject[1] AS kind, coalesce(subject[2], '') AS name, file, record, time, message, "  # noqa: S608
            'fields, "user", source_ip FROM told QUALIFY row_number() OVER '
            f"(PARTITION BY rule, host, kind, name ORDER BY time, record) <= {RECORDS_KEPT}",
        )
        for row in kept.iter_rows(named=True):
            rule = self.ruleset.rules[row["rule"]]
            if rule.quiet:
                continue
            match = self._match(rule, row["host"], row["kind"], row["name"])
            if len(match.records) < RECORDS_KEPT:
                match.records.append(self.record_of(rule, row))

    def record_of(self, rule: ThreatRule, row: Mapping[str, Any]) -> Record:
        """A matching row as a record with the values the rule looked at."""
        fields = {key.lower(): value for key, value in json.loads(row["fields"]).items()}
        names = sorted({self.ruleset.columns.name_of(c) for c in rule.columns if c not in {KEYWORDS, KEYWORDS_CASED}})
        matched = {name: str(fields[name.lower()]) for name in names if name.lower() in fields}
        personal = tuple(row[name] for name in ("user", "source_ip") if row[name])
        return Record(row["file"], row["record"], row["time"], row["message"], matched, personal)

    def matches(self) -> list[Match]:
        """Everything matched, correlations included, worst first. Call once, after the last batch."""
        found = [*self._matches.values(), *self._correlator.matches(self.looked)]
        return sorted(found, key=lambda m: (-m.rule.rule.severity.rank, m.rule.rule.id, m.host, m.subject))


def _connection() -> duckdb.DuckDBPyConnection:
    try:
        import duckdb
        from duckdb.func import FunctionNullHandling
    except ImportError:
        raise MissingExtra("running rules needs duckdb; install scorpius-lab again") from None
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    con = duckdb.connect(":memory:", config=settings)
    con.execute("SET TimeZone = 'UTC'")
    con.create_function("address_key", _address_key, ["varchar"], "varchar", null_handling=FunctionNullHandling.SPECIAL)
    con.execute("SET lock_configuration = true")
    return con


def _address_key(text: str | None) -> str | None:
    return address_key(text)


def refused(ruleset: RuleSet, con: duckdb.DuckDBPyConnection | None = None) -> dict[str, str]:
    """Rules the database would refuse, by id, with its words: patterns its linear-time engine cannot run."""
    import duckdb

    con = con or _connection()
    problems = {}
    for rule in ruleset.runnable:
        if rule.sql is None or "regexp_matches(" not in rule.sql:
            continue
        typed = ", ".join(f"{column} VARCHAR" for column in sorted(rule.columns))
        try:
            con.execute(f"CREATE OR REPLACE TEMP TABLE tried ({typed})")
            con.execute(f"SELECT 1 FROM tried WHERE {rule.sql}")  # noqa: S608
        except duckdb.Error as error:
            problems[rule.rule.id] = f"the database refuses it: {' '.join(str(error).split())[:200]}"
    return problems


def sources_of(rules: Iterable[ThreatRule]) -> list[LogSource]:
    """The log sources rules ask for, each once."""
    return sorted({rule.logsource for rule in rules}, key=lambda source: source.label)
