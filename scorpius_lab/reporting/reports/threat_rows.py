"""The threat report's data: what is asked of the store, and the frames its figures are drawn from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from scorpius_lab.reporting.reports.threat_techniques import OTHER, TACTICS, name_of, tactic_of
from scorpius_lab.reporting.spec import ReportParameters, SnapshotQuery

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.reporting.report import Report

SEVERITIES = ("critical", "high", "medium", "low", "info")
CLOSED = ("fixed", "false_positive", "accepted")
DECIDED = ("accepted", "false_positive")
READ = ("pass", "partial")
BLIND_SHOWN = 60  # techniques beyond which those nobody can see are counted instead of shown
NO_SCAN = "No logs have been looked at: run `scorpius quickstart` or call `threats.scan`. Nothing can be said."
NO_FINDINGS = "Nothing was found. That is not the same as no threat: see below which logs and rules were looked at."

NO_SAMPLE = "No sample is in this lab; run `scorpius threats scan --sample`"
NO_EVENT_FOUND = "Nothing was found in the logs that were read, which is not the same as no threat."
NO_EVENTS = "No finding comes from a log, so there is nothing to place in time."
EVENT = "event"


class ThreatParameters(ReportParameters):
    """What the threat report can be asked."""

    since: Annotated[datetime | None, Field(description="Leave out findings last seen before this, UTC.")] = None
    sample: Annotated[bool, Field(description="Show the bundled sample even if real logs were read.")] = False
    cards: Annotated[int, Field(ge=0, le=200, description="How many findings are shown in full.")] = 20


_ASSETS = "(SELECT id, any_value(kind) AS kind, any_value(name) AS name FROM assets GROUP BY id)"
_RULES = (
    "(SELECT id, version, arg_max(title, recorded_at) AS title, arg_max(techniques, recorded_at) AS techniques, "
    "arg_max(tags, recorded_at) AS tags, arg_max(requirements, recorded_at) AS requirements, "
    "arg_max(author, recorded_at) AS author, arg_max(remedy, recorded_at) AS remedy, "
    "arg_max(description, recorded_at) AS description, "
    "arg_max(severity, recorded_at) AS severity FROM rules WHERE recorded_at <= $as_of GROUP BY id, version)"
)
# the sample is shown only if it is asked for, or no real log could be read
_SAMPLE = (
    f"($sample OR (SELECT count(*) = 0 FROM observations o JOIN {_ASSETS} a ON a.id = o.asset_id "  # noqa: S608
    "WHERE o.rule_id = 'threats.log-source.read' AND a.kind <> 'sample' AND o.state IN ('pass', 'partial') "
    "AND o.value > 0 AND o.recorded_at <= $as_of))"
)
_LATEST = (
    "(SELECT * FROM observations WHERE recorded_at <= $as_of QUALIFY row_number() OVER "
    "(PARTITION BY rule_id, asset_id, part ORDER BY recorded_at DESC, id) = 1)"
)
_RANK = "list_position(['critical', 'high', 'medium', 'low', 'info'], {column})"

FINDINGS = f"""
SELECT f.fingerprint, f.run_id, f.rule_id, coalesce(r.title, f.rule_id) AS title, f.severity, f.confidence,
       a.kind AS asset_kind, a.name AS asset, f.location_kind, f.location::VARCHAR AS location, f.message,
       f.state, f.state_reason, f.state_until, f.first_recorded_at AS opened_at, f.effective_at,
       r.techniques, r.tags, r.requirements, r.author, r.remedy, r.description, f.evidence,
       f.detail->>'log_source' AS log_source, f.detail->>'subject_kind' AS subject_kind,
       f.detail->>'subject' AS subject, TRY_CAST(f.detail->>'count' AS BIGINT) AS matches,
       TRY_CAST(f.detail->>'first' AS TIMESTAMPTZ) AS first, TRY_CAST(f.detail->>'last' AS TIMESTAMPTZ) AS last,
       (f.detail->'records')::VARCHAR AS records, a.kind = 'sample' AS sample
FROM findings_as_of($as_of) f
LEFT JOIN {_ASSETS} a ON a.id = f.asset_id
LEFT JOIN {_RULES} r ON r.id = f.rule_id AND r.version = f.rule_version
WHERE (a.kind <> 'sample' OR {_SAMPLE}) AND ($since IS NULL OR f.effective_at >= $since)
ORDER BY {_RANK.format(column="f.severity")}, f.effective_at DESC, f.fingerprint
"""  # noqa: S608 (our own constants)

SOURCES = f"""
SELECT o.run_id, a.name AS asset, a.kind AS asset_kind, o.state, o.reason, o.value, o.detail::VARCHAR AS detail,
       a.kind = 'sample' AS sample
