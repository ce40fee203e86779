"""What the compliance report's figures are made of: its queries, and the rows derived from them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.analytics.compliance.frameworks import Requirement
    from scorpius_lab.reporting.report import Report

NO_RUN = "No host check has been run in this lab; run `scorpius check` or `lab.call('compliance.check')`."
NO_BEFORE = "There is no earlier run to compare with."
JUDGED = ("pass", "partial", "fail")
WRONG = ("fail", "partial")
# Failing first, then what could not be judged although it should have been.
ORDER = ("fail", "partial", "error", "stale", "manual", "not_evaluated", "not_applicable", "pass")
SEVERITIES = ("critical", "high", "medium", "low", "info")
WITHHELD = ("personal", "confidential")
# Who usually decides about a topic; a suggestion until controls have owners of their own.
DECIDES = {
    "host.account": "Identity",
    "host.privilege": "Identity",
    "host.ssh": "Platform",
    "host.network": "Network",
    "host.update": "Platform",
    "host.audit": "Security operations",
    "host.malware": "Security operations",
    "host.certificate": "Platform",
    "host.disk": "Risk owner",
    "host.backup": "Risk owner",
    "repository": "Engineering",
}

_RUNS = "runs_as_of($as_of) WHERE function = 'compliance.check' AND outcome = 'succeeded'"
# A run of chosen checks names them in its parameters; its score says nothing about the host.
_WHOLE = "coalesce(json_type(parameters, '$.checks'), 'NULL') = 'NULL'"
# The newest word of each check on each asset, and the one before it, whichever run said it.
_RANKED = f"""
SELECT o.*, r.started_at AS run_started_at,
       row_number() OVER (PARTITION BY o.rule_id, o.asset_id, o.part ORDER BY r.started_at DESC, o.id) AS age
FROM observations o JOIN (SELECT id, started_at FROM {_RUNS}) r ON r.id = o.run_id
WHERE o.recorded_at <= $as_of
"""  # noqa: S608 (our own constants)
RUN = f"""
SELECT id AS run_id, version, parameters, started_at, ended_at, host, actor FROM {_RUNS}
ORDER BY started_at DESC, id LIMIT 1
"""  # noqa: S608
CHECKS = f"""
WITH ranked AS ({_RANKED}),
words AS (SELECT * FROM rules WHERE recorded_at <= $as_of
          QUALIFY row_number() OVER (PARTITION BY id, version ORDER BY recorded_at DESC, content_id) = 1),
things AS (SELECT * FROM assets WHERE recorded_at <= $as_of
           QUALIFY row_number() OVER (PARTITION BY id ORDER BY recorded_at DESC) = 1)
SELECT o.run_id, o.rule_id, o.rule_version, w.title, w.severity, w.remedy, w.description, w.requirements,
       t.kind AS asset_kind, t.name AS asset, o.part,
       CASE WHEN o.state IN ('pass', 'partial', 'fail') AND o.run_started_at < $as_of - to_days($evidence_term_days)
            THEN 'stale' ELSE o.state END AS state,
       o.state AS said, o.reason, o.evidence, o.value, o.unit, o.detail, o.run_started_at AS observed_at
FROM ranked o JOIN words w ON w.id = o.rule_id AND w.version = o.rule_version JOIN things t ON t.id = o.asset_id
WHERE o.age = 1 ORDER BY o.rule_id, t.name, o.part
"""  # noqa: S608
BEFORE = f"""
WITH ranked AS ({_RANKED})
SELECT o.rule_id, t.name AS asset, o.part, o.state, o.run_started_at AS observed_at
FROM ranked o JOIN (SELECT DISTINCT id, name FROM assets WHERE recorded_at <= $as_of) t ON t.id = o.asset_id
WHERE o.age = 2 ORDER BY o.rule_id, t.name, o.part
"""  # noqa: S608
EVIDENCE = f"""
WITH cited AS (SELECT DISTINCT unnest(evidence) AS id FROM ({_RANKED}) WHERE age = 1)
SELECT c.id AS collection_id, c.sha256, c.source, c.query, c.collector, c.outcome, c.classification, c.collected_at,
       b.size, b.media_type
FROM collections c JOIN cited USING (id) JOIN blobs b USING (sha256)
WHERE c.recorded_at <= $as_of ORDER BY c.query, c.id
"""  # noqa: S608
FINDINGS = """
SELECT f.run_id, f.fingerprint, f.rule_id, f.severity, t.name AS asset, f.location_key, f.message, f.state,
       f.state_reason, f.state_until, f.first_recorded_at
FROM findings_as_of($as_of) f JOIN (SELECT DISTINCT id, name FROM assets WHERE recorded_at <= $as_of) t
     ON t.id = f.asset_id
