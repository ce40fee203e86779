"""The threat report: what was found over whatever the store holds, and which logs and rules could not be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components import Card, CardTable, Excerpt
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports.threat_rows import (
    NO_FINDINGS,
    NO_SCAN,
    QUERIES,
    READ,
    SEVERITIES,
    ThreatParameters,
    is_sample,
    matching_records,
    other_findings,
    rule_states,
    severity_counts,
    shown_findings,
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
RECORDS_IN_CARD = 6


# -- the first screen


def masthead(report: Report) -> Block:
    """The title says what was found and what was not read."""
    states = rule_states(report)
    authors = {row["author"] for row in shown_rules(report) if row["author"]}
    places = sorted({str(row.get("asset", "")).rpartition("(")[2].rstrip(")") for row in _logs(report)})
    facts: list[tuple[str, object]] = [
        ("Organization", report.parameters.get("organisation") or DASH),
        ("Logs of", ", ".join(places) or DASH),
        ("Period", _period(report)),
        ("As of", moment(report.as_of)),
        ("Lab", report.meta.get("lab")),
        ("Code", report.meta.get("code_version")),
        ("Rules", f"{len(states):,} Sigma rules by {len(authors):,} author{_s(len(authors))}" if states else DASH),
    ]
    return components.masthead(
        sentence(report),
        lead(report),
        facts,
        "Threat report",
        sample=is_sample(report),
        signer=str(report.meta.get("signer") or ""),
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
    missing = f", and {unread} of {len(logs)} logs {'was' if unread == 1 else 'were'} not read" if unread else ""
    said = _found(found)
    if found and not any(row["rule_id"].startswith("threats.") for row in found):
        said = f"Nothing in the logs that were read, and {said}{' elsewhere'}"
    return f"{said[0].upper()}{said[1:]}{missing}."


def _found(found: list[dict[str, Any]]) -> str:
    if not found:
        return "nothing was found"
    counts = {severity: count for severity, count in severity_counts(found).items() if count}
    worst = next(iter(counts))
    some = "" if len(counts) == 1 else f", {counts[worst]} of them {worst}"
    word = f"{worst} " if len(counts) == 1 else ""
    return f"{len(found):,} {word}finding{_s(len(found))}{some}"


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
        parts.append(f"{blind} technique{_s(blind)} could not have been seen with the logs that were read.")
    return " ".join(parts)


def headline(report: Report) -> Block:
    """Findings beside the logs they come from, rules that could run, records read."""
    found, sample = shown_findings(report), is_sample(report)
    logs = _logs(report)
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
            "text": f"{row['title']} ({row['asset']}{_times(row)})",
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


# -- findings


def findings(report: Report) -> Block:
    """The worst findings in full."""
    limit = int(report.parameters.get("cards", 20))
    cards = [_card(row) for row in shown_findings(report)[:limit]]
    return components.cards("findings", cards, "Findings", when_empty=report.when_empty("findings"))


def _card(row: Mapping[str, Any]) -> Card:
    kicker = f"{row['rule_id']} · finding {row['fingerprint'][:8]} · {row['state']} · confidence {row['confidence']}"
    records = matching_records(row)
    return Card(
        id=row["fingerprint"][:16],
        title=row["title"],
        kicker=f"{kicker}{' · sample data' if row['sample'] else ''}",
        severity=row["severity"],
        because=f"Accepted until {row['state_until']}" if row["state"] == "accepted" else "",
        where=_where(row, records),
        excerpt=_excerpt(records),
        paragraphs=tuple(text for text in (row["description"], "" if records else row["message"]) if text),
        remedy=row["remedy"] or "",
        tables=_matched(row, records),
        tags=_tags(row),
    )


def _where(row: Mapping[str, Any], records: list[dict[str, Any]]) -> str:
    if not records:
        return f"{row['asset_kind']} {row['asset']}"
    files = ", ".join(sorted({str(record.get("file")) for record in records}))
    who = f", {row['subject_kind']} {row['subject']}" if row["subject"] and row["subject_kind"] else ""
    return f"{files}, {row['asset']}{who}{_times(row)}"


def _times(row: Mapping[str, Any]) -> str:
    return f", {row['matches']:,} matching records" if (row["matches"] or 0) > 1 else ""


def _excerpt(records: list[dict[str, Any]]) -> Excerpt | None:
    lines = [
        f"{str(record.get('time') or '')[:19].replace('T', ' ')}  {' '.join(str(record.get('message')).split())[:300]}"
        for record in records[:RECORDS_IN_CARD]
        if record.get("message")
    ]
    number = records[0].get("record") if len(lines) == 1 else None
    return Excerpt(lines, number, (number,)) if isinstance(number, int) else Excerpt(lines) if lines else None


def _matched(row: Mapping[str, Any], records: list[dict[str, Any]]) -> tuple[CardTable, ...]:
    import polars as pl

    cells = [
        {"time": str(record.get("time") or "")[:19].replace("T", " "), "field": name, "value": str(value)}
        for record in records[:RECORDS_IN_CARD]
        for name, value in dict(record.get("matched") or {}).items()
    ]
    if not cells:
        return ()
    frame = typed(cells, {"time": pl.String, "field": pl.String, "value": pl.String})
    heads = {"time": "Time, UTC", "field": "Field", "value": "Matched value"}
    more = len(records) - RECORDS_IN_CARD
    title = "Matched fields" if more <= 0 and (row["matches"] or 0) <= len(records) else "Matched fields, first records"
    return (CardTable(title, frame, heads, code_columns=("value",)),)


def _tags(row: Mapping[str, Any]) -> tuple[str, ...]:
    engine = row["rule_id"].split(".", 1)[0]
    by = (f"Sigma rule by {row['author']}",) if engine == "threats" and row["author"] else ()
    return (*(row["techniques"] or ()), *by, *(f"evidence for {name}" for name in (row["requirements"] or ())[:2]))


def table(report: Report) -> Block:
    """Every open finding on one line."""
    import polars as pl

    rows = [
        row | {"link": f"#{components.anchor(row['fingerprint'][:16])}", "count": row["matches"]}
        for row in shown_findings(report)
    ]
    schema = {
        "severity": pl.String, "title": pl.String, "asset": pl.String, "state": pl.String, "count": pl.Int64,
        "effective_at": pl.Datetime("us", "UTC"), "rule_id": pl.String,
    }  # fmt: skip
    return components.records(
        "table",
        typed([row | {"state": row["state"].replace("_", " ")} for row in rows], schema),
        "All open findings",
        "Worst first.",
        columns={
            "severity": "Severity", "title": "What", "asset": "Where", "state": "State", "count": "Records",
            "effective_at": "Last seen, UTC", "rule_id": "Rule",
        },
        severity_column="severity",
        code_columns=("rule_id",),
        when_empty=report.when_empty("findings"),
        sample=is_sample(report),
    )  # fmt: skip


def by_engine(report: Report) -> Block:
    """Findings of the other engines, so that they are not overlooked here."""
    import polars as pl

    grouped: dict[str, Counter[str]] = {}
    for row in other_findings(report):
        grouped.setdefault(row["rule_id"].split(".", 1)[0], Counter())[row["severity"]] += 1
    rows = [{"engine": engine, **counts} for engine, counts in sorted(grouped.items())]
    schema = {"engine": pl.String, **dict.fromkeys(SEVERITIES, pl.Int64)}
    frame = typed(rows, schema).fill_null(0)
    return components.records(
        "by-engine",
        frame,
        "Findings of other engines",
        "Open ones, by severity. Their own reports show them in full.",
        when_empty="No other engine has an open finding in the store.",
    )


# -- what was looked at


def sources(report: Report) -> Block:
    """Every log, least read first, with its counts."""
    import polars as pl

    logs = [
        row | {"log": row.get("asset"), "period": _span(row), "why": row["reason"]} for row in shown_sources(report)
    ]
    schema = {
        "log": pl.String, "state": pl.String, "records": pl.Int64, "stored": pl.Int64, "rejected": pl.Int64,
        "before_since": pl.Int64, "period": pl.String, "about": pl.String, "why": pl.String,
    }  # fmt: skip
    return components.records(
        "sources",
        typed(logs, schema),
        "Logs, least read first",
        "Records in = stored + rejected + older than asked for, for every log.",
        columns={
            "log": "Log", "state": "State", "records": "Records in", "stored": "Stored", "rejected": "Rejected",
            "before_since": "Older", "period": "From, to", "about": "What it tells", "why": "What came of it",
        },
        state_column="state",
        when_empty=report.when_empty("sources"),
        sample=is_sample(report),
    )  # fmt: skip


def not_looked_at(report: Report) -> Block:
    """Logs that were not read and what rules could not see without theirs."""
    import polars as pl

    found = [
        {"state": row["state"], "what": row.get("asset"), "count": 1, "reason": row["reason"], "remedy": _cure(row)}
        for row in shown_sources(report)
        if row["state"] not in READ
    ]
    without: dict[str, set[str]] = {}
    states = rule_states(report)
    for row in shown_rules(report):
        if states[row["rule_id"]] == "no_data":
            without.setdefault(row["log_source"] or "any", set()).add(row["rule_id"])
    for source, rules in sorted(without.items(), key=lambda item: (-len(item[1]), item[0])):
        found.append(
            {
                "state": "not_evaluated",
                "what": f"{len(rules):,} rule{_s(len(rules))} for {source}",
                "count": len(rules),
                "reason": f"no log of {source} was read",
                "remedy": "Give `threats.scan` the paths of such logs.",
            }
        )
    schema = {"state": pl.String, "what": pl.String, "count": pl.Int64, "reason": pl.String, "remedy": pl.String}
    return components.not_looked_at(
        "not-looked-at",
        typed(found, schema),
        when_empty="Every log was read and every rule had one to run on." if states else NO_SCAN,
    )


def rules_that_cannot_run(report: Report) -> Block:
    """Rules that were refused, each with its reason; never dropped silently."""
    import polars as pl

    states = rule_states(report)
    seen: dict[str, dict[str, Any]] = {}
    for row in shown_rules(report):
        if states[row["rule_id"]] == "cannot_run":
            seen.setdefault(row["rule_id"], row)
    schema = {
        "title": pl.String, "severity": pl.String, "log_source": pl.String, "reason": pl.String, "author": pl.String,
        "rule_id": pl.String,
    }  # fmt: skip
    return components.records(
        "rules-that-cannot-run",
        typed(seen.values(), schema),
        "Rules that cannot run",
        "What they would have found is not known.",
        columns={
            "title": "Rule", "severity": "Level", "log_source": "Log", "reason": "Why", "author": "Author",
            "rule_id": "Id",
        },
        severity_column="severity",
        code_columns=("rule_id",),
        when_empty="Every rule can run." if states else NO_SCAN,
    )  # fmt: skip


def rejected(report: Report) -> Block:
    """Records that could not be read, by log and reason."""
    import polars as pl

    found = [
        {"log": row.get("asset"), "record": reject.get("record"), "reason": reject.get("reason")}
        for row in shown_sources(report)
        for reject in row.get("rejects") or ()
    ]
    total = sum(int(row.get("rejected") or 0) for row in shown_sources(report))
    schema = {"log": pl.String, "record": pl.Int64, "reason": pl.String}
    return components.records(
        "rejected",
        typed(found, schema),
        "Rejected records",
        f"{total:,} in all; the first of each log are listed with their line or record number.",
        columns={"log": "Log", "record": "Line or record", "reason": "Why"},
        when_empty="No record was rejected." if shown_sources(report) else NO_SCAN,
    )


def provenance(report: Report) -> Block:
    """What the report was made from, with the hash of each log."""
    files = {f"{row.get('asset')}": str(row["sha256"]) for row in shown_sources(report) if row.get("sha256")}
    return components.provenance("provenance", report, files)


# -- words


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _logs(report: Report) -> list[dict[str, Any]]:
    """The logs the figures come from: the sample's if it is shown."""
    sample = is_sample(report)
    return [row for row in shown_sources(report) if bool(row["sample"]) == sample]


def _source(report: Report) -> str:
    logs = _logs(report)
    read = sum(row["state"] in READ for row in logs)
    return f"Source: open findings in the store; {read} of {len(logs)} logs read." if logs else "Source: the store."


def _period(report: Report) -> str:
    times = [row[name] for row in _logs(report) for name in ("first", "last") if row.get(name)]
    return f"{min(times)[:10]} to {max(times)[:10]}" if times else DASH


def _span(row: Mapping[str, Any]) -> str:
    return f"{row['first'][:10]}, {row['last'][:10]}" if row.get("first") and row.get("last") else ""


def _cure(row: Mapping[str, Any]) -> str:
    if row.get("missing"):
        return "Nothing, if this host does not keep this log; else give its path."
    return "Run as a user who may read it, or mend the file."