FROM {_LATEST} o JOIN {_ASSETS} a ON a.id = o.asset_id
WHERE o.rule_id = 'threats.log-source.read' AND (a.kind <> 'sample' OR {_SAMPLE})
ORDER BY list_position(['error', 'not_evaluated', 'stale', 'partial', 'pass'], o.state), a.name
"""  # noqa: S608 (our own constants)

RULES = f"""
SELECT o.run_id, o.rule_id, coalesce(r.title, o.rule_id) AS title, r.severity, r.techniques, r.tags, r.author, o.state,
       o.reason, o.detail->>'log_source' AS log_source, TRY_CAST(o.detail->>'events' AS BIGINT) AS events,
       coalesce(o.detail->>'can_run', 'true') = 'true' AS can_run, a.kind = 'sample' AS sample
FROM {_LATEST} o JOIN {_ASSETS} a ON a.id = o.asset_id
LEFT JOIN {_RULES} r ON r.id = o.rule_id AND r.version = o.rule_version
WHERE starts_with(o.rule_id, 'threats.') AND o.rule_id <> 'threats.log-source.read'
      AND (a.kind <> 'sample' OR {_SAMPLE})
ORDER BY {_RANK.format(column="r.severity")}, o.rule_id, a.name
"""  # noqa: S608 (our own constants)

QUERIES = (
    SnapshotQuery("findings", FINDINGS, NO_FINDINGS, personal=("subject", "records", "location")),
    SnapshotQuery("sources", SOURCES, NO_SCAN),
    SnapshotQuery("rules", RULES, NO_SCAN),
)


def rows(report: Report, table: str) -> list[dict[str, Any]]:
    """A table's rows; none if the lab lacks it."""
    return list(report.table(table).iter_rows(named=True))


def is_sample(report: Report) -> bool:
    """True if what is shown of the logs is the bundled sample."""
    return any(row["sample"] for row in rows(report, "sources"))


def sample_missing(report: Report) -> bool:
    """True if the sample was asked for and the lab does not hold it: then nothing else is shown in its place."""
    return bool(report.parameters.get("sample")) and not is_sample(report)


def when_empty(report: Report, table: str) -> str:
    """What to say where there is nothing to show."""
    return f"{NO_SAMPLE}." if sample_missing(report) else report.when_empty(table)


def is_detector(row: Mapping[str, Any]) -> bool:
    """True if the finding's rule looks at logs; its title then says what happened."""
    return str(row["rule_id"]).startswith("threats.")


def is_event(row: Mapping[str, Any]) -> bool:
    """True if the finding is something that happened, rather than a state of the host."""
    return is_detector(row) or row["location_kind"] == EVENT


def said(row: Mapping[str, Any]) -> str:
    """What was found. The title of a check is the state that is wanted, so its message stands here instead."""
    return str(row["title"] if is_detector(row) else row["message"] or row["title"]).removesuffix(".")


def shown_findings(report: Report) -> list[dict[str, Any]]:
    """The open findings the figures are about, what happened first, then worst first.

    The sample's if it is shown, else those of every engine.
    """
    found = [row for row in _findings(report) if row["state"] not in CLOSED]
    return sorted(found, key=lambda row: not is_event(row))


def event_findings(report: Report) -> list[dict[str, Any]]:
    """The open findings that are something that happened, worst first."""
    return [row for row in shown_findings(report) if is_event(row)]


def decided_findings(report: Report) -> list[dict[str, Any]]:
    """Findings somebody accepted or called false, which no figure counts as open."""
    return [row for row in _findings(report) if row["state"] in DECIDED]


def _findings(report: Report) -> list[dict[str, Any]]:
    if sample_missing(report):
        return []
    sample = is_sample(report)
    return [row for row in rows(report, "findings") if bool(row["sample"]) == sample]


