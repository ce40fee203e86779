"""A page of every component and chart with invented data: `python tests/reporting/gallery.py FOLDER` writes it.

The tests render the same notebook; a person looks at it in a browser beside the design.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import nbformat
import polars as pl

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components import Block, Card, CardTable, Excerpt

AS_OF = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
STATES = ["pass", "partial", "fail", "error", "manual", "stale", "not_evaluated", "not_applicable"]
FRAMEWORKS = pl.DataFrame(
    [
        ("SOX ITGC", "own set", 15, 2, 1, 0, 4, 1, 1, 0),
        ("SOC 2", "TSC 2017", 34, 4, 5, 1, 7, 3, 5, 2),
        ("NIST CSF", "2.0", 52, 8, 6, 1, 16, 4, 17, 2),
        ("ISO 27001", "2022", 58, 9, 8, 1, 21, 6, 14, 6),
        ("PCI DSS", "4.0.1", 118, 11, 14, 3, 32, 9, 41, 22),
        ("HIPAA", "Security Rule", 27, 3, 4, 0, 12, 2, 9, 6),
        ("GDPR", "2016/679", 9, 4, 2, 0, 13, 1, 6, 2),
    ],
    schema=["framework", "edition", *STATES],
    orient="row",
)
COUNTS = {s: int(FRAMEWORKS[s].sum()) for s in STATES}
HASH = "c0492adac6735f0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899"[:64]


def cell(*blocks: Block, source: str = "") -> nbformat.NotebookNode:
    """A code cell as a report's kernel leaves it."""
    before = os.environ.get("SCORPIUS_DEFER_DRAWING")
    os.environ["SCORPIUS_DEFER_DRAWING"] = "1"
    try:
        outputs = [nbformat.v4.new_output("display_data", data=b._repr_mimebundle_()) for b in blocks]
    finally:
        os.environ.pop("SCORPIUS_DEFER_DRAWING")
        if before is not None:
            os.environ["SCORPIUS_DEFER_DRAWING"] = before
    source = source or "\n".join(f"view.{b.name.replace('-', '_')}(report)" for b in blocks)
    return nbformat.v4.new_code_cell(source, outputs=outputs)


def section(title: str, text: str = "") -> nbformat.NotebookNode:
    """A markdown cell that opens a section."""
    return nbformat.v4.new_markdown_cell(f"## {title}\n\n{text}")


def daily() -> pl.DataFrame:
    """Invented findings for thirty days."""
    rows = []
    for day in range(30):
        spike = {17: (2, 9, 11, 8), 18: (1, 5, 9, 6)}.get(
            day, ((day * 7) % 11 == 0, (day * 5) % 3, 1 + (day * 3) % 4, 2 + (day * 7) % 5)
        )
        at = datetime(2026, 10, 1, 5, tzinfo=UTC) + timedelta(days=day)
        rows += [(at, s, int(n)) for s, n in zip(("critical", "high", "medium", "low"), spike, strict=True)]
    return pl.DataFrame(
        rows, schema={"time": pl.Datetime("us", "UTC"), "severity": pl.String, "count": pl.Int64}, orient="row"
    )


def many_states(n: int) -> pl.DataFrame:
    """Counts for n invented hosts."""
    rows = [
        (f"host-{i:02d}.example.internal", *(((i * k) % 7) * (k % 3 + 1) + (k == 2) for k in range(2, 10)))
        for i in range(n)
    ]
    return pl.DataFrame(rows, schema=["host", *STATES], orient="row")


