"""The benchmark report: what the product promises, what this machine measured, and what was not measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment, number
from scorpius_lab.reporting.reports.benchmark_figures import (
    changes,
    encryption,
    kem,
    keygen,
    sign,
    sizes,
    store,
    store_section,
    trend,
    verify,
)
from scorpius_lab.reporting.reports.benchmark_rows import (
    DASH,
    FIRST_RUN,
    HISTORY,
    NO_RUN,
    OBSERVED,
    RUNS,
    TIMES,
    conditions_of,
    frame_of,
    measured_at,
    measured_text,
    measurement_rows,
    not_taken,
    promise_rows,
    slow_text,
    state_counts,
    target_text,
    typed,
)
from scorpius_lab.reporting.reports.benchmark_sets import kem_sets, signature_sets
from scorpius_lab.reporting.spec import ReportParameters, ReportSpec, SnapshotQuery

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.reporting.report import Report

__all__ = [
    "SPEC", "answers", "changes", "encryption", "headline", "kem", "kem_sets", "keygen", "machine", "masthead",
    "method", "not_held", "not_measured", "promises", "promises_ratio", "provenance", "sign", "signature_sets",
    "sizes", "store", "store_section", "trend", "verify",
]  # fmt: skip

SPEC = ReportSpec(
    name="benchmark",
    title="Benchmark",
    notebook="benchmark.ipynb",
    parameters=ReportParameters,
    queries=(
        SnapshotQuery(
            "run",
            "SELECT id AS run_id, version, parameters, seed, started_at, ended_at, host "  # noqa: S608 (our own constant)
            f"FROM {RUNS} ORDER BY started_at DESC, id LIMIT 1",
            NO_RUN,
        ),
        SnapshotQuery(
            "measurements",
            OBSERVED.format(where="NOT starts_with(rule_id, 'benchmark.promise.') AND NOT rule_id LIKE '%.machine.%'"),
            NO_RUN,
        ),
        SnapshotQuery("promises", OBSERVED.format(where="starts_with(rule_id, 'benchmark.promise.')"), NO_RUN),
        SnapshotQuery("conditions", OBSERVED.format(where="rule_id = 'benchmark.machine.conditions'"), NO_RUN),
        SnapshotQuery("history", HISTORY, FIRST_RUN),
    ),
    results=(
        "masthead", "headline", "promises", "promises-ratio", "not-held", "kem-sets", "signature-sets", "keygen",
        "sign", "verify", "kem", "encryption", "store", "store-section", "sizes", "trend", "changes", "answers",
        "machine", "method", "not-measured", "provenance",
    ),
)  # fmt: skip

NAMES = {"openssl": "OpenSSL"}
KEPT, PARTLY, NOT_KEPT = "pass", "partial", "fail"


# -- the first screen


def masthead(report: Report) -> Block:
    """The title is the result."""
    conditions = conditions_of(report)
    machine = conditions.get("machine", {})
    facts: list[tuple[str, object]] = [
        ("Organization", report.parameters.get("organisation") or report.meta.get("organisation") or "not given")
    ]
    facts += [
        ("Machine", machine.get("processor", DASH)),
        ("Cores", machine.get("cores")),
        ("Measured", measured_at(report)),
        ("As of", moment(report.as_of)),
        ("Code", report.meta.get("code_version")),
    ]
    return components.masthead(
        sentence(report),
        lead(report),
        facts,
        "Benchmark report",
        sample=bool(report.meta.get("sample", False)),
        signer=str(report.meta.get("signer") or ""),
        ledger=components.log_entry(report.meta),
        commands=report.meta.get("commands") or (),
    )


def sentence(report: Report) -> str:
    """How many promises are kept: k of n kept, m not measured."""
    counts = state_counts(report)
    total = sum(counts.values())
    if not total:
        return "Nothing has been measured yet"
    missed = counts.get(NOT_KEPT, 0)
    parts = [f"{counts.get(KEPT, 0)} of {total} promises are kept"]
    if counts.get(PARTLY):
        parts.append(f"{counts[PARTLY]} in part")
    parts.append(f"{missed} {'is' if missed == 1 else 'are'} not kept" if missed else "none is broken")
    unmeasured = total - sum(counts.get(s, 0) for s in (KEPT, PARTLY, NOT_KEPT))
    if unmeasured:
        parts.append(f"{unmeasured} {'is' if unmeasured == 1 else 'are'} not measured yet")
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def lead(report: Report) -> str:
    """What stands against it and how far the machine can be trusted."""
    conditions = conditions_of(report)
    if not conditions:
        return NO_RUN
    missed = [one for one in promise_rows(report) if one["state"] in (NOT_KEPT, PARTLY)]
    first = " ".join(one["reason"] for one in missed) or "Every promise that was measured is kept, slow end included."
    load = conditions.get("load_average")
    seen = "unknown" if load is None else f"{load:.2f}"
    state = "was busy, so read the spreads and not the medians" if conditions["busy"] else "was quiet"
    return f"{first} The machine {state} (load average {seen} on {conditions['cores']} cores)."


def headline(report: Report) -> Block:
    """Promises by state, the closest one and the size of the run."""
    counts, measured = state_counts(report), measurement_rows(report)
    judged = sum(counts.get(s, 0) for s in (KEPT, PARTLY, NOT_KEPT))
    total = sum(counts.values())
    taken = [one for one in measured if one["value"] is not None]
    figures: list[tuple[str, object, str]] = []
    closest = min((one for one in promise_rows(report) if one["ratio"]), key=lambda one: one["ratio"], default=None)
    if closest:
        figures.append(
            (
                "Closest to its target" if closest["ratio"] >= 1 else "Missed by most",
                f"{number(closest['ratio'], 3)} {TIMES}",
                f"{_missed(closest)}{closest['title']}: slow end {slow_text(closest)}, target {target_text(closest)}",
            )
        )
    conditions = conditions_of(report)
    figures.append(("Single figures taken", f"{len(taken)} of {len(measured)}", _taken_note(conditions)))
    share = conditions.get("share")
    figures.append(
        (
            "Machine",
            ("busy" if conditions["busy"] else "quiet") if conditions else DASH,
            f"CPU time was {100 * share:.0f} % of wall time." if share else "",
        )
    )
    return components.headline(
        "headline",
        f"{counts.get(KEPT, 0)} of {judged}" if judged else None,
        f"{judged} of {total}" if total else None,
        counts,
        figures,
        score_label="Promises kept, of those measured",
        coverage_label="Promises measured",
        judged_words=("promises measured", "promises not measured"),
    )


def _missed(one: Mapping[str, Any]) -> str:
    if one["state"] == NOT_KEPT:
        return "Missed. "
    return "Missed by the slow end. " if one["ratio"] < 1 else ""


def _taken_note(conditions: Mapping[str, Any]) -> str:
    if not conditions:
        return ""
    return f"In {conditions['seconds']:.1f} s and {conditions['rounds']} rounds over all of them."


# -- promises


def promises(report: Report) -> Block:
    """Target, measured, ratio for every promise; broken first, unmeasured last."""
    return components.records(
        "promises",
        promise_table(report),
        "Every promise of the product",
        "Kept means that the slow end of the spread keeps it, for the slowest of what answers it, with three samples "
        f"or more. The ratio is that of target and slow end: above 1 {TIMES} is better than promised.",
        columns={
            "promise": "Promise", "state": "State", "target": "Target", "measured": "Measured, median",
            "slow_end": "Slow end", "ratio": "Ratio",
        },
        state_column="state",
        when_empty=report.when_empty("promises"),
    )  # fmt: skip


def promise_table(report: Report) -> pl.DataFrame:
    """The rows of `promises`, worst first."""
    rank = {NOT_KEPT: 0, PARTLY: 1, KEPT: 2}
    found = sorted(promise_rows(report), key=lambda one: (rank.get(one["state"], 3), one["ratio"] or 0))
    return frame_of(
        {
            "promise": one["title"],
            "state": one["state"],
            "target": target_text(one),
            "measured": measured_text(one),
            "slow_end": slow_text(one),
            "ratio": f"{number(one['ratio'], 3)} {TIMES}" if one["ratio"] else None,
        }
        for one in found
    )


def promises_ratio(report: Report) -> Block:
    """How many times better than promised, on one axis."""
    found = sorted(promise_rows(report), key=lambda one: -(one["ratio"] or 0))
    known = [one for one in found if one["ratio"]]
    finding = f"None of {len(found)} promises is measured yet."
    if known:
        closest = f"{known[-1]['title']} is closest to its target, {number(known[-1]['ratio'], 3)} times as good"
        finding = f"{closest}; {known[0]['title']} is furthest from it, {number(known[0]['ratio'], 3)} times."
    rows = [
        {"promise": one["title"], "target": target_text(one), "measured": slow_text(one), "ratio": one["ratio"]}
        for one in found
    ]
    return charts.ratios(
        "promises-ratio",
        typed(frame_of(rows), ratio=True),
        title="Promises, times better than the target",
        finding=finding,
        source="Ratio of target and slow end; at 1 a promise is just met. A hollow mark is not measured yet.",
        when_empty=report.when_empty("promises"),
    )


def not_held(report: Report) -> Block:
    """Algorithms that are offered, but that would break a promise if they were held to it."""
    titles = {one["rule_id"]: one["title"] for one in measurement_rows(report)}
    rows = [
        {
            "what": titles.get(rule, rule),
            "promise": f"{one['title']} {target_text(one)}",
            "measured": f"{number(value, 3)} {one['unit']}",
            "over": f"{number(value / one['target'], 3)} {TIMES}",
        }
        for one in promise_rows(report)
        for rule, value in sorted(one["beside"].items(), key=lambda item: -item[1])
        if one["better"] == "lower" and value >= one["target"]
    ]
    return components.records(
        "not-held",
        frame_of(rows),
        "Measured beside a promise and slower than it",
        "These are offered or compared with, and not covered by the promise.",
        columns={"what": "Algorithm", "promise": "Promise", "measured": "Measured", "over": "Times the target"},
        when_empty="Nothing measured beside a promise is slower than it.",
    )


# -- what it stands on


def answers(report: Report) -> Block:
    """Which measurement stands for which promise."""
    titles = {one["rule_id"]: one["title"] for one in measurement_rows(report)}
    rows = [
        {
            "promise": one["title"],
            "basis": one["basis"] or one["reason"],
            "slowest": titles.get(one["slowest"], one["slowest"]) or DASH,
            "samples": one["n"],
        }
        for one in promise_rows(report)
    ]
    return components.records(
        "answers",
        frame_of(rows),
        "What answers each promise",
        columns={"promise": "Promise", "basis": "What is measured", "slowest": "Judged by", "samples": "Samples"},
        when_empty=report.when_empty("promises"),
    )


def machine(report: Report) -> Block:
    """The machine, its libraries and how busy it was."""
    conditions = conditions_of(report)
    facts = dict(conditions.get("machine", {}))
    rows = [_fact(name, value) for name, value in facts.items() if name != "libraries"]
    rows += [(name, version) for name, version in facts.get("libraries", {}).items()]
    if conditions:
        rows += [
            ("Load average at the start", conditions["load_average"]),
            ("CPU time by wall time", f"{conditions['share']:.3f}" if conditions["share"] else None),
            ("Loop, ns a call", conditions["overhead_ns"]),
            ("Seed", conditions["seed"]),
        ]
    frame = frame_of({"what": name, "value": DASH if value is None else str(value)} for name, value in rows)
    return components.records(
        "machine", frame, "The machine", columns={"what": "Fact", "value": "Value"}, when_empty=NO_RUN
    )


def _fact(name: str, value: Any) -> tuple[str, Any]:
    """A fact of the machine as it is read: memory in GiB, names as their makers write them."""
    if name == "memory_bytes":
        return "Memory", f"{value / 2**30:.1f} GiB" if value else None
    return NAMES.get(name, name.replace("_", " ").capitalize()), value


def method(report: Report) -> Block:
    """How it was measured, in words."""
    conditions = conditions_of(report)
    budget = f" within {conditions['budget_seconds']:g} s" if conditions else ""
    return components.text(
        "method",
        "Every operation is warmed up, then called in batches of at least 2 ms; one batch is one sample. Samples are "
        f"taken in rounds over all operations, in an order shuffled anew with the recorded seed{budget}, so that a "
        "drift of the machine meets all of them alike. Garbage is collected between samples.",
        "Before anything is timed its answer is checked: a signature must hold and a damaged one must not, a key must "
        "come out the same on both sides, rows appended twice must be stored once.",
        "Wall and CPU time of the process are both taken for every sample. Where CPU is far below wall, the process "
        "waited for the machine, and the wall time tells more about its other work than about the algorithm; compare "
        "algorithms by their CPU time.",
        "Every operation gets five samples at least; of those over 50 ms, SLH-DSA only one, as it always does the same "
        "work, and RSA three. Together the slow parameter sets may take four tenths of the time allowed; those that do "
        "not fit are not begun, and are listed under what was not measured. ML-DSA signs by trying until a signature "
        "passes, and RSA makes keys by searching for primes: their times are random by nature, and a sample of ML-DSA "
        "is the mean of 16 signatures or more.",
        "Figures are medians, with the 5th and 95th percentile and the number of samples; the few nanoseconds of the "
        "timing loop are contained in them. A promise is judged by the slow end of the spread, not by the median, "
        "and takes at least three samples.",
        "What goes into the store is measured in small batches of 20,000 rows, each a locked section of its own with "
        "its checks, so the fixed cost of a section weighs on every row. Larger batches are not measured.",
    )


def not_measured(report: Report) -> Block:
    """Promises without a measurement, and figures that could not be taken."""
    rows = [
        {"state": one["state"], "what": one["title"], "reason": one["reason"]}
        for one in (*(row for row in promise_rows(report) if row["value"] is None), *not_taken(report))
    ]
    frame = frame_of(rows)
    if not report.rows("run"):
        frame = frame_of([{"state": "not_evaluated", "what": "All promises", "reason": NO_RUN}])
    return components.not_looked_at(
        "not-measured",
        frame,
        "What was not measured, and why",
        columns={"what": "What", "state": "State", "reason": "Why"},
        when_empty="Every promise and every figure was measured.",
    )


def provenance(report: Report) -> Block:
    """What the report was made from."""
    return components.provenance("provenance", report)
