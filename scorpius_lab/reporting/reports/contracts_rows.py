"""The contract report's data: what is asked of the store, and the rows its tables and figures are made from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from scorpius_lab.reporting.spec import ReportParameters, SnapshotQuery
from scorpius_lab.reporting.theme import SEVERITIES

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.reporting.report import Report

CLOSED = ("fixed", "false_positive", "accepted")
DECIDED = ("accepted", "false_positive")
READ = ("pass", "partial")
SCANS = 30  # the newest are shown
NO_SCAN = (
    "No contract has been looked at: run `scorpius contracts scan PATH` or call `lab.contracts([path])`. "
    "Nothing can be said."
)
NO_FINDINGS = "Nothing was found. That is not the same as no flaw: see below which files were looked at, and for what."

# The DASP Top 10 of 2018, as people write it, in its order.
CLASSES = {
    "reentrancy": "Reentrancy",
    "access_control": "Access control",
    "arithmetic": "Arithmetic",
    "unchecked_low_level_calls": "Unchecked calls",
    "denial_of_service": "Denial of service",
    "bad_randomness": "Bad randomness",
    "front_running": "Front running",
    "time_manipulation": "Time manipulation",
    "short_addresses": "Short addresses",
    "other": "Other",
}


class ContractsParameters(ReportParameters):
    """What the contract report can be asked."""

    cards: Annotated[int, Field(ge=0, le=1000, description="How many findings are shown with code and path.")] = 50


_ASSETS = "(SELECT id, any_value(name) AS name FROM assets GROUP BY id)"
_RULES = (
    "(SELECT id, version, arg_max(title, recorded_at) AS title, arg_max(description, recorded_at) AS description, "
    "arg_max(remedy, recorded_at) AS remedy, arg_max(requirements, recorded_at) AS requirements "
    "FROM rules WHERE recorded_at <= $as_of GROUP BY id, version)"
)
_OURS = "starts_with({column}, 'contracts.')"
_LATEST = (
    "(SELECT * FROM observations WHERE rule_id = 'contracts.source.evaluated' AND recorded_at <= $as_of "
    "QUALIFY row_number() OVER (PARTITION BY asset_id ORDER BY recorded_at DESC, id) = 1)"
)

FINDINGS = f"""
SELECT f.fingerprint, f.run_id, f.rule_id, coalesce(r.title, f.rule_id) AS title, f.severity, f.confidence, f.state,
       f.state_reason, f.state_until, f.first_recorded_at AS opened_at, a.name AS path,
       coalesce(f.detail->>'dasp', 'other') AS dasp, coalesce(f.detail->>'contract', '') AS contract,
       coalesce(f.detail->>'function', '') AS function, TRY_CAST(f.location->>'line' AS BIGINT) AS line,
       TRY_CAST(f.location->>'end_line' AS BIGINT) AS end_line, coalesce(f.detail->>'message', f.message) AS message,
       r.description, coalesce(f.detail->>'fix', r.remedy) AS fix, r.requirements,
       (f.detail->'excerpt')::VARCHAR AS excerpt, (f.detail->'steps')::VARCHAR AS steps,
       (f.detail->'others')::VARCHAR AS others, (f.detail->'swc')::VARCHAR AS swc, (f.detail->'cwe')::VARCHAR AS cwe,
       TRY_CAST(f.detail->>'score' AS DOUBLE) AS score, (f.detail->'contributions')::VARCHAR AS contributions
FROM findings_as_of($as_of) f
LEFT JOIN {_ASSETS} a ON a.id = f.asset_id
LEFT JOIN {_RULES} r ON r.id = f.rule_id AND r.version = f.rule_version
WHERE {_OURS.format(column="f.rule_id")}
ORDER BY list_position(['critical', 'high', 'medium', 'low', 'info'], f.severity), score DESC NULLS LAST,
         list_position(['high', 'medium', 'low'], f.confidence), path, line, f.fingerprint
