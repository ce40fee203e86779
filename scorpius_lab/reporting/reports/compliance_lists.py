"""The compliance report's lists: failing checks and their sheets, findings, change, and what was not looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.cards import Card, CardTable
from scorpius_lab.reporting.components.markup import moment, percent
from scorpius_lab.reporting.reports import compliance_rows as rows_of
from scorpius_lab.reporting.reports.compliance_rows import JUDGED, NO_BEFORE, NO_RUN, check_rows, frame_of

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

CARDS_AT_MOST = 10
DASH = "\N{EN DASH}"
RUNS_OF_A_TREND = 2
ONE_RUN = "One run of all checks is recorded; a trend takes two."


# -- failing checks


def failing(report: Report) -> Block:
    """Every check that does not hold, worst first; the worst lead to their sheets."""
    wrong = [row for row in check_rows(report) if row["state"] in ("fail", "partial", "error")]
    listed = [
        {**row, "sheet": f"#{components.anchor(_sheet_id(row))}" if number < CARDS_AT_MOST else None}
        for number, row in enumerate(wrong)
    ]
    return components.records(
        "failing",
        frame_of(listed, "rule_id", "state", "severity", "reason", "remedy", "sheet"),
        "Checks that do not hold",
        "What does not hold, by severity; then checks in error.",
        columns={
            "rule_id": "Check", "state": "State", "severity": "Severity", "reason": "What was seen", "remedy": "Remedy",
        },
        state_column="state",
        severity_column="severity",
        rich_columns=("remedy",),
        links={"rule_id": "sheet"},
        when_empty=NO_RUN if not report.rows("checks") else "Every check that was judged holds.",
    )  # fmt: skip


def _short(key: str) -> str:
    names = {"soc2": "SOC 2", "iso27001": "ISO", "pci_dss": "PCI", "hipaa": "HIPAA", "gdpr": "GDPR"}
    framework, _, one = key.partition(":")
    return f"{names.get(framework, framework)} {one}"


def _sheet_id(row: Mapping[str, Any]) -> str:
    return f"{row['rule_id']} {row['asset']}"


def sheets(report: Report) -> Block:
    """One card for each of the worst checks, with its evidence."""
    evidence = rows_of.evidence_rows(report)
    wrong = [row for row in check_rows(report) if row["state"] in ("fail", "partial", "error")]
    return components.cards(
        "sheets",
        [_card(row, evidence) for row in wrong[:CARDS_AT_MOST]],
        when_empty=NO_RUN if not report.rows("checks") else "Every check that was judged holds.",
    )


def _card(row: Mapping[str, Any], evidence: Mapping[str, Mapping[str, Any]]) -> Card:
    cited = [evidence[one] for one in row["evidence"] or () if one in evidence]
    table = [
        {**one, "what": one["query"], "collected": moment(one["collected_at"]),
         "kept": "withheld" if one["target"] is None else "in the bundle"}
        for one in cited
    ]  # fmt: skip
    return Card(
        id=_sheet_id(row),
        title=row["title"],
        kicker=f"{row['rule_id']} · {row['asset_kind']} {row['asset']}",
        state=row["state"],
        because=row["reason"],
        stats=[("Severity", row["severity"]), ("Offenders", _count(row)),
               ("Looked at", row["detail"].get("looked_at", DASH)), ("Rule version", row["rule_version"])],
        paragraphs=[row["description"]] if row["description"] else [],
        remedy=row["remedy"],
        tables=[
            CardTable(
                "Evidence",
                frame_of(table, "what", "sha256", "collected", "kept", "target"),
                columns={"what": "What", "sha256": "SHA-256", "collected": "Collected", "kept": "Where"},
                links={"sha256": "target"},
            )
        ],
        tags=[_short(key) for key in row["requirements"] or ()],
    )  # fmt: skip


def _count(row: Mapping[str, Any]) -> object:
    return int(row["value"]) if row["value"] is not None and row["unit"] == "offenders" else DASH


def severities(report: Report) -> Block:
    """Open findings by severity."""
    found = rows_of.finding_rows(report, "open", "reopened", "triaged")
    worst = Counter(row["severity"] for row in found)
    severe = worst["critical"] + worst["high"]
    return charts.severity_bars(
        "severities",
        frame_of(found, "severity"),
        title="Open findings by severity",
        finding=f"{severe} of {len(found)} open findings are high or critical.",
        source="Findings of host and repository checks that no later run has closed.",
        when_empty=report.when_empty("findings"),
    )


def findings(report: Report) -> Block:
    """Open findings, worst first."""
    found = rows_of.finding_rows(report, "open", "reopened", "triaged")
    listed = [{**row, "since": moment(row["first_recorded_at"])} for row in found]
    return components.records(
        "findings",
        frame_of(listed, "severity", "message", "rule_id", "asset", "state", "since"),
        "Open findings",
        "One for each thing that breaks a rule.",
        columns={
            "severity": "Severity", "message": "What is wrong", "rule_id": "Check", "asset": "Where",
            "state": "Life", "since": "Since",
        },
        severity_column="severity",
        when_empty=report.when_empty("findings"),
        limit=40,
    )  # fmt: skip


# -- change


def changes(report: Report) -> Block:
    """What is another than in the run before."""
    changed = rows_of.change_rows(report, check_rows(report))
    return components.records(
        "changes",
        frame_of(changed, "title", "asset", "was", "state", "reason"),
        "What changed since the run before",
        "Those that got worse come first." if changed else "",
        columns={"title": "Check", "asset": "Where", "was": "Was", "state": "Is", "reason": "Why"},
        state_column="state",
        when_empty="Nothing changed." if report.rows("before") else NO_BEFORE,
    )


def trend(report: Report) -> Block:
    """Score and coverage of each run."""
    history = rows_of.history_rows(report)
    finding = ONE_RUN if len(history) == 1 else NO_RUN
    if len(history) < RUNS_OF_A_TREND:
        history = []
    else:
        first, last = history[0], history[-1]
        finding = (
            f"Over {len(history)} runs the score went from {_share(first['score'])} to {_share(last['score'])} and "
            f"coverage from {_share(first['coverage'])} to {_share(last['coverage'])}."
        )
    return charts.trend(
        "trend",
        frame_of(history, "time", "score", "coverage"),
        title="Score and coverage by run, %",
        finding=finding,
        source="Every successful run of all checks in this lab. Runs of a few checks only are left out.",
        when_empty=finding,
    )


def _share(value: float | None) -> str:
    return percent(value) if value is not None else "nothing judged"


def accepted(report: Report) -> Block:
    """Findings somebody decided to live with."""
    found = rows_of.finding_rows(report, "accepted", "false_positive")
    listed = [{**row, "until": moment(row["state_until"]) if row["state_until"] else "no end"} for row in found]
    return components.records(
        "accepted",
        frame_of(listed, "message", "severity", "state", "state_reason", "until"),
        "Accepted findings",
        "Accepting a finding does not turn a fail into a pass; it says why it stays, and until when.",
        columns={
            "message": "What is wrong", "severity": "Severity", "state": "Decision", "state_reason": "Reason",
            "until": "Until",
        },
        severity_column="severity",
        when_empty="No finding is accepted.",
    )  # fmt: skip


# -- what was not looked at, and what it all stands on


def not_looked_at(report: Report) -> Block:
    """Checks without a judgment, and why."""
    rows = [row for row in check_rows(report) if row["state"] not in JUDGED]
    would = {
        "not_evaluated": "Run the checks as root",
        "manual": "A person answers",
        "stale": "Run the checks again",
        "error": "See the reason; a check that breaks is ours to mend",
        "not_applicable": "Nothing, if the reason is right",
    }
    listed = [{**row, "what": row["title"], "remedy": would.get(row["state"], "")} for row in rows]
    if not report.rows("checks"):
        listed = [{"state": "not_evaluated", "what": "All checks", "reason": NO_RUN, "remedy": "Run the checks"}]
    return components.not_looked_at(
        "not-looked-at",
        frame_of(listed, "state", "what", "reason", "remedy"),
        "Checks that were not judged, and why",
        when_empty="Every check was judged.",
    )


def not_spoken_to(report: Report) -> Block:
    """How many requirements no check speaks to."""
    rows = check_rows(report)
    found = rows_of.requirement_rows(rows)
    silent = Counter((row["framework"], row["edition"]) for row in found if not row["checks"])
    total = Counter(row["framework"] for row in found)
    listed = [
        {
            "what": f"{framework} {edition}",
            "count": f"{number} of {total[framework]}",
            "state": "not_evaluated",
            "reason": "No check of this version speaks to these.",
        }
        for (framework, edition), number in silent.items()
    ]
    return components.not_looked_at(
        "not-spoken-to",
        frame_of(listed, "state", "what", "count", "reason"),
        "Requirements that no check here speaks to",
        when_empty="Every requirement is spoken to.",
    )


def canaries(report: Report) -> Block:
    """That each check was proven able to fail."""
    rows = check_rows(report)
    missed = [row for row in rows if not row["canary"].get("caught")]
    texts = [
        f"In the same run each of {len(rows)} checks also met a planted violation, judged by the same code; "
        f"{len(rows) - len(missed)} caught it. A check that does not is in error, whatever it says about the host."
    ]
    if missed:
        texts.append("Missed by: " + ", ".join(row["rule_id"] for row in missed) + ".")
    return components.note("canaries", texts if rows else [NO_RUN], "Every check is proven able to fail")


def all_checks(report: Report) -> Block:
    """Every check, its state, and its planted violation."""
    listed = [
        {
            **row,
            "planted": row["canary"].get("planted", ""),
            "caught": "caught" if row["canary"].get("caught") else "missed",
        }
        for row in check_rows(report)
    ]
    return components.records(
        "all-checks",
        frame_of(listed, "rule_id", "asset", "state", "reason", "planted", "caught"),
        "All checks",
        "With the violation planted for each.",
        columns={
            "rule_id": "Check", "asset": "Where", "state": "State", "reason": "What was seen", "planted": "Planted",
            "caught": "Canary",
        },
        state_column="state",
        when_empty=report.when_empty("checks"),
    )  # fmt: skip
