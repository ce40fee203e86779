"""The contract report's findings: each with its code, the way there and the remedy, and the tables of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components import Card, CardTable, Excerpt
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports.contracts_rows import (
    CLASSES,
    count_of,
    decided_findings,
    listed,
    named_numbers,
    open_findings,
    typed,
    when_no_finding,
)

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

FEATURES = 8  # that moved a score most
PLACES = 12
_JSON = (
    "`scorpius contracts scan PATH --format json` and `scorpius findings export findings.json` write all of them as "
    "JSON; the table `findings` of `data.duckdb` in this bundle holds them too"
)


def order(report: Report) -> Block:
    """By what the findings are ordered, and how many of them are shown in full."""
    found = open_findings(report)
    if not found:
        return components.text("order", when_no_finding(report))
    return components.text("order", _ordered(found), _evidence(found), _shown(report, len(found)))


def _ordered(found: list[dict[str, Any]]) -> str:
    ranked = sum(row["score"] is not None for row in found)
    if not ranked:
        return (
            "Findings are ordered by severity, then by the confidence of the detector. No model has ranked them: their "
            "order says nothing of how probable each is."
        )
    some = "All were" if ranked == len(found) else f"{ranked:,} of {len(found):,} were"
    return (
        f"{some} ranked by a model. Findings are ordered by severity; within one severity the most probable stand "
        "first. The score is the model's probability that a finding is true; what each feature added to it stands with "
        "the finding."
    )


def _evidence(found: list[dict[str, Any]]) -> str:
    """What the findings are evidence for; said once, since they are of one kind."""
    names = sorted({name for row in found for name in row["requirements"] or ()})
    return f"They are evidence for {', '.join(names)}." if names else ""


def _shown(report: Report, count: int) -> str:
    limit = _limit(report)
    if count <= limit:
        return ""
    return f"**{min(limit, count):,} of {count:,} findings are shown in full**, the first in this order. {_JSON}."


def _limit(report: Report) -> int:
    return int(report.parameters.get("cards", 50))


def findings(report: Report) -> Block:
    """Each finding with the code, the way there and the remedy, worst first."""
    cards = [_card(row) for row in open_findings(report)[: _limit(report)]]
    return components.cards("findings", cards, "Findings", when_empty=_why_no_card(report))


def _why_no_card(report: Report) -> str:
    return f"None is shown in full, as was asked for. {_JSON}." if open_findings(report) else when_no_finding(report)


def _card(row: Mapping[str, Any]) -> Card:
    score = row["score"]
    return Card(
        id=row["fingerprint"][:16],
        title=row["title"],
        kicker=f"{row['rule_id']} · finding {row['fingerprint'][:8]} · {_word(row['state'])} · "
        f"confidence {row['confidence']}",
        severity=row["severity"],
        where=f"{_at(row['path'], row['line'])}, {_within(row)}" if _within(row) else _at(row["path"], row["line"]),
        excerpt=_excerpt(row),
        path=_path(row),
        stats=(("Probability that it is true, by the model", float(score)),) if score is not None else (),
        because=row["message"] or "",
        paragraphs=tuple(text for text in (row["description"], _others(row)) if text),
        remedy=row["fix"] or "",
        tables=_contributions(row),
        tags=_tags(row),
    )


def _word(state: str) -> str:
    return state.replace("_", " ")


def _at(path: object, line: object) -> str:
    return f"{path}:{line}" if line else str(path)


def _within(row: Mapping[str, Any]) -> str:
    return ".".join(part for part in (row["contract"], row["function"]) if part)


def _excerpt(row: Mapping[str, Any]) -> Excerpt | None:
    lines = [line for line in listed(row["excerpt"]) if isinstance(line, list) and len(line) == 2]  # noqa: PLR2004
    if not lines:
        return None
    first, last = row["line"] or 0, row["end_line"] or row["line"] or 0
    hits = [int(number) for number, _ in lines if first <= number <= last]
    return Excerpt([str(text) for _, text in lines], int(lines[0][0]), hits)


def _path(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The steps; a line of another file than the finding's has the file's name with it."""
    steps = [step for step in listed(row["steps"]) if isinstance(step, dict)]
    return [(_step_place(step, row["path"]), str(step.get("text", ""))) for step in steps]