"""  # noqa: S608 (our own constants)

FILES = f"""
SELECT o.run_id, a.name AS path, o.state, o.reason, o.recorded_at AS looked_at, o.value AS seconds,
       TRY_CAST(o.detail->>'lines' AS BIGINT) AS lines, coalesce(o.detail->>'sha256', '') AS sha256,
       (o.detail->'contracts')::VARCHAR AS contracts, (o.detail->'missing_imports')::VARCHAR AS missing_imports
FROM {_LATEST} o JOIN {_ASSETS} a ON a.id = o.asset_id
ORDER BY list_position(['error', 'not_evaluated', 'stale', 'partial', 'pass'], o.state), a.name
"""  # noqa: S608 (our own constants)

# For each detector, over how many of the files that could be read it ran when they were last looked at.
DETECTORS = f"""
SELECT rule_id, sum(files) AS files
FROM (
    SELECT unnest(from_json(r.scope->'rules', '["VARCHAR"]')) AS rule_id, l.files
    FROM runs_as_of($as_of) r
    JOIN (SELECT run_id, count(*) AS files FROM {_LATEST} WHERE state IN ('pass', 'partial') GROUP BY run_id) l
      ON l.run_id = r.id
)
GROUP BY rule_id ORDER BY rule_id
"""  # noqa: S608 (our own constants)

# What was open in the lab right after each scan, and what that scan changed.
SCANS_SQL = f"""
WITH scans AS (
    SELECT id, started_at, outcome, error, recorded_at AS known_at FROM runs_as_of($as_of)
    WHERE function = 'contracts.scan' AND outcome <> 'started' ORDER BY started_at DESC, id LIMIT {SCANS}
), firsts AS (
    SELECT fingerprint, min(recorded_at) AS first_at, arg_min(run_id, recorded_at) AS run_id
    FROM findings WHERE {_OURS.format(column="rule_id")} AND recorded_at <= $as_of GROUP BY fingerprint
), events AS (
    SELECT e.* FROM finding_events e SEMI JOIN firsts USING (fingerprint) WHERE e.recorded_at <= $as_of
), known AS (
    SELECT s.id, e.fingerprint, e.state, e.until FROM scans s JOIN events e ON e.recorded_at <= s.known_at
    QUALIFY row_number() OVER
        (PARTITION BY s.id, e.fingerprint ORDER BY e.recorded_at DESC, e.effective_at DESC, e.id) = 1
), open_then AS (
    SELECT s.id, count(*) AS open, count(*) FILTER (f.run_id = s.id) AS new
    FROM scans s JOIN firsts f ON f.first_at <= s.known_at
    LEFT JOIN known k ON k.id = s.id AND k.fingerprint = f.fingerprint
    WHERE coalesce(k.state, 'open') NOT IN ('fixed', 'false_positive', 'accepted')
       OR (k.state IN ('false_positive', 'accepted') AND k.until <= s.known_at)
    GROUP BY s.id
), changed AS (
    SELECT run_id, count(*) FILTER (state = 'fixed') AS fixed, count(*) FILTER (state = 'reopened') AS reopened
    FROM events WHERE run_id IS NOT NULL GROUP BY run_id
), looked AS (
    SELECT run_id, count(*) AS files, count(*) FILTER (state = 'pass') AS whole
    FROM observations WHERE rule_id = 'contracts.source.evaluated' AND recorded_at <= $as_of GROUP BY run_id
)
SELECT s.id AS run_id, s.started_at, s.outcome, s.error, coalesce(l.files, 0) AS files, coalesce(l.whole, 0) AS whole,
       coalesce(o.open, 0) AS open, coalesce(o.new, 0) AS new, coalesce(c.fixed, 0) AS fixed,
       coalesce(c.reopened, 0) AS reopened
