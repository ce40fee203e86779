"""The threat report: what was found over whatever the store holds, and which logs and rules could not be looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports.threat_cards import by_engine, decided, findings, record_count, table
from scorpius_lab.reporting.reports.threat_chain import CHAIN_QUERIES, chain
from scorpius_lab.reporting.reports.threat_coverage import (
    not_looked_at,
    provenance,
    rejected,
    rules_that_cannot_run,
    sources,
)
from scorpius_lab.reporting.reports.threat_rows import (
    NO_EVENT_FOUND,
    NO_EVENTS,
    NO_SAMPLE,
    NO_SCAN,
    QUERIES,
    READ,
    ThreatParameters,
    count_of,
    decided_findings,
    event_findings,
    is_event,
    is_sample,
    other_findings,
    plural,
    rule_states,
    said,
    sample_missing,
    severity_counts,
    shown_findings,
    shown_logs,
    shown_sources,
    technique_rows,
    typed,
    when_empty,
)
from scorpius_lab.reporting.spec import ReportSpec

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

__all__ = [
    "SPEC", "by_engine", "by_severity", "chain", "decided", "findings", "headline", "masthead", "not_looked_at",
    "over_time", "provenance", "rejected", "rules_that_cannot_run", "sources", "story", "table", "techniques",
]  # fmt: skip

SPEC = ReportSpec(
    name="threat",
    title="Threat report",
    notebook="threat.ipynb",
    parameters=ThreatParameters,
    queries=(*QUERIES, *CHAIN_QUERIES),
    results=(
        "masthead", "headline", "over-time", "by-severity", "story", "techniques", "findings", "table", "decided",
        "by-engine", "chain", "sources", "not-looked-at", "rules-that-cannot-run", "rejected", "provenance",
    ),
)  # fmt: skip

DASH = "\N{EN DASH}"
STORY = 40
LOG_WORDS = {
    "pass": "Log read", "partial": "Log read in part", "not_evaluated": "Log not read", "error": "Log unreadable",
    "stale": "Log too old",
}  # fmt: skip


# -- the first screen


def masthead(report: Report) -> Block:
    """The title says what was found and what was not read."""
    states = rule_states(report)
    places = sorted({str(row.get("asset", "")).rpartition("(")[2].rstrip(")") for row in shown_logs(report)})
    facts: list[tuple[str, object]] = [
        ("Organization", report.parameters.get("organisation") or report.meta.get("organisation") or "not given"),
        ("Logs of", ", ".join(places) or DASH),
        ("Period", _period(report)),
        ("As of", moment(report.as_of)),
        ("Lab", report.meta.get("lab")),
        ("Code", report.meta.get("code_version")),
        ("Rules", count_of(len(states), "Sigma rule") if states else DASH),
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
    """The result in a sentence: what the logs show, and how many could be read."""
    if sample_missing(report):
        return NO_SAMPLE.replace("`", "")
    found, logs = event_findings(report), shown_logs(report)
    if is_sample(report):
        own = any(row["state"] in READ and row["value"] for row in shown_sources(report) if not row["sample"])
        here = "Sample data" if own else "No log could be read here"
        return f"{here}: the bundled sample shows {_found(found) or 'nothing'}"
    read = sum(row["state"] in READ for row in logs)
    unread = len(logs) - read
    if found:
        return _found(found) + (f"; {count_of(unread, 'log')} could not be read" if unread else "")
    if not read:
        return "No log could be read" if logs else "No log has been looked at"
    if not unread:
        return f"No sign of an attack in the {'one log that was' if read == 1 else f'{read:,} logs that were'} read"
    some = "one log" if read == 1 else f"{read:,} logs"
    return f"No sign of an attack in the {some} that could be read; {unread:,} could not"


def _found(found: list[dict[str, Any]]) -> str:
    if not found:
        return ""
    counts = {severity: count for severity, count in severity_counts(found).items() if count}
    worst = next(iter(counts))
    if len(counts) == 1:
        return f"{len(found):,} {worst} finding{plural(len(found))}"
    return f"{count_of(len(found), 'finding')}, {counts[worst]:,} of them {worst}"


def lead(report: Report) -> str:
    """What to look at first, what other checks found, and what cannot be said."""
    if sample_missing(report):
        return "Nothing else is shown in its place. Leave `sample` out to see what was found here."
    parts = [*_first(report), *_others(report)]
    if not shown_sources(report):
        return " ".join([NO_SCAN, *_others(report)])
    blind = sum(not row["watched"] for row in technique_rows(report))
    if blind:
        parts.append(f"{count_of(blind, 'technique')} could not have been seen with the logs that were read.")
    return " ".join(parts)


def _first(report: Report) -> list[str]:
    found = event_findings(report)
    urgent = [row for row in found if row["severity"] in ("critical", "high")]
    if urgent:
        return [f"Look first at **{said(urgent[0])}** on {urgent[0]['asset']}."]
    if found:
        return ["Nothing in the logs is critical or high."]
    read = any(row["state"] in READ for row in shown_logs(report))
    return [NO_EVENT_FOUND if read else "So whether there was an attack cannot be said."]


def _others(report: Report) -> list[str]:
    """What other checks found, which is no sign of an attack but what one could use."""
    other = [row for row in other_findings(report) if not is_event(row)]
    on_chains = [row for row in other if row["rule_id"].startswith("chain.")]
    found = [row for row in other if row not in on_chains]
    return [*_on_chains(on_chains), *_weaknesses(found)]


def _on_chains(found: list[dict[str, Any]]) -> list[str]:
    return [f"On chains: {count_of(len(found), 'open finding')}, first **{found[0]['title']}**."] if found else []


def _weaknesses(found: list[dict[str, Any]]) -> list[str]:
    if not found:
        return []
    rules = len({row["rule_id"] for row in found})
    return [
        f"{count_of(rules, 'other check')} found {count_of(len(found), 'weakness', 'weaknesses')}: **{said(found[0])}**"
        f"{' and more' if len(found) > 1 else ''}."
    ]


def headline(report: Report) -> Block:
    """Findings beside the logs they come from, rules that could run, records read."""
    found, sample = event_findings(report), is_sample(report)
    logs = shown_logs(report)
    states = Counter(rule_states(report).values())
    ran, total = states["found"] + states["watched"], sum(states.values())
    read = sum(row["state"] in READ for row in logs)
    stored, rejected = (sum(int(row.get(name) or 0) for row in logs) for name in ("stored", "rejected"))
    times = [row["first"] for row in found if row["first"]]
    have = "has" if states["no_data"] == 1 else "have"
    unrun = f"{states['no_data']:,} {have} no data to run on, {states['cannot_run']:,} cannot run"
    figures: list[tuple[str, object, str]] = [
        ("Rules that ran", f"{ran:,} of {total:,}" if total else DASH, unrun),
        ("Records read", f"{stored:,}" if logs else DASH, f"{rejected:,} rejected, each counted with its reason"),
        ("First sign", f"{min(times):%Y-%m-%d}" if times else DASH, f"{min(times):%H:%M} UTC" if times else ""),
    ]
    text = (
        "No finding is not the same as no threat: a log that was not read shows nothing, and a rule without its log "
        "cannot match. Both are listed below."
    )
    if sample_missing(report):
        text = f"{NO_SAMPLE}."
    if sample:
        text = "**This is invented sample data.** It shows what a report of real logs looks like. " + text
    return components.headline(
        "headline",
        f"{len(found):,}",
        f"{read} of {len(logs)}" if logs else None,
        Counter(row["state"] for row in logs),
        figures,
        paragraphs=(text, *_others(report), *_accepted(report)),
        score_label="Open findings in logs",
        coverage_label="Logs read",
        judged_words=(f"log{plural(read)} read, whole or in part", "not read"),
        severities=severity_counts(found),
        state_words=LOG_WORDS,
    )


def _accepted(report: Report) -> list[str]:
    found = decided_findings(report)
    accepted = sum(row["state"] == "accepted" for row in found)
    false = len(found) - accepted
    parts = [
        f"{count_of(accepted, 'finding')} {'is' if accepted == 1 else 'are'} accepted" if accepted else "",
        f"{count_of(false, 'finding')} {'was' if false == 1 else 'were'} called false" if false else "",
    ]
    return [f"{' and '.join(part for part in parts if part)}; neither is counted as open."] if found else []


# -- figures


def over_time(report: Report) -> Block:
    """What happened, by the day of its last record; a failed check has no day."""
    import polars as pl

    found = [row for row in event_findings(report) if row["effective_at"]]
    days = Counter(row["effective_at"].date().isoformat() for row in found)
    busiest, count = max(days.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    text = f"The busiest day is {busiest} with {count:,} of {count_of(len(found), 'finding')}." if found else ""
    frame = typed(found, {"effective_at": pl.Datetime("us", "UTC"), "severity": pl.String})
    return charts.timeline(
        "over-time",
        frame,
        time="effective_at",
        every="auto",
        title="Findings over time by severity",
        finding=text,
        source=f"Time of the last matching record, UTC. {_source(report)}",
        sample=is_sample(report),
        when_empty=f"{NO_SAMPLE}." if sample_missing(report) else NO_EVENTS,
    )


def by_severity(report: Report) -> Block:
    """How bad they are."""
    import polars as pl

    found = shown_findings(report)
    counts = severity_counts(found)
    urgent, logged = counts["critical"] + counts["high"], len(event_findings(report))
    frame = typed(found, {"severity": pl.String})
    text = f"{urgent:,} of {len(found):,} are critical or high."
    if logged < len(found):
        text += f" {logged:,} from logs, {len(found) - logged:,} from other checks."
    return charts.severity_bars(
        "by-severity",
        frame,
        title="Open findings by severity",
        finding=text if found else "",
        source=_source(report),
        sample=is_sample(report),
        when_empty=when_empty(report, "findings"),
    )


def story(report: Report) -> Block:
    """What the logs say happened, in order: the first record of each finding."""
    import polars as pl

    found = sorted((r for r in event_findings(report) if r["first"]), key=lambda r: (r["first"], r["fingerprint"]))
    items = [
        {
            "time": row["first"],
            "text": f"{said(row)} ({row['asset']}{record_count(row)})",
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
        when_empty=f"{NO_SAMPLE}."
        if sample_missing(report)
        else "No finding comes from a log, so there is no order of events to tell.",
        sample=is_sample(report),
    )


def techniques(report: Report) -> Block:
    """ATT&CK techniques: seen, enabled by a weakness, watched, or out of sight."""
    import polars as pl

    found = technique_rows(report)
    schema = {
        "tactic": pl.String, "technique": pl.String, "name": pl.String, "seen": pl.String, "count": pl.Int64,
        "severity": pl.String, "watched": pl.Boolean,
    }  # fmt: skip
    seen = Counter(row["seen"] for row in found)
    weak = f"{seen['weak']} not seen but enabled by a weakness, " if seen["weak"] else ""
    text = f"{seen['hit']} seen, {weak}{seen['watched']} watched without a match, {seen['blind']} out of sight."
    return components.attack(
        "techniques",
        typed(found, schema),
        "ATT&CK techniques",
        text if found else "",
        "Watched: a rule for it ran on records that were read. A weakness is a failed check, not an attack. "
        "Only techniques that a rule names are shown.",
        when_empty=f"{NO_SAMPLE}." if sample_missing(report) else "No rule was run, so no technique was watched.",
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