def _step_place(step: Mapping[str, Any], path: object) -> str:
    line = step.get("line")
    return f"line {line}" if step.get("path") == path else _at(step.get("path"), line)


def _others(row: Mapping[str, Any]) -> str:
    """Where else the same cause shows; lines of another file than the finding's have the file's name with them."""
    places = [place for place in listed(row["others"]) if isinstance(place, dict)]
    if not places:
        return ""
    shown = ", ".join(_step_place(place, row["path"]) for place in places[:PLACES])
    more = f" and {len(places) - PLACES:,} more places" if len(places) > PLACES else ""
    return f"The same cause shows in {shown}{more}."


def _contributions(row: Mapping[str, Any]) -> tuple[CardTable, ...]:
    import polars as pl

    parts = sorted(named_numbers(row["contributions"]).items(), key=lambda part: (-abs(part[1]), part[0]))
    if row["score"] is None or not parts:
        return ()
    frame = typed(
        [{"feature": name.replace("_", " "), "added": f"{value:+.3f}"} for name, value in parts[:FEATURES]],
        {"feature": pl.String, "added": pl.String},
    )
    some = f", the {FEATURES} largest of {len(parts):,} parts" if len(parts) > FEATURES else ""
    return (CardTable(f"What the score is made of{some}", frame, {"feature": "Feature", "added": "Added"}),)


def _tags(row: Mapping[str, Any]) -> tuple[str, ...]:
    named = [str(name) for column in ("swc", "cwe") for name in listed(row[column])]
    return (CLASSES.get(row["dasp"], row["dasp"]), *named)


def table(report: Report) -> Block:
    """Every open finding on one line; those shown in full are linked."""
    import polars as pl

    found = open_findings(report)
    limit = _limit(report)
    made = [
        row
        | {
            "within": _within(row).split("(")[0],
            "at": _at(row["path"], row["line"]),
            "class": CLASSES.get(row["dasp"], row["dasp"]),
            "state": _word(row["state"]),
            "link": f"#{components.anchor(row['fingerprint'][:16])}" if number < limit else "",
        }
        for number, row in enumerate(found)
    ]
    columns = {"severity": "Severity", "title": "What", "within": "In", "at": "Where", "confidence": "Confidence"}
    if any(row["state"] != "open" for row in found):
        columns["state"] = "State"
    schema: dict[str, Any] = {**dict.fromkeys((*columns, "class", "link"), pl.String)}
    if any(row["score"] is not None for row in found):
        schema["score"] = pl.Float64
        columns["score"] = "Score"
    return components.records(
        "table",
        typed(made, schema),
        "All open findings",
        "Worst first.",
        columns=columns,
        severity_column="severity",
        code_columns=("within", "at"),
        links={"title": "link"},
        notes={"title": "class"},
        formats={"score": _per_cent},
        when_empty=when_no_finding(report),
    )


def _per_cent(score: float) -> str:
    return f"{100 * score:.0f} %"


def decided(report: Report) -> Block:
    """Findings somebody decided to live with or called false; none of them is counted as open."""
    import polars as pl

    made = [
        row
        | {
            "at": _at(row["path"], row["line"]),
            "state": _word(row["state"]),
            "until": moment(row["state_until"]) if row["state_until"] else "no end",
        }
        for row in decided_findings(report)
    ]
    columns = {
        "severity": "Severity", "title": "What", "at": "Where", "state": "Decision", "state_reason": "Reason",
        "until": "Until",
    }  # fmt: skip
    return components.records(
        "decided",
        typed(made, dict.fromkeys(columns, pl.String)),
        "Decided findings",
        f"{count_of(len(made), 'finding')} that no figure of this report counts as open.",
        columns=columns,
        severity_column="severity",
        code_columns=("at",),
        when_empty="No finding is accepted or called false.",
    )
