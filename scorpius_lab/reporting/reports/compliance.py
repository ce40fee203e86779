"""The compliance report: what was found on this host, what it says about five frameworks, and what nobody looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports import compliance_rows as rows_of
from scorpius_lab.reporting.reports.compliance_lists import (
    accepted,
    all_checks,
    canaries,
    changes,
    failing,
    findings,
    not_looked_at,
    not_spoken_to,
    severities,
    sheets,
    trend,
)
from scorpius_lab.reporting.reports.compliance_rows import JUDGED, NO_BEFORE, NO_RUN, check_rows, frame_of
from scorpius_lab.reporting.spec import ReportParameters, ReportSpec, SnapshotQuery

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

__all__ = [
    "SPEC", "accepted", "all_checks", "canaries", "changes", "failing", "findings", "first_steps", "frameworks",
    "frameworks_table", "headline", "masthead", "not_looked_at", "not_spoken_to", "provenance", "requirements",
    "severities", "sheets", "statement", "trend",
]  # fmt: skip

STEPS_AT_MOST = 6
UNJUDGED = (
    ("manual", "needs a person", "need a person"),
    ("not_evaluated", "could not be seen", "could not be seen"),
    ("error", "broke", "broke"),
    ("stale", "is out of date", "are out of date"),
    ("not_applicable", "does not apply", "do not apply"),
)
CANDIDATE = (
    "A check of one host is candidate evidence. No requirement passes on it: that takes a scope, a period and a "
    "population, which an assessment states and this report does not."
)


class ComplianceParameters(ReportParameters):
    """Parameters of the compliance report."""

    evidence_term_days: Annotated[
        int, Field(ge=1, le=3650, description="Days after which what was seen counts as stale.")
    ] = 30


SPEC = ReportSpec(
    name="compliance",
    title="Compliance",
    notebook="compliance.ipynb",
    parameters=ComplianceParameters,
    queries=(
        SnapshotQuery("run", rows_of.RUN, NO_RUN, personal=("actor",)),
        SnapshotQuery("checks", rows_of.CHECKS, NO_RUN, personal=("reason",)),
        SnapshotQuery("before", rows_of.BEFORE, NO_BEFORE),
        SnapshotQuery("evidence", rows_of.EVIDENCE, "No evidence is cited, because nothing was looked at."),
        SnapshotQuery(
            "findings",
            rows_of.FINDINGS,
            "No finding is recorded; whether that is good depends on what was looked at.",
            personal=("message", "location_key"),
        ),
        SnapshotQuery("history", rows_of.HISTORY, NO_RUN),
    ),
    results=(
        "masthead", "headline", "first-steps", "statement", "frameworks", "frameworks-table", "requirements", "failing",
        "sheets", "severities", "findings", "changes", "trend", "accepted", "not-looked-at", "not-spoken-to",
        "canaries", "all-checks", "provenance",
    ),
)  # fmt: skip


# -- the first screen


def masthead(report: Report) -> Block:
    """The title is the result."""
    rows = check_rows(report)
    assets = ", ".join(sorted({f"{row['asset_kind']} {row['asset']}" for row in rows})) or "nothing yet"
    seen = max((row["observed_at"] for row in rows), default=None)
    facts: list[tuple[str, object]] = [
        ("Organization", report.parameters.get("organisation") or report.meta.get("organisation") or "not given"),
        ("Looked at", assets),
        ("Collected", moment(seen) if seen else "never"),
        ("As of", moment(report.as_of)),
        ("Lab", report.meta.get("lab")),
        ("Code", report.meta.get("code_version")),
    ]
    return components.masthead(
        sentence(rows),
        lead(report, rows),
        facts,
        "Compliance report",
        sample=bool(report.meta.get("sample", False)),
        signer=str(report.meta.get("signer") or ""),
        ledger=components.log_entry(report.meta),
        commands=report.meta.get("commands") or (),
    )


def sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """The result in one sentence."""
    if not rows:
        return "Nothing has been looked at yet"
    counts = rows_of.state_counts(rows)
    judged = sum(counts[state] for state in JUDGED)
    if not judged:
        return f"None of {len(rows)} checks could be judged" if len(rows) > 1 else "The one check could not be judged"
    wrong = counts["fail"] + counts["partial"]
    if wrong:
        first = f"{wrong} of {judged} judged checks {'does' if wrong == 1 else 'do'} not hold"
    else:
        first = f"All {judged} judged checks hold" if judged > 1 else "The one judged check holds"
    return "; ".join((first, ", ".join(_rest(counts)))) if len(rows) > judged else first


def _rest(counts: Mapping[str, int]) -> Iterator[str]:
    """What became of the checks that were not judged; not applicable is not the same as not judged."""
    for state, one, many in UNJUDGED:
        number = counts.get(state, 0)
        if number:
            yield f"{number} {one if number == 1 else many}"


def lead(report: Report, rows: Sequence[Mapping[str, Any]]) -> str:
    """What is worst, and how far it goes."""
    if not rows:
        return report.when_empty("checks")
    worst = [row for row in rows if row["state"] in ("fail", "partial")][:2]
    named = " ".join(row["reason"] for row in worst) or "Nothing that was judged is wrong."
    spoken, total = _spoken(rows)
    return (
        f"{named} The checks speak to {spoken} of {total} requirements in five frameworks, as candidate evidence only."
    )


def headline(report: Report) -> Block:
    """Score beside coverage, open findings, requirements, canaries."""
    rows = check_rows(report)
    counts = rows_of.state_counts(rows)
    found = rows_of.finding_rows(report, "open", "reopened", "triaged")
    severe = sum(row["severity"] in ("critical", "high") for row in found)
    caught = sum(bool(row["canary"].get("caught")) for row in rows)
    spoken, total = _spoken(rows)
    figures: list[tuple[str, object, str]] = [
        ("Open findings", len(found), f"{severe} of them high or critical"),
        ("Requirements spoken to", f"{spoken} of {total}", "by at least one check that was judged"),
        ("Planted violations caught", f"{caught} of {len(rows)}", "in the same run, by the same code"),
    ]
    return components.headline(
        "headline",
        rows_of.score(counts),
        rows_of.coverage(counts),
        counts,
        figures if rows else (),
        paragraphs=_sentences(rows),
        score_label="Checks that hold, of those judged",
        coverage_label="Checks judged, of those that apply",
        judged_words=("looked at and judged", "not judged or not applicable"),
        small_print="Score is pass ÷ (pass + partial + fail). Coverage is (pass + partial + fail) ÷ the checks that "
        "apply here. Error, manual, stale, not evaluated and not applicable never count as pass.",
    )


def _sentences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    wrong = [row for row in rows if row["state"] in ("fail", "partial")]
    if not rows:
        return [NO_RUN]
    by_role = Counter(row["decides"] for row in wrong)
    roles = ", ".join(f"**{role}** about {count}" for role, count in by_role.most_common())
    unseen = [row for row in rows if row["state"] in ("not_evaluated", "error", "stale")]
    texts = [f"Who usually decides: {roles}." if roles else "Nothing asks for a decision."]
    if unseen:
        texts.append(
            "**1 check** could not be judged although it should have been; see the end."
            if len(unseen) == 1
            else f"**{len(unseen)} checks** could not be judged although they should have been; see the end."
        )
    return texts


def first_steps(report: Report) -> Block:
    """What to do first: the worst failing checks that many requirements stand on."""
    wrong = [row for row in check_rows(report) if row["state"] in rows_of.WRONG]
    steps = [{**row, "stands": len(row["requirements"] or ())} for row in wrong[:STEPS_AT_MOST]]
    return components.records(
        "first-steps",
        frame_of(steps, "decides", "severity", "remedy", "reason", "stands"),
        "What to do first",
        f"{len(steps)} of {len(wrong)} that do not hold, worst first. Req.: requirements it speaks to.",
        columns={
            "decides": "Usually decides", "severity": "Severity", "remedy": "Do this", "reason": "Because",
            "stands": "Req.",
        },
        severity_column="severity",
        rich_columns=("remedy",),
        when_empty=NO_RUN if not report.rows("checks") else "Every check that was judged holds.",
    )  # fmt: skip


def statement(report: Report) -> Block:
    """What host checks are worth."""
    term = report.parameters.get("evidence_term_days", 30)
    return components.note("statement", [CANDIDATE, f"What was seen more than {term} days ago counts as stale."])


# -- frameworks


def frameworks(report: Report) -> Block:
    """Requirements by framework and state, as a figure."""
    rows = check_rows(report)
    return charts.state_bars(
        "frameworks",
        _framework_frame(rows),
        title="Requirements by framework and state of their candidate evidence",
        finding=_framework_sentence(rows),
        source="Partial: every judged check holds: candidate evidence, no pass. Fail: at least one does not.",
        unit="requirements",
        when_empty=report.when_empty("checks"),
    )


def frameworks_table(report: Report) -> Block:
    """The same as numbers, coverage at the end of each row."""
    return components.heat(
        "frameworks-table",
        _framework_frame(check_rows(report)),
        "Requirements by framework and state",
        "Number of requirements; the shade grows with the share. Coverage: any check speaks to it and was judged.",
        note="edition",
        when_empty=report.when_empty("checks"),
    )


def _framework_frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    if not rows:
        return frame_of(())
    counts = Counter((r["framework"], r["edition"], r["state"]) for r in rows_of.requirement_rows(rows))
    listed = [{"framework": f, "edition": e, "state": s, "count": n} for (f, e, s), n in counts.items()]
    return frame_of(listed, "framework", "edition", "state", "count")


def _framework_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return NO_RUN
    spoken, total = _spoken(rows)
    return (
        f"Checks of hosts and repositories reach {spoken} of {total} requirements; all others wait for other evidence."
    )


def _spoken(rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    found = rows_of.requirement_rows(rows)
    return sum(row["judged"] > 0 for row in found), len(found)


def requirements(report: Report) -> Block:
    """Requirements whose candidate evidence fails."""
    rows = check_rows(report)
    wrong = [row for row in rows_of.requirement_rows(rows) if row["state"] == "fail"] if rows else []
    wrong.sort(key=lambda row: (-row["failing"], row["framework"]))
    return components.records(
        "requirements",
        frame_of(wrong, "framework", "requirement", "title", "state", "evidence_says"),
        "Requirements with failing candidate evidence",
        "What must be true is in our own words.",
        columns={
            "framework": "Framework", "requirement": "Requirement", "title": "What must be true", "state": "State",
            "evidence_says": "What is known",
        },
        state_column="state",
        when_empty=NO_RUN if not rows else "No requirement has failing candidate evidence.",
        limit=25,
    )  # fmt: skip


def provenance(report: Report) -> Block:
    """What the report was made from."""
    return components.provenance("provenance", report)