FROM scans s LEFT JOIN open_then o ON o.id = s.id LEFT JOIN changed c ON c.run_id = s.id
LEFT JOIN looked l ON l.run_id = s.id
ORDER BY s.started_at, s.id
"""  # noqa: S608 (our own constants)

QUERIES = (
    SnapshotQuery("findings", FINDINGS, NO_FINDINGS),
    SnapshotQuery("files", FILES, NO_SCAN),
    SnapshotQuery("detectors", DETECTORS, NO_SCAN),
    SnapshotQuery("scans", SCANS_SQL, NO_SCAN),
)


def rows(report: Report, table: str) -> list[dict[str, Any]]:
    """A table's rows; none if the lab lacks it."""
    return list(report.table(table).iter_rows(named=True))


def open_findings(report: Report) -> list[dict[str, Any]]:
    """What is open, worst first; of equal severity what a model finds most probable first."""
    return [row for row in rows(report, "findings") if row["state"] not in CLOSED]


def decided_findings(report: Report) -> list[dict[str, Any]]:
    """What somebody accepted or called false, which no figure counts as open."""
    return [row for row in rows(report, "findings") if row["state"] in DECIDED]


def when_no_finding(report: Report) -> str:
    """What to say where no finding is open."""
    return report.when_empty("findings") if rows(report, "files") else NO_SCAN


def file_states(report: Report) -> Counter[str]:
    """Files by state."""
    return Counter(row["state"] for row in rows(report, "files"))


def severity_counts(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many findings of each severity, worst first."""
    counts = Counter(row["severity"] for row in found)
    return {severity: counts.get(severity, 0) for severity in SEVERITIES}


def listed(text: object) -> list[Any]:
    """A list that was stored as JSON; empty if there is none, or none that can be read."""
    try:
        found = json.loads(str(text or "[]"))
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def named_numbers(text: object) -> dict[str, float]:
    """Numbers by name that were stored as JSON, or as a list of pairs; empty if there are none."""
    try:
        found = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    pairs = found.items() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return {str(pair[0]): float(pair[1]) for pair in pairs if _is_pair(pair)}


def _is_pair(pair: object) -> bool:
    return isinstance(pair, Sequence) and len(pair) == 2 and isinstance(pair[1], int | float)  # noqa: PLR2004


def class_rows(report: Report) -> list[dict[str, Any]]:
    """Each class of the DASP Top 10 with its open findings by severity and what looked for it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in open_findings(report):
        found.setdefault(row["dasp"] if row["dasp"] in CLASSES else "other", []).append(row)
    ran: dict[str, list[int]] = {}
    for row in rows(report, "detectors"):
        ran.setdefault(str(row["rule_id"]).split(".")[1].replace("-", "_"), []).append(int(row["files"]))
    files = sum(count for state, count in file_states(report).items() if state in READ)
    return [
        {
            "class": title,
            "note": _looked(ran.get(name, []), files),
            "looked": bool(ran.get(name)),
            **severity_counts(found.get(name, [])),
        }
        for name, title in CLASSES.items()
    ]


def _looked(ran: list[int], files: int) -> str:
    """How many detectors of a class ran, and whether they saw every file."""
    if not ran:
        return ""
    everywhere = sum(count >= files for count in ran)
    if everywhere == len(ran):
        return count_of(len(ran), "detector")
    return f"{count_of(len(ran), 'detector')}, {everywhere:,} on all files"


def contract_rows(report: Report) -> list[dict[str, Any]]:
    """Each contract with open findings, worst first."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in open_findings(report):
        groups.setdefault((row["contract"] or "outside of contracts", row["path"]), []).append(row)
    made = [
        {"contract": name, "path": path, **severity_counts(found), "all": len(found)}
        for (name, path), found in groups.items()
    ]
    return sorted(made, key=lambda row: (*(-row[s] for s in SEVERITIES), row["path"], row["contract"]))


def contract_count(report: Report) -> int:
    """How many contracts the files that could be read declare."""
    return sum(len(listed(row["contracts"])) for row in rows(report, "files") if row["state"] in READ)


def typed(found: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame with exactly these columns."""
    import polars as pl

    return pl.DataFrame([tuple(row.get(name) for name in schema) for row in found], schema=schema, orient="row")


def count_of(count: int, noun: str, nouns: str = "") -> str:
    """A number and its noun, in the right form."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