def grouped_findings(report: Report) -> list[list[dict[str, Any]]]:
    """The open findings, those of one check together (worst first) and each of a detector alone."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in shown_findings(report):
        groups.setdefault(row["fingerprint"] if is_detector(row) else row["rule_id"], []).append(row)
    return list(groups.values())


def other_findings(report: Report) -> list[dict[str, Any]]:
    """Open findings of other engines than this one, real ones only."""
    if sample_missing(report):
        return []
    return [
        row
        for row in rows(report, "findings")
        if not row["sample"] and row["state"] not in CLOSED and not is_detector(row)
    ]


def shown_sources(report: Report) -> list[dict[str, Any]]:
    """Logs read and not read, with the parts of their detail; real ones that are absent stay beside the sample."""
    if sample_missing(report):
        return []
    return [row | json.loads(row["detail"] or "{}") | {"sample": row["sample"]} for row in rows(report, "sources")]


def shown_logs(report: Report) -> list[dict[str, Any]]:
    """The logs the figures come from: the sample's if it is shown."""
    sample = is_sample(report)
    return [row for row in shown_sources(report) if bool(row["sample"]) == sample]


def shown_rules(report: Report) -> list[dict[str, Any]]:
    """Rules by the log they were run on: the sample's if it is shown, else the real ones."""
    if sample_missing(report):
        return []
    sample = is_sample(report)
    return [row for row in rows(report, "rules") if bool(row["sample"]) == sample]


def rule_states(report: Report) -> dict[str, str]:
    """One word for each rule over all places: found, watched, cannot_run, no_data."""
    words: dict[str, str] = {}
    order = ("found", "watched", "no_data", "cannot_run")
    for row in shown_rules(report):
        word = {"fail": "found", "pass": "watched"}.get(row["state"], "no_data" if row["can_run"] else "cannot_run")
        known = words.get(row["rule_id"], word)
        words[row["rule_id"]] = min(word, known, key=order.index)
    return words


def severity_counts(findings: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many findings of each severity, worst first."""
    counts = Counter(row["severity"] for row in findings)
    return {severity: counts.get(severity, 0) for severity in SEVERITIES}


def technique_rows(report: Report) -> list[dict[str, Any]]:
    """For each technique that a rule or a finding names: seen, weak, watched or blind, in the order of an attack.

    Only what happened is seen; a failed check is a weakness that the technique could use.
    """
    hits: dict[str, list[str]] = {}
    weak: dict[str, list[str]] = {}
    tags: dict[str, list[str]] = {}
    watched: set[str] = set()
    for row in shown_findings(report):
        for technique in row["techniques"] or ():
            (hits if is_event(row) else weak).setdefault(technique, []).append(row["severity"])
            tags.setdefault(technique, list(row["tags"] or ()))
    for row in shown_rules(report):
        for technique in row["techniques"] or ():
            tags.setdefault(technique, list(row["tags"] or ()))
            if row["state"] in ("pass", "fail"):
                watched.add(technique)
    found = [
        _technique(technique, names, hits.get(technique, []), weak.get(technique, []))
        | {"watched": technique in watched or technique in hits}
        for technique, names in tags.items()
    ]
    for row in found:
        if row["seen"] == "blind" and row["watched"]:
            row["seen"] = "watched"
    order = {tactic: number for number, tactic in enumerate((*TACTICS, OTHER))}
    seen = {"hit": 0, "weak": 1, "watched": 2, "blind": 3}
    found.sort(key=lambda row: (order[row["key"]], seen[row["seen"]], -row["count"], row["technique"]))
    if len(found) > BLIND_SHOWN:
        found = [row for row in found if row["seen"] != "blind"]
    return found


def _technique(technique: str, tags: list[str], hits: list[str], weak: list[str]) -> dict[str, Any]:
    tactic = tactic_of(technique, tags)
    severities = hits or weak
    return {
        "key": tactic,
        "tactic": tactic.replace("-", " ").capitalize(),
        "technique": technique,
        "name": name_of(technique),
        "seen": "hit" if hits else "weak" if weak else "blind",
        "count": len(severities),
        "severity": min(severities, key=SEVERITIES.index) if severities else None,
    }


def matching_records(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records kept with a finding; none if the column was redacted."""
    try:
        kept = json.loads(row["records"] or "[]")
    except ValueError:
        return []
    return [record for record in kept if isinstance(record, dict)] if isinstance(kept, list) else []


def typed(found: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame with exactly these columns."""
    import polars as pl

    return pl.DataFrame([tuple(row.get(name) for name in schema) for row in found], schema=schema, orient="row")


def count_of(count: int, noun: str, nouns: str = "") -> str:
    """A number and its noun, in the right form."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def plural(count: int) -> str:
    """The ending of a noun after this number."""
    return "" if count == 1 else "s"
