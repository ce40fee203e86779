"""The threat report: what was found over whatever the store holds, and which logs and rules could not be looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports.threat_cards import by_engine, findings, record_count, table
from scorpius_lab.reporting.reports.threat_coverage import (
    not_looked_at,
    provenance,
    rejected,
    rules_that_cannot_run,
    sources,
)
from scorpius_lab.reporting.reports.threat_rows import (
    NO_FINDINGS,
    NO_SCAN,
    QUERIES,
    READ,
    ThreatParameters,
    is_sample,
    plural,
    rule_states,
    severity_counts,
    shown_findings,
    shown_logs,
    shown_rules,
    shown_sources,
    technique_rows,
    typed,
)
from scorpius_lab.reporting.spec import ReportSpec

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

__all__ = [
    "SPEC", "by_engine", "by_severity", "findings", "headline", "masthead", "not_looked_at", "over_time", "provenance",
    "rejected", "rules_that_cannot_run", "sources", "story", "table", "techniques",
]  # fmt: skip

SPEC = ReportSpec(
    name="threat",
    title="Threat report",
    notebook="threat.ipynb",
    parameters=ThreatParameters,
    queries=QUERIES,
    results=(
        "masthead", "headline", "over-time", "by-severity", "story", "techniques", "findings", "table", "by-engine",
        "sources", "not-looked-at", "rules-that-cannot-run", "rejected", "provenance",
    ),
)  # fmt: skip

DASH = "\N{EN DASH}"
STORY = 40


# -- the first screen


def masthead(report: Report) -> Block:
    """The title says what was found and what was not read."""
    states = rule_states(report)
    authors = {row["author"] for row in shown_rules(report) if row["author"]}
    places = sorted({str(row.get("asset", "")).rpartition("(")[2].rstrip(")") for row in shown_logs(report)})
    facts: list[tuple[str, object]] = [
        ("Organization", report.parameters.get("organisation") or DASH),
        ("Logs of", ", ".join(places) or DASH),
        ("Period", _period(report)),
        ("As of", moment(report.as_of)),
        ("Lab", report.meta.get("lab")),
        ("Code", report.meta.get("code_version")),
        ("Rules", f"{len(states):,} Sigma rules by {len(authors):,} author{plural(len(authors))}" if states else DASH),
    ]
    return components.masthead(
        sentence(report),
        lead(report),
        facts,
        "Threat report",
        sample=is_sample(report),
        signer=str(report.meta.get("signer") or ""),
        ledger=components.log_entry(report.meta),
        commands=report.meta.get("commands") or (),
    )


def sentence(report: Report) -> str:
    """The result in a sentence."""
    found, logs = shown_findings(report), shown_sources(report)
    if is_sample(report):
        here = "No log could be read here" if not report.parameters.get("sample") else "Sample data"
        return f"{here}: the bundled sample shows {_found(found).replace('nothing was found', 'nothing')}."
    if not logs and not found:
        return "No logs have been looked at."
    unread = sum(row["state"] not in READ for row in logs)
    missing = f"{unread} of {len(logs)} logs {'was' if unread == 1 else 'were'} not read" if unread else ""
    said = _found(found)
    if found and not any(row["rule_id"].startswith("threats.") for row in found):
        said = f"no threat in the logs that were read; {said} from other checks"
    return f"{said[0].upper()}{said[1:]}{f', and {missing}' if missing else ''}."


def _found(found: list[dict[str, Any]]) -> str:
    if not found:
        return "nothing was found"
    counts = {severity: count for severity, count in severity_counts(found).items() if count}
    worst = next(iter(counts))
    some = "" if len(counts) == 1 else f", {counts[worst]} of them {worst}"
    word = f"{worst} " if len(counts) == 1 else ""
    return f"{len(found):,} {word}finding{plural(len(found))}{some}"


def lead(report: Report) -> str:
    """What to look at first, and what cannot be said."""
    found = [row for row in shown_findings(report) if row["severity"] in ("critical", "high")]
    if not shown_sources(report):
        return NO_SCAN
    blind = sum(row["seen"] == "blind" for row in technique_rows(report))
    parts = []
    if found:
        parts.append(f"Look first at **{found[0]['title']}** on {found[0]['asset']}.")
    else:
        parts.append(NO_FINDINGS if not shown_findings(report) else "Nothing is critical or high.")
    if blind:
        parts.append(f"{blind} technique{plural(blind)} could not have been seen with the logs that were read.")
    return " ".join(parts)


def headline(report: Report) -> Block:
    """Findings beside the logs they come from, rules that could run, records read."""
    found, sample = shown_findings(report), is_sample(report)
    logs = shown_logs(report)
    states = Counter(rule_states(report).values())
    ran, total = states["found"] + states["watched"], sum(states.values())
    read = sum(row["state"] in READ for row in logs)
    stored, rejected = (sum(int(row.get(name) or 0) for row in logs) for name in ("stored", "rejected"))
    times = [row["first"] for row in found if row["first"]]
    unrun = f"{states['no_data']:,} have no data to run on, {states['cannot_run']:,} cannot run"
    figures: list[tuple[str, object, str]] = [
        ("Rules that ran", f"{ran:,} of {total:,}" if total else DASH, unrun),
        ("Records read", f"{stored:,}" if logs else DASH, f"{rejected:,} rejected, each counted with its reason"),
        ("First sign", f"{min(times):%Y-%m-%d}" if times else DASH, f"{min(times):%H:%M} UTC" if times else ""),
    ]
    text = (
        "No finding is not the same as no threat: a log that was not read shows nothing, and a rule without its log "
        "cannot match. Both are listed below."
    )
    if sample:
        text = "**This is invented sample data.** It shows what a report of real logs looks like. " + text
    return components.headline(
        "headline",
        f"{len(found):,}",
        f"{read} of {len(logs)}" if logs else None,
        Counter(row["state"] for row in logs),
        figures,
        paragraphs=(text,),
        score_label="Findings",
        coverage_label="Logs read",
        judged_words=("logs read, whole or in part", "not read"),
        severities=severity_counts(found),
    )


# -- figures


def over_time(report: Report) -> Block:
    """Findings by the day of their last record."""
    import polars as pl

    found = [row for row in shown_findings(report) if row["effective_at"]]
    days = Counter(row["effective_at"].date().isoformat() for row in found)
    busiest, count = max(days.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    said = f"The busiest day is {busiest} with {count} of {len(found)} findings." if found else ""
    frame = typed(found, {"effective_at": pl.Datetime("us", "UTC"), "severity": pl.String})
    return charts.timeline(
        "over-time",
        frame,
        time="effective_at",
        every="auto",
        title="Findings over time by severity",
        finding=said,
        source=f"Time of the last matching record, UTC. {_source(report)}",
        sample=is_sample(report),
        when_empty=report.when_empty("findings"),
    )


def by_severity(report: Report) -> Block:
    """How bad they are."""
    import polars as pl

    found = shown_findings(report)
    counts = severity_counts(found)
    urgent = counts["critical"] + counts["high"]
    frame = typed(found, {"severity": pl.String})
    return charts.severity_bars(
        "by-severity",
        frame,
        title="Open findings by severity",
        finding=f"{urgent} of {len(found)} are critical or high." if found else "",
        source=_source(report),
        sample=is_sample(report),
        when_empty=report.when_empty("findings"),
    )


def story(report: Report) -> Block:
    """What the logs say happened, in order: the first record of each finding."""
    import polars as pl

    found = sorted((r for r in shown_findings(report) if r["first"]), key=lambda r: (r["first"], r["fingerprint"]))
    items = [
        {
            "time": row["first"],
            "text": f"{row['title']} ({row['asset']}{record_count(row)})",
            "tag": list(row["techniques"] or ())[:2],
        }
        for row in found[-STORY:]
    ]
    schema = {"time": pl.Datetime("us", "UTC"), "text": pl.String, "tag": pl.List(pl.String)}
    some = f"The last {STORY} of {len(found)}." if len(found) > STORY else "The first record of each finding, UTC."
    return components.timeline(
        "story",
        typed(items, schema),
        "In order of time",
        some,
        when_empty="No finding comes from a log, so there is no order of events to tell.",
        sample=is_sample(report),
    )


def techniques(report: Report) -> Block:
    """ATT&CK techniques: seen, watched, or out of sight."""
    import polars as pl

    found = technique_rows(report)
    schema = {
        "tactic": pl.String, "technique": pl.String, "name": pl.String, "seen": pl.String, "count": pl.Int64,
        "severity": pl.String,
    }  # fmt: skip
    seen = Counter(row["seen"] for row in found)
    said = f"{seen['hit']} seen, {seen['watched']} watched without a match, {seen['blind']} out of sight."
    return components.attack(
        "techniques",
        typed(found, schema),
        "ATT&CK techniques",
        said if found else "",
        "Watched: a rule for it ran on records that were read. Only techniques that a rule names are shown.",
        when_empty="No rule was run, so no technique was watched.",
        sample=is_sample(report),
    )


# -- words


def _source(report: Report) -> str:
    logs = shown_logs(report)
    read = sum(row["state"] in READ for row in logs)
    return f"Source: open findings in the store; {read} of {len(logs)} logs read." if logs else "Source: the store."


def _period(report: Report) -> str:
    times = [row[name] for row in shown_logs(report) for name in ("first", "last") if row.get(name)]
    return f"{min(times)[:10]} to {max(times)[:10]}" if times else DASH