BENCH = pl.DataFrame(
    [
        ("ML-KEM-768 key generation", 0.021, 0.024, 0.061, 100.0),
        ("ML-KEM-768 encapsulate", 0.026, 0.030, 0.055, 50.0),
        ("ML-DSA-65 sign", 0.19, 0.41, 1.9, 25.0),
        ("ML-DSA-65 verify", 0.11, 0.12, 0.2, 10.0),
        ("SLH-DSA-128s sign", 610.0, 640.0, 712.0, 25.0),
        ("RSA-3072 key generation", 90.0, 240.0, 910.0, 100.0),
    ],
    schema=["label", "low", "mid", "high", "target"],
    orient="row",
)
PROMISES = pl.DataFrame(
    [
        ("Key generation", "< 100 ms", "0.024 ms", 4166.0),
        ("Encryption per KB", "< 50 ms", "0.031 ms", 1612.0),
        ("Signature", "< 25 ms", "0.41 ms", 61.0),
        ("Verification", "< 10 ms", "0.12 ms", 83.0),
        ("Ingest", "1 GB/minute", "0.8 GB/minute", 0.8),
        ("Contract scan", "< 2 s", None, None),
        ("Concurrent users", "10,000", None, None),
    ],
    schema={"promise": pl.String, "target": pl.String, "measured": pl.String, "ratio": pl.Float64},
    orient="row",
)
TREND = pl.DataFrame(
    {
        "time": [datetime(2025 + (11 + i) // 12, (11 + i) % 12 + 1, 1, tzinfo=UTC) for i in range(12)],
        "score": [0.918, 0.923, 0.921, 0.91, 0.906, 0.832, 0.827, 0.821, 0.816, 0.806, 0.8, 0.792],
        "coverage": [0.308, 0.314, 0.319, 0.335, 0.34, 0.427, 0.461, 0.488, 0.503, 0.54, 0.556, 0.574],
    }
)
TECHNIQUES = pl.DataFrame(
    [
        ("Initial access", "T1078", "Valid accounts", "hit", 6, "critical"),
        ("Initial access", "T1190", "Exploit public app", "watched", 0, None),
        ("Initial access", "T1566", "Phishing", "blind", 0, None),
        ("Execution", "T1059.004", "Unix shell", "hit", 14, "high"),
        ("Execution", "T1053.003", "Cron", "hit", 2, "medium"),
        ("Persistence", "T1098.004", "SSH keys", "hit", 3, "high"),
        ("Persistence", "T1136", "Create account", "watched", 0, None),
        ("Credential access", "T1110.003", "Password spraying", "hit", 58, "medium"),
        ("Credential access", "T1003.008", "shadow file", "watched", 0, None),
    ],
    schema=["tactic", "technique", "name", "seen", "count", "severity"],
    orient="row",
)
FAILING = pl.DataFrame(
    [
        (
            "CC6.3",
            "#card-cc6-3",
            "Access ends within a day of leaving",
            "fail",
            22,
            "IT operations",
            "Drive removal from the HR feed; close the two accounts",
        ),
        (
            "PCI 8.4.2",
            None,
            "Every entry to the card environment asks for a second factor",
            "fail",
            61,
            "Identity",
            "Break-glass role `cde-admin` has none; add a hardware key",
        ),
        (
            "CC8.1",
            None,
            "Nobody deploys their own change alone",
            "partial",
            34,
            "Engineering",
            "One emergency change lacks a later review",
        ),
        (
            "PR.PS-01",
            None,
            f"Kernel settings {HOSTILE}",
            "error",
            3,
            "Platform",
            "Raise the collector's limit or split the host list",
        ),
    ],
    schema=["control", "href", "what", "state", "days", "owner", "remedy"],
    orient="row",
)
FIGURE = {"source": "Source: invented, as of 2026-11-22.", "sample": True}


def masthead() -> Block:
    """The title block."""
    return components.masthead(
        "Four in five controls we judged hold. Two in five we have not judged.",
        "Seven frameworks, 695 controls. The score fell from 92 to 79 % in a year while coverage nearly doubled: most of the fall is things nobody had looked at before.",
        [
            ("Organisation", "Meridian Payments (invented)"),
            ("Scope", "Card platform, treasury contracts, corporate identity"),
            ("Period", "1 to 30 November 2026"),
            ("As of", AS_OF),
            ("Lab", "meridian-audit"),
            ("Code", "scorpius_lab 0.4.2"),
        ],
        "Gallery",
        sample=True,
        signer="Audit lead, key 7F3A 91C2",
        commands=[
            "sha256sum --check SHA256SUMS",
            "openssl pkeyutl -verify -pubin -inkey signer.ed25519.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.ed25519",
        ],
    )


def headline() -> Block:
    """The first figures."""
    judged = COUNTS["pass"] + COUNTS["partial"] + COUNTS["fail"]
    return components.headline(
        "headline",
        COUNTS["pass"] / judged,
        judged / sum(COUNTS.values()),
        COUNTS,
        figures=[
            ("Failing controls", COUNTS["fail"], "7 new, 2 closed since October"),
            ("Exceptions in force", 4, "1 expires in 9 days"),
            ("Evidence older than its term", "41 of 1,284", "39 controls are stale because of it"),
        ],
        paragraphs=[
            "Three things need a decision this month. **Leaver access** (CC6.3): two of sixty accounts stayed open after the day of leaving, so a true rate above the tolerable 10 % cannot be ruled out."
        ],
        small_print="Score is pass ÷ (pass + partial + fail). Coverage is (pass + partial + fail) ÷ all controls.",
    )


def cards() -> Block:
    """A control sheet and two findings."""
    sheet = Card(
        "CC6.3",
        "Access ends within one day of leaving",
        kicker="SOC 2 · CC6.3 · also evidence for ISO A.5.18",
        state="fail",
        because="Fails because the upper bound, 10.12 %, is above the tolerable rate of 10 % (rule `attribute-sample/2`).",
        stats=[
            ("Population N", 1118),
            ("Sample n", 60),
            ("Deviations k", 2),
            ("Observed", 0.0333),
            ("Upper bound", "10.12 %"),
            ("Tolerable", "10 %"),
            ("Coverage", 1.0),
        ],
        strong=["Upper bound"],
        tables=[
            CardTable(
                "Evidence",
                pl.DataFrame(
                    {
                        "what": ["HR leaver export", "Directory accounts"],
                        "collector": ["csv-mapping 3", "okta-export 2"],
                        "collected": [AS_OF, AS_OF],
                        "sha256": [HASH, HASH[::-1]],
                    }
                ),
            )
        ],
        signs=[
            ("Owner's answer", "IT operations, date"),
            ("Auditor's conclusion", "Name, date. The tool gives no opinion."),
        ],
    )
    finding = Card(
        "5e1c90af",
        "Balance is cleared after the transfer, so a withdrawal can re-enter",
        kicker="contracts / reentrancy-eth · finding 5e1c 90af · open 3 days · confidence high",
        severity="critical",
        where="contracts/treasury/YieldVault.sol:88  withdraw(uint256)",
        excerpt=Excerpt(
            [
                "function withdraw(uint256 amount) external {",
                "    uint256 held = balances[msg.sender];",
                '    require(held >= amount, "too much");',
                "",
                '    (bool ok, ) = msg.sender.call{value: amount}("");',
                "    balances[msg.sender] = held - amount;  // too late",
                "}",
            ],
            first=84,
            hits=(88, 89),
        ),
        path=[
            ("Source", "`msg.sender` chosen by the caller, line 84"),
            ("Calls", "unknown code with all gas, line 88"),
            ("Sink", "the old value is written back, line 89"),
        ],
        remedy="Write the balance before the call, or guard the function.",
        references=[("SWC-107", "https://swcregistry.io/docs/SWC-107"), ("own", "javascript:alert(1)")],
        tags=["SWC-107", "CWE-841", "SOC 2 CC8.1"],
    )
    log = Card(
        "77b2",
        f"A log line: {HOSTILE}",
        severity="high",
        where=HOSTILE,
        excerpt=Excerpt([HOSTILE, "\x1b[31mred\x00 \u202egnp.exe"], hits=(1,)),
        tags=[HOSTILE],
    )
    return components.cards("cards", [sheet, finding, log])


def not_seen() -> Block:
    """What was not looked at."""
    frame = pl.DataFrame(
        {
            "state": ["not_evaluated", "manual", "stale", "error"],
            "count": [170, 162, 39, 11],
            "reason": [
                "No collector has read the source",
                "Only a person can judge",
                "Evidence is past its term",
                "The check itself broke",
            ],
            "remedy": [
                "Grant read access to the ticket system (64)",
                "Send attestations to 11 owners",
                "Collect again; one command",
                "See run log, 3 causes",
            ],
        }
    )
    return components.not_looked_at("not-seen", frame, "Why 382 controls were not judged")


def case() -> Block:
    """The story of an intrusion."""
    start = datetime(2026, 10, 18, 3, 3, 10, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "time": [start, start + timedelta(minutes=9), start + timedelta(minutes=74)],
            "mark": [None, "Detected.", "Contained."],
            "text": [
                "First login with the stolen token",
                f"Correlation fired {HOSTILE}",
                "Token revoked, host isolated",
            ],
            "tag": [["T1078"], ["T1098.004"], []],
        }
    )
    return components.timeline("case", frame, "Case 7: stolen deploy key")


def provenance() -> Block:
    """What the report was made from."""
    meta = {
        "lab": "meridian-audit",
        "code_version": "0.4.2",
        "signer": "7f3a91c2d5e6f708",
        "run_ids": ["01jd7q", "01jd7r"],
        "sample": True,
    }
    return components.provenance(
        "provenance",
        SimpleNamespace(meta=meta, parameters={"period": "2026-11", "frameworks": ["soc2", "gdpr"]}, as_of=AS_OF),
    )


def foreign_cells() -> list[nbformat.NotebookNode]:
    """Outputs as users' own notebooks have them."""
    import pandas as pd

    out = nbformat.v4.new_output
    frame = pd.DataFrame({"a": [1, 2], "b": [HOSTILE, "y"]})
    evil = '<p>kept</p><script src="https://evil.example/x.js">1</script><img src="https://evil.example/p.png"><iframe src="//evil.example"></iframe><a href="javascript:alert(1)" onclick="x()">link</a><link rel="stylesheet" href="https://evil.example/a.css">'
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": [{"a": 1, "b": 2}, {"a": 2, "b": 5}]},
        "mark": "line",
        "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
    }
    error = out(
        "error", ename="ValueError", evalue=f"bad {HOSTILE}", traceback=["\x1b[31mTraceback\x1b[0m", "ValueError: bad"]
    )
    return [
        nbformat.v4.new_code_cell(
            "frame", outputs=[out("execute_result", data={"text/html": frame.to_html(), "text/plain": "frame"})]
        ),
        nbformat.v4.new_code_cell(
            "print('hello')", outputs=[out("stream", name="stdout", text=f"\x1b[32mhello\x1b[0m {HOSTILE}\n")]
        ),
        nbformat.v4.new_code_cell("evil()", outputs=[out("display_data", data={"text/html": evil})]),
        nbformat.v4.new_code_cell(
            "chart",
            outputs=[
                out(
                    "display_data",
                    data={"application/vnd.scorpius.figure+json": {"spec": spec}, "text/plain": "alt.Chart(...)"},
                )
            ],
        ),
        nbformat.v4.new_code_cell("raise ValueError('bad')", outputs=[error]),
        nbformat.v4.new_markdown_cell(
            f"Text with **bold**, `code`, $x^2$, {HOSTILE} and ![remote](https://evil.example/a.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
    ]


def empties() -> list[Block]:
    """Every chart and table with nothing in it."""
    none = pl.DataFrame(
        {"framework": [], "state": [], "count": []},
        schema={"framework": pl.String, "state": pl.String, "count": pl.Int64},
    )
    say = {
        "title": "Nothing here",
        "finding": "",
        "source": "Source: nothing.",
        "when_empty": "No log source was read, so nothing can be said about logins.",
    }
    return [
        charts.state_bars("empty-states", none, **say),
        charts.timeline(
            "empty-time",
            pl.DataFrame(schema={"time": pl.Datetime("us", "UTC"), "severity": pl.String, "count": pl.Int64}),
            **say,
        ),
        components.records(
            "empty-records", none, "Failing controls", when_empty="No rule was evaluated, so none can fail."
        ),
        components.heat("empty-heat", none, when_empty="No framework was assessed."),
        components.attack("empty-attack", TECHNIQUES.clear(), when_empty="No rule could run."),
        components.cards("empty-cards", [], when_empty="No finding is open; see what was not looked at."),
    ]


def singles() -> list[Block]:
    """Charts of one row."""
    say = {"finding": "One row only.", **FIGURE}
    return [
        charts.state_bars("one-state", FRAMEWORKS.head(1), title="One framework", **say),
        charts.timeline("one-time", daily().head(2), title="One day", **say),
        charts.dot_range("one-range", BENCH.head(1), title="One measurement, ms", unit="ms", **say),
        charts.trend("one-trend", TREND.head(1), title="One run", **say),
        charts.severity_bars(
            "one-severity", pl.DataFrame({"severity": ["high"], "count": [3]}), title="One severity", **say
        ),
        charts.ratios("one-ratio", PROMISES.head(1), title="One promise", **say),
        charts.bars(
            "one-bar",
            pl.DataFrame({"rule": ["sudo abuse"], "findings": [4]}),
            label="rule",
            value="findings",
            title="One rule",
            **say,
        ),
    ]


def notebook(*, foreign: bool = True) -> nbformat.NotebookNode:
    """The whole gallery as an executed notebook."""
    counts = pl.DataFrame({"severity": ["critical", "high", "medium", "low"], "count": [7, 37, 85, 125]})
    rules = pl.DataFrame(
        {
            "rule": [
                "Password spraying against a service account",
                "sudo abuse",
                "Unix shell from a web server",
                HOSTILE,
            ],
            "findings": [58, 4, 14, 1],
        }
    )
    cells = [
        cell(masthead()),
        section("Summary"),
        cell(headline()),
        section("Frameworks"),
        cell(
            charts.state_bars(
                "frameworks",
                FRAMEWORKS,
                title="Controls by framework and state",
                finding="Coverage runs from 78 % for SOX to 41 % for GDPR, where most controls wait for a person.",
                **FIGURE,
            )
        ),
        cell(components.heat("heat", FRAMEWORKS, note="edition")),
        section("Trend"),
        cell(
            charts.trend(
                "trend",
                TREND,
                title="Score and coverage by month, %",
                finding="The score fell because more was looked at: most of the drop came in May.",
                note=(datetime(2026, 5, 1, tzinfo=UTC), "Cloud exports first read"),
                **FIGURE,
            )
        ),
        section("Failing first"),
        cell(
            components.records(
                "failing",
                FAILING,
                "Failing, partial and erring controls",
                "In the order they should be worked on.",
                columns={
                    "control": "Control",
                    "what": "What must be true",
                    "state": "State",
                    "days": "Days",
                    "owner": "Owner",
                    "remedy": "Remedy",
                },
                state_column="state",
                links={"control": "href"},
                rich_columns=("remedy",),
            )
        ),
        section("Control sheets and findings"),
        cell(cards()),
        section("Over time"),
        cell(
            charts.timeline(
                "daily",
                daily(),
                title="Findings a day by severity",
                finding="A quiet month but for 18 and 19 October, when one intrusion made 51 findings.",
                note="case 7",
                **FIGURE,
            )
        ),
        cell(
            charts.severity_bars(
                "severity", counts, title="Findings by severity", finding="Half of all findings are low.", **FIGURE
            )
        ),
        cell(
            charts.bars(
                "rules",
                rules,
                label="rule",
                value="findings",
                title="Findings by rule",
                finding=f"One rule makes most noise {HOSTILE}",
                **FIGURE,
            )
        ),
        section("Techniques"),
        cell(
            components.attack(
                "attack",
                TECHNIQUES,
                "ATT&CK techniques",
                "Filled rows were seen.",
                "Source: rules by the log sources they need.",
                sample=True,
            )
        ),
        section("Case 7"),
        cell(case()),
        section("Benchmark"),
        cell(
            charts.dot_range(
                "bench",
                BENCH,
                title="Time of each operation, ms",
                finding="Lattice signatures are a thousand times faster than hash-based ones.",
                unit="ms",
                target="target",
                **FIGURE,
            )
        ),
        cell(
            charts.ratios(
                "promises",
                PROMISES,
                title="Target and measured, for every promise",
                finding="Four of seven promises are met, one is missed and two are not measured yet.",
                **FIGURE,
            )
        ),
        section("What was not looked at"),
        cell(not_seen()),
        section("Nothing to show", "Each says why."),
        cell(*empties()),
        section("One row"),
        cell(*singles()),
        section("Fifty rows"),
        cell(
            charts.state_bars(
                "fifty",
                many_states(50),
                row="host",
                unit="checks",
                title="Checks by host",
                finding="Fifty hosts.",
                **FIGURE,
            )
        ),
        section("Method"),
        cell(
            components.note(
                "method",
                [
                    "Six controls were tested on random samples without replacement.",
                    "A bound speaks of the population that was tested and of nothing else.",
                ],
            )
        ),
        section("Sign-off"),
        cell(
            components.signoff(
                "signoff",
                [
                    ("Prepared", "analyst 1", "2026-11-22 06:41 UTC", "Key 2B90 44D1"),
                    ("Reviewed", "audit lead", "", "Waits for a signature"),
                ],
            )
        ),
    ]
    if foreign:
        cells += [section("A user's own outputs"), *foreign_cells()]
    cells += [section("Provenance"), cell(provenance())]
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}}
    )


def main(folder: Path) -> None:
    """Write gallery.html and gallery-live.html into the folder."""
    import time

    from scorpius_lab.reporting import drawing, html

    folder.mkdir(parents=True, exist_ok=True)
    node = notebook()
    start = time.perf_counter()
    drawing.warm_up()
    print(f"drawing engine started in {time.perf_counter() - start:.2f} s")
    for name, live in (("gallery", False), ("gallery again", False), ("gallery-live", True)):
        start = time.perf_counter()
        page = html.render(node, running_footer="Gallery · SAMPLE DATA", live_charts=live)
        print(f"{name}: {len(page) / 1000:.0f} kB in {time.perf_counter() - start:.2f} s")
        (folder / f"{name.split()[0]}.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
