"""Counting over time: rules that matter only when they match often within a sliding window.

For each match the window is the timespan that ends with it, so a burst is seen wherever it falls. Windows are computed
once, over all batches, from the few columns kept of each base match (time, group, value, weight). A syslog line that
says "message repeated N times" weighs N.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.security.threats.sigma.backend import literal
from scorpius_lab.security.threats.sigma.table import EVENTS, NARROW, NARROW_GENERIC, _pointer

if TYPE_CHECKING:
    import duckdb

    from scorpius_lab.security.threats.sigma.detector import Looked, Match
    from scorpius_lab.security.threats.sigma.rules import Correlation, RuleSet, ThreatRule

RECORDS_KEPT = 20


class Correlator:
    """Remembers the matches of base rules batch by batch and evaluates correlations at the end."""

    def __init__(self, con: duckdb.DuckDBPyConnection, ruleset: RuleSet) -> None:
        """`con` is the detector's connection; its `hits` and `events` are read after each batch."""
        self._con = con
        self._rules = ruleset.rules
        self._numbers = {rule.rule.id: number for number, rule in enumerate(ruleset.rules)}
        self._correlations = [rule for rule in ruleset.runnable if rule.correlation is not None]
        con.execute(
            "CREATE TEMP TABLE remembered (correlation INTEGER, base INTEGER, time TIMESTAMPTZ, host VARCHAR, "
            "keys VARCHAR[], value VARCHAR, weight BIGINT, file VARCHAR, record BIGINT, message VARCHAR, "
            "personal VARCHAR[])"
        )

    def remember(self) -> None:
        """Keep what correlations need of the current batch's hits."""
        for rule in self._correlations:
            correlation = rule.correlation
            if correlation is None:
                continue
            bases = ", ".join(str(self._numbers[base]) for base in correlation.rules)
            keys = ", ".join(field_sql(name) for name in correlation.group_by) or "''"
            value = field_sql(correlation.value_field) if correlation.value_field else "NULL"
            weight = "coalesce(TRY_CAST(json_extract_string(fields, '/repeat') AS BIGINT), 1)"
            self._con.execute(
                f"INSERT INTO remembered SELECT {self._numbers[rule.rule.id]}, h.rule, time, host, "  # noqa: S608
                f'[{keys}], {value}, {weight}, file, record, message, ["user", source_ip] '
                f"FROM hits h JOIN {EVENTS} USING (id) "
                f"WHERE h.rule IN ({bases}) AND time IS NOT NULL"
            )

    def matches(self, looked: Mapping[str, Looked]) -> list[Match]:
        """The correlations that came true, one match for each host and group."""
        found: list[Match] = []
        for rule in self._correlations:
            if rule.correlation is None:
                continue
            for base in rule.correlation.rules:
                mine, theirs = looked[rule.rule.id], looked[base]
                mine.problem = mine.problem or theirs.problem
                mine.events = max(mine.events, theirs.events)
                mine.sources.update(theirs.sources)
            found += self._matches_of(rule, rule.correlation)
        return found

    def _matches_of(self, rule: ThreatRule, correlation: Correlation) -> list[Match]:
        window = (
            f"(PARTITION BY host, keys ORDER BY time RANGE BETWEEN INTERVAL {int(correlation.seconds)} SECOND "
            "PRECEDING AND CURRENT ROW)"
        )
        counted = "sum(weight)" if correlation.kind == "event_count" else "count(DISTINCT value)"
        # a row belongs to a match if it lies within the timespan before a window that came true
        sql = f"""
            WITH counted AS (
                SELECT *, {counted} OVER {window} AS n FROM remembered WHERE correlation = {self._numbers[rule.rule.id]}
            ), true_at AS (
                SELECT *, n {correlation.operator} {float(correlation.count)!r} AS holds FROM counted
            ), marked AS (
                SELECT *, bool_or(holds) OVER (PARTITION BY host, keys ORDER BY time RANGE BETWEEN CURRENT ROW
                    AND INTERVAL {int(correlation.seconds)} SECOND FOLLOWING) AS part_of
                FROM true_at
            )
            SELECT host, keys, time, file, record, message, personal, weight, n FROM marked WHERE part_of
            ORDER BY host, keys, time, record
        """  # noqa: S608 (numbers only)
        return _grouped(rule, correlation, fetch(self._con, sql).iter_rows(named=True))


def _grouped(rule: ThreatRule, correlation: Correlation, rows: Any) -> list[Match]:
    from scorpius_lab.security.threats.sigma.detector import Match, Record

    groups: dict[tuple[str, tuple[str | None, ...]], Match] = {}
    for row in rows:
        keys = tuple(row["keys"]) if correlation.group_by else ()
        names = dict(zip(correlation.group_by, (key or "" for key in keys), strict=False))
        kind = {"sourceip": "address", "user": "user"}.get(next(iter(names), "").lower(), "group")
        subject = ", ".join(names.values()) or row["host"]
        match = groups.setdefault((row["host"], keys), Match(rule, row["host"], kind, subject))
        match.add(row["weight"], row["time"], row["time"])
        if len(match.records) < RECORDS_KEPT:
            personal = tuple(name for name in row["personal"] if name)
            match.records.append(Record(row["file"], row["record"], row["time"], row["message"], names, personal))
    return list(groups.values())


def field_sql(name: str) -> str:
    """A field of an event by its name as rules write it: spelled alike, else a narrow column of that meaning."""
    parts = [f"json_extract_string(fields, {literal(_pointer(name))})"]
    narrow = {**NARROW, **NARROW_GENERIC}.get(name.lower())
    if narrow:
        parts.append(narrow)
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
