"""The contract report: what is wrong in Solidity sources, over how many scans, and what could not be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports.contracts_cards import decided, findings, order, table
from scorpius_lab.reporting.reports.contracts_rows import (
    NO_SCAN,
    QUERIES,
    READ,
    ContractsParameters,
    class_rows,
    contract_count,
    contract_rows,
    count_of,
    decided_findings,
    file_states,
    listed,
    open_findings,
    rows,
    severity_counts,
    typed,
    when_no_finding,
)
from scorpius_lab.reporting.reports.contracts_trend import scans, trend
from scorpius_lab.reporting.spec import ReportSpec
from scorpius_lab.reporting.theme import SEVERITIES, SEVERITY_LABEL

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

__all__ = [
    "SPEC", "by_class", "by_contract", "decided", "files", "findings", "headline", "masthead", "not_looked_at", "order",
    "provenance", "scans", "table", "trend",
]  # fmt: skip

SPEC = ReportSpec(
    name="contracts",
    title="Contract report",
    notebook="contracts.ipynb",
    parameters=ContractsParameters,
    queries=QUERIES,
    results=(
        "masthead", "headline", "by-class", "by-contract", "trend", "scans", "order", "findings", "table", "decided",
        "files", "not-looked-at", "provenance",
    ),
)  # fmt: skip

DASH = "\N{EN DASH}"
CONTRACTS = 40  # of those with findings are listed, the worst
HASHED = 50  # files whose hash stands in the report; the others' stand in its data
FILE_WORDS = {
    "pass": "Looked at whole", "partial": "In part", "not_evaluated": "Not looked at", "error": "Failed",
    "stale": "Too old",
}  # fmt: skip


# -- the first screen


def masthead(report: Report) -> Block:
    """The title says what was found and how much was looked at."""
    scanned = rows(report, "scans")
    states = file_states(report)
    ran = rows(report, "detectors")
    facts: list[tuple[str, object]] = [
        ("Organization", report.parameters.get("organisation") or report.meta.get("organisation") or "not given"),
        ("Files", f"{states.total():,}" if states else DASH),
        ("Contracts", f"{contract_count(report):,}" if states else DASH),
        ("Last scan", moment(scanned[-1]["started_at"], seconds=False) if scanned else DASH),
        ("As of", moment(report.as_of)),
        ("Lab", report.meta.get("lab")),
        ("Code", report.meta.get("code_version")),
        ("Rules", count_of(len(ran), "detector") if ran else DASH),
    ]
    return components.masthead(
        sentence(report),
        lead(report),
        facts,
        "Contract report",
        signer=str(report.meta.get("signer") or ""),
        ledger=components.log_entry(report.meta),
        commands=report.meta.get("commands") or (),
    )


def sentence(report: Report) -> str:
    """The result in a sentence: what was found, and how much of it all could be looked at."""
    states = file_states(report)
    found = open_findings(report)
    if not states:
        return "No contract has been looked at"
    whole, missing = states["pass"], states.total() - states["pass"]
    if found:
        return _found(found) + (f"; {_missing(states)}" if missing else f" in {count_of(whole, 'file')}")
    if not any(states[state] for state in READ):
        return f"None of {count_of(states.total(), 'file')} could be looked at"
    whole_words = count_of(whole, "file") if whole else "no file"
    said = f"Nothing was found in {whole_words} looked at whole"
    return f"{said}; {_missing(states)}" if missing else said


def _found(found: list[dict[str, Any]]) -> str:
    counts = {severity: count for severity, count in severity_counts(found).items() if count}
    worst = next(iter(counts))
    if len(counts) == 1:
        return f"{len(found):,} {worst} finding{'' if len(found) == 1 else 's'}"
    return f"{count_of(len(found), 'finding')}, {counts[worst]:,} of them {worst}"


def _missing(states: Any) -> str:
    part, none = states["partial"], sum(count for state, count in states.items() if state not in READ)
    if not part:
        return f"{count_of(none, 'file')} could not be looked at"
    said = f"{count_of(part, 'file')} could be looked at only in part"
    return f"{said}, {none:,} not at all" if none else said


def lead(report: Report) -> str:
    """What to look at first, what changed, and what cannot be said."""
    states = file_states(report)
    if not states:
        return NO_SCAN
    found = open_findings(report)
    parts = []
    if found:
        first = found[0]
        at = f"{first['path']}:{first['line']}" if first["line"] else first["path"]
        parts.append(f"Look first at **{first['title']}** in {first['contract'] or 'the file'} ({at}).")
    parts += _changed(report)
    unread = sum(count for state, count in states.items() if state not in READ)
    if unread:
        parts.append(f"Nothing can be said of {count_of(unread, 'file')} that could not be read.")
    if not found:
        parts.append("A detector finds what it knows; that nothing was found does not prove a contract right.")
    return " ".join(parts)


def _changed(report: Report) -> list[str]:
    scanned = [row for row in rows(report, "scans") if row["outcome"] == "succeeded"]
    if len(scanned) < 2:  # noqa: PLR2004
        return []
    last = scanned[-1]
    words = {"new": last["new"], "fixed": last["fixed"], "back again": last["reopened"]}
    said = [f"{count:,} {word}" for word, count in words.items() if count]
    return [f"The last scan changed this: {', '.join(said)}."] if said else ["The last scan changed nothing."]


def headline(report: Report) -> Block:
    """Open findings beside the files they come from."""
    found, states = open_findings(report), file_states(report)
    classes = class_rows(report)
    looked = sum(row["looked"] for row in classes)
    hit = sum(any(row[severity] for severity in SEVERITIES) for row in classes)
    contracts, total = contract_rows(report), contract_count(report)
    scanned = rows(report, "scans")
    figures: list[tuple[str, object, str]] = [
        ("Contracts with findings", f"{len(contracts):,} of {total:,}" if total else DASH, "in the files looked at"),
        ("Classes looked for", f"{looked} of {len(classes)}" if states else DASH, f"{hit} of them with a finding"),
        (
            "Fixed by the last scan",
            f"{scanned[-1]['fixed']:,}" if scanned else DASH,
            f"{scanned[-1]['new']:,} new, {scanned[-1]['reopened']:,} back again" if scanned else "",
        ),
    ]
    return components.headline(
        "headline",
        f"{len(found):,}" if states else None,
        f"{states['pass']:,} of {states.total():,}" if states else None,
        states,
        figures,
        paragraphs=_said(report),
        score_label="Open findings",
        coverage_label="Files looked at whole",
        judged_words=("looked at, whole or in part", "not looked at"),
        severities=severity_counts(found),
        state_words=FILE_WORDS,
    )


def _said(report: Report) -> list[str]:
    decisions = len(decided_findings(report))
    text = (
        "A scan reads source text. It knows neither what a contract is meant to do nor what is deployed, so that no "
        "finding is not the same as no flaw. What was not looked at stands below."
    )
    if not rows(report, "files"):
        return [NO_SCAN]
    counted = f"{count_of(decisions, 'finding')} {'was' if decisions == 1 else 'were'} accepted or called false; "
    return [text, f"{counted}none of them is counted as open."] if decisions else [text]


# -- where the findings are


def by_class(report: Report) -> Block:
    """Open findings by class of the DASP Top 10 and severity; a class nobody looked for shows no zero."""
    import polars as pl

    schema = {
        "class": pl.String, "note": pl.String, "looked": pl.Boolean, **dict.fromkeys(SEVERITIES, pl.Int64),
    }  # fmt: skip
    return components.severity_heat(
        "by-class",
        typed(class_rows(report) if rows(report, "files") else [], schema),
        "Open findings by class and severity",
        "Classes of the DASP Top 10; the shade grows with the number.",
        row="class",
        note="note",
        looked="looked",
        when_empty=NO_SCAN,
    )


def by_contract(report: Report) -> Block:
    """Contracts with open findings, worst first."""
    import polars as pl

    found, total = contract_rows(report), contract_count(report)
    present = [severity for severity in SEVERITIES if any(row[severity] for row in found)]
    clean = max(0, total - len(found))
    return components.records(
        "by-contract",
        typed(found, {"contract": pl.String, "path": pl.String, **dict.fromkeys((*present, "all"), pl.Int64)}),
        "Open findings by contract",
        f"Worst first. {count_of(clean, 'other contract')} of these files {'has' if clean == 1 else 'have'} none.",
        columns={
            "contract": "Contract", "path": "File", **{severity: SEVERITY_LABEL[severity] for severity in present},
            "all": "All",
        },
        code_columns=("path",),
        limit=CONTRACTS,
        when_empty=when_no_finding(report),
    )  # fmt: skip


# -- what was looked at


def files(report: Report) -> Block:
    """Every file, least looked at first."""
    import polars as pl

    count: dict[str, int] = {}
    for row in open_findings(report):
        count[row["path"]] = count.get(row["path"], 0) + 1
    made = [
        row | {"declared": len(listed(row["contracts"])), "found": count.get(row["path"], 0)}
        for row in rows(report, "files")
    ]
    schema = {
        "path": pl.String, "state": pl.String, "declared": pl.Int64, "lines": pl.Int64, "found": pl.Int64,
        "looked_at": pl.Datetime("us", "UTC"),
    }  # fmt: skip
    return components.records(
        "files",
        typed(made, schema),
        "Files, least looked at first",
        "Each as it was when it was last looked at.",
        columns={
            "path": "File", "state": "State", "declared": "Contracts", "lines": "Lines", "found": "Open findings",
            "looked_at": "Looked at, UTC",
        },
        state_column="state",
        code_columns=("path",),
        when_empty=NO_SCAN,
    )  # fmt: skip


def not_looked_at(report: Report) -> Block:
    """Files that were not looked at, or in part, with the reason; and imports that are not there."""
    import polars as pl

    made = [
        {"state": row["state"], "what": row["path"], "reason": row["reason"], "remedy": _cure(row["state"])}
        for row in rows(report, "files")
        if row["state"] != "pass"
    ]
    made += [
        {
            "state": "partial",
            "what": row["path"],
            "reason": f"{count_of(len(missing), 'import')} not found: {', '.join(map(str, missing[:4]))}"
            + (" and more" if len(missing) > 4 else ""),  # noqa: PLR2004
            "remedy": "Install the project's dependencies beside it, and scan the project's folder.",
        }
        for row in rows(report, "files")
        if (missing := listed(row["missing_imports"]))
    ]
    unlooked = [row["class"] for row in class_rows(report) if not row["looked"]] if rows(report, "detectors") else []
    if unlooked:
        made.append(
            {
                "state": "not_evaluated",
                "what": f"Classes: {', '.join(unlooked)}",
                "reason": "no detector of the class ran",
                "remedy": "Scan without `--include` and `--exclude`.",
            }
        )
    return components.not_looked_at(
        "not-looked-at",
        typed(made, dict.fromkeys(("state", "what", "reason", "remedy"), pl.String)),
        when_empty="Every file was looked at whole, and every class was looked for."
        if rows(report, "files")
        else NO_SCAN,
    )


def _cure(state: str) -> str:
    if state == "partial":
        return "See the reason; a longer time for one file can be given as `file_seconds`."
    return "Give it as Solidity source that can be read."


def provenance(report: Report) -> Block:
    """What the report was made from, with the hash of each file."""
    hashed = {row["path"]: row["sha256"] for row in rows(report, "files") if row["sha256"]}
    shown: dict[str, str] = dict(list(hashed.items())[:HASHED])
    if len(hashed) > HASHED:
        shown["Further files"] = f"{len(hashed) - HASHED:,}, with their hashes in the table files of data.duckdb"
    return components.provenance("provenance", report, shown)