WHERE starts_with(f.rule_id, 'host.') OR starts_with(f.rule_id, 'repository.')
ORDER BY list_position(['critical', 'high', 'medium', 'low', 'info'], f.severity), f.rule_id, f.location_key
"""
HISTORY = f"""
SELECT o.run_id, r.started_at, o.state, count(*) AS checks
FROM observations o JOIN (SELECT id, started_at FROM {_RUNS} AND {_WHOLE}) r ON r.id = o.run_id
WHERE o.recorded_at <= $as_of GROUP BY ALL ORDER BY r.started_at, o.run_id, o.state
"""  # noqa: S608


def check_rows(report: Report) -> list[dict[str, Any]]:
    """The newest word of each check, worst first, with the parts of its detail that are shown."""
    return sorted((_checked(row) for row in report.table("checks").iter_rows(named=True)), key=urgency)


def urgency(row: Mapping[str, Any]) -> tuple[bool, int, int, int, str]:
    """Worst first, the same wherever checks are listed.

    What does not hold comes before what could not be judged; of that the more severe, fail before partial, and then
    what most requirements stand on.
    """
    state, severity = ORDER.index(row["state"]), SEVERITIES.index(row["severity"])
    wrong = row["state"] in WRONG
    place = (severity, state) if wrong else (state, severity)
    return not wrong, *place, -len(row["requirements"] or ()), row["rule_id"]


def _checked(row: Mapping[str, Any]) -> dict[str, Any]:
    detail = json.loads(row["detail"] or "{}")
    canary = detail.get("canary") or {}
    reason = row["reason"]
    if row["state"] == "stale" and row["said"] != "stale":
        reason = f"Last looked at on {row['observed_at']:%Y-%m-%d}, when it was {row['said']}; look again."
    return {**row, "reason": reason, "detail": detail, "canary": canary, "decides": decides(row["rule_id"])}


def decides(rule_id: str) -> str:
    """The role that usually decides about a rule's topic."""
    return next((who for topic, who in DECIDES.items() if rule_id.startswith(topic)), "Platform")


def state_counts(rows: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many checks are in each state."""
    return Counter(str(row["state"]) for row in rows)


def score(counts: Mapping[str, int]) -> float | None:
    """Pass of what was judged; None if nothing was."""
    judged = sum(counts.get(state, 0) for state in JUDGED)
    return counts.get("pass", 0) / judged if judged else None


def coverage(counts: Mapping[str, int]) -> float | None:
    """Judged of those that apply here; None if there are none."""
    total = sum(counts.values()) - counts.get("not_applicable", 0)
    return sum(counts.get(state, 0) for state in JUDGED) / total if total else None


def requirement_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every counted requirement of every framework with the checks that speak to it.

    A requirement never passes here: where every judged check holds, its state is *partial*, because a control needs
    scope, period and population beside candidate evidence.
    """
    from scorpius_lab.analytics.compliance.frameworks import all_frameworks

    speaking: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        for key in row["requirements"] or ():
            speaking.setdefault(key, []).append(row)
    return [
        _requirement(framework.name, framework.edition, one, speaking.get(one.key, []))
        for framework in all_frameworks()
        for one in framework.counted
    ]


def _requirement(name: str, edition: str, one: Requirement, checks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    states = Counter(str(check["state"]) for check in checks)
    failing = states["fail"] + states["partial"]
    return {
        "framework": name,
        "edition": edition,
        "requirement": one.id,
        "title": one.title,
        "state": requirement_state(states),
        "checks": len(checks),
        "judged": sum(states[state] for state in JUDGED),
        "failing": failing,
        "evidence_says": _evidence_says(len(checks), states) if checks else "no check speaks",
    }


def _evidence_says(checks: int, states: Mapping[str, int]) -> str:
    """How many checks speak to it and what they say; a check that holds in part is not called failing."""
    said = [f"{checks} {'check' if checks == 1 else 'checks'}", f"{states.get('fail', 0)} failing"]
    partial = states.get("partial", 0)
    return "candidate evidence: " + ", ".join([*said, f"{partial} partial"] if partial else said)


def requirement_state(states: Mapping[str, int]) -> str:
    """The state of a requirement from those of its checks. Never *pass*."""
    if states.get("fail") or states.get("partial"):
        return "fail"
    if states.get("pass"):
        return "partial"
    # That a check does not apply to this host does not make the requirement inapplicable.
    waiting = (word for word in ("error", "stale", "manual") if states.get(word))
    return next(waiting, "not_evaluated")


def change_rows(report: Report, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Checks whose state is another than in the run before, those that got worse first."""
    before = {
        (row["rule_id"], row["asset"], row["part"]): row["state"]
        for row in report.table("before").iter_rows(named=True)
    }
    changed = []
    for row in rows:
        was = before.get((row["rule_id"], row["asset"], row["part"]))
        if was is not None and was != row["state"]:
            changed.append({**row, "was": was, "worse": ORDER.index(row["state"]) < ORDER.index(was)})
    return sorted(changed, key=lambda row: (not row["worse"], ORDER.index(row["state"]), row["rule_id"]))


def history_rows(report: Report) -> list[dict[str, Any]]:
    """Score and coverage of each run, oldest first."""
    runs: dict[tuple[Any, str], Counter[str]] = {}
    for row in report.table("history").iter_rows(named=True):
        runs.setdefault((row["started_at"], row["run_id"]), Counter())[row["state"]] += row["checks"]
    return [
        {"time": started, "score": score(counts), "coverage": coverage(counts), "checks": sum(counts.values())}
        for (started, _), counts in runs.items()
    ]


def evidence_rows(report: Report) -> dict[str, dict[str, Any]]:
    """The cited collections by id, each with where its blob lies in the bundle (None if it is withheld)."""
    return {
        row["collection_id"]: {
            **row,
            "target": None if row["classification"] in WITHHELD else f"evidence/{row['sha256']}",
        }
        for row in report.table("evidence").iter_rows(named=True)
    }


def finding_rows(report: Report, *states: str) -> list[dict[str, Any]]:
    """Findings in one of these states, worst first."""
    return [row for row in report.table("findings").iter_rows(named=True) if row["state"] in states]


def frame_of(rows: Iterable[Mapping[str, Any]], *columns: str) -> pl.DataFrame:
    """A frame of these columns of the rows; empty with its columns if there are none."""
    import polars as pl

    found = [{column: row[column] for column in columns} for row in rows]
    return (
        pl.DataFrame(found, schema=list(columns), infer_schema_length=None, orient="row") if found else pl.DataFrame()
    )
