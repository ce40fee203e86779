"""The contract report over a real lab: several scans, nothing at all, hostile source, thousands of findings, a model."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting.report import Report
from scorpius_lab.reporting.reports import contracts as view
from scorpius_lab.reporting.reports import notebook_path
from scorpius_lab.reporting.reports.contracts_rows import CLASSES, class_rows, contract_rows, named_numbers
from scorpius_lab.reporting.snapshot import connect, take_snapshot
from scorpius_lab.security.contracts.detection import Dasp

BLOCKS = [name for name in view.__all__ if name != "SPEC"]
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
PURSE = f"""\
pragma solidity ^0.8.0;
// {EVIL} \u202e ünïcödé 钱包
contract Purse {{
    address owner = msg.sender;
    function sweep(address payable to) external {{
        require(tx.origin == owner, "{EVIL.replace('"', "'")} ключ");
        to.transfer(address(this).balance);
    }}
    function fund(address to) external {{ payable(to).send(1); }}
    receive() external payable {{}}
}}
"""
MENDED = PURSE.replace("tx.origin", "msg.sender")
CLEAN = "pragma solidity ^0.8.0; contract Quiet { uint public n; function up() external { n += 1; } }"
TX_ORIGIN = "contracts.access-control.tx-origin"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Three scans of one folder: found, mended, back again beside files that cannot be read whole or at all."""
    folder = tmp_path_factory.mktemp("contracts")
    source = folder / "src"
    source.mkdir()
    made = init_lab(folder / "lab")
    for text in (PURSE, MENDED):
        (source / "purse.sol").write_text(text)
        made.contracts([source])
    (source / "purse.sol").write_text(PURSE)
    (source / "clean.sol").write_text(CLEAN)
    (source / "imports.sol").write_text('import "./gone.sol"; contract Y { function f() public {} }')
    (source / "torn.sol").write_text("contract A { function f() public {} }\ncontract B { function ) ( }")
    (source / "vyper.vy").write_text("# @version 0.3.10\n")
    made.contracts([source])
    return made


def snapshot(lab: Lab, folder: Path, as_of: datetime | None = None, *, redact: bool = False, **more: Any) -> Report:
    parameters = view.SPEC.parameters(as_of=as_of or datetime.now(UTC) + timedelta(minutes=1), **more)
    path = folder / f"data{len(list(folder.glob('*.duckdb')))}.duckdb"
    take_snapshot(lab, view.SPEC, parameters, path, redact=redact)
    return Report(path, connect(path))


def blocks(report: Report) -> dict[str, Any]:
    return {name: getattr(view, name)(report) for name in BLOCKS}


def test_every_block_is_made_and_named_as_declared(lab: Lab, tmp_path: Path) -> None:
    found = blocks(snapshot(lab, tmp_path))
    assert {block.name for block in found.values()} == set(view.SPEC.results)
    assert all(block.html for block in found.values())


def test_the_first_screen_says_what_was_found_and_what_was_not_looked_at(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    found = view.sentence(report)
    assert re.match(r"\d findings, \d of them high; 1 file could be looked at only in part, 1 not at all", found)
    assert re.search(r"Look first at \*\*[^*]+\*\* in Purse \(purse\.sol:\d+\)\.", view.lead(report))
    assert re.search(r"The last scan changed this: .*\d back again", view.lead(report))
    assert "Nothing can be said of 1 file that could not be read." in view.lead(report)
    headline = view.headline(report).html
    assert "3 <small>of 5</small>" in headline
    assert "Looked at whole 3" in headline
    assert "Not looked at 1" in headline


def test_classes_and_contracts_are_counted_by_severity(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    rows = {row["class"]: row for row in class_rows(report)}
    assert list(rows) == list(CLASSES.values())
    assert rows["Access control"]["high"] >= 1
    assert all(row["looked"] for row in rows.values())
    (first, *_) = contract_rows(report)
    assert (first["contract"], first["path"]) == ("Purse", "purse.sol")
    assert sum(row["all"] for row in contract_rows(report)) == view.table(report).data.height
    assert 'data-severity="high" style="--v:' in view.by_class(report).html


def test_the_classes_are_those_of_the_scanner() -> None:
    assert set(CLASSES) == {one.value for one in Dasp}


def test_the_trend_counts_what_came_went_and_came_back(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    table = view.trend(report).data
    first, second, third = table.iter_rows(named=True)
    assert (first["new"], first["fixed"], first["reopened"]) == (first["open"], 0, 0)
    assert second["fixed"] >= 1
    assert (second["new"], second["open"]) == (0, first["open"] - second["fixed"])
    assert (third["reopened"], third["fixed"]) == (second["fixed"], 0)
    assert third["open"] == third["carried"] + third["new"] + third["reopened"] == view.table(report).data.height
    newest = view.scans(report).data.row(0, named=True)
    assert (newest["seen"], newest["outcome"]) == ("3 of 5", "succeeded")


def test_the_trend_is_as_it_was_on_an_earlier_day(lab: Lab, tmp_path: Path) -> None:
    after_second = lab.store.sql(
        "SELECT recorded_at FROM runs WHERE function = 'contracts.scan' ORDER BY started_at", purpose="test"
    )["recorded_at"][1]
    report = snapshot(lab, tmp_path, after_second)
    assert view.scans(report).data.height == 2
    assert "tx.origin" not in view.findings(report).html
    one = snapshot(lab, tmp_path, after_second - timedelta(microseconds=1))
    assert view.scans(one).data.height == 1
    assert "There was one scan; a trend needs two." in view.trend(one).html


def test_a_decision_counts_in_the_trend_from_when_it_was_made(lab: Lab, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    fingerprint = lab.findings.list(rule=TX_ORIGIN)["fingerprint"][0]
    lab.findings.triage(fingerprint, "accepted", "known", until=datetime.now(UTC) + timedelta(days=9))
    try:
        report = snapshot(lab, tmp_path)
        assert view.table(report).data.height == snapshot(lab, tmp_path, before).table("findings").height - 1
        assert view.decided(report).data["state_reason"].to_list() == ["known"]
        assert "1 finding was accepted or called false" in view.headline(report).html
        assert view.trend(report).data["open"].to_list()[-1] == view.table(report).data.height + 1
        assert view.decided(snapshot(lab, tmp_path, before)).data.is_empty()
    finally:
        lab.findings.triage(fingerprint, "open", "undone")


def test_a_finding_has_its_code_its_path_and_its_remedy(lab: Lab, tmp_path: Path) -> None:
    html = view.findings(snapshot(lab, tmp_path)).html
    card = html[html.index("Authorisation by tx.origin") :]
    card = card[: card.index("</article>")]
    assert '<span data-n="6" class="hit">' in card
    assert '<span data-n="5">    function sweep(address payable to) external {</span>' in card
    assert "<b>line 5</b> sweep(address) can be called by anyone" in card
    assert "<b>Remedy.</b> Compare <code>msg.sender</code>" in card
    assert "purse.sol:6, Purse.sweep(address)" in card
    assert "SWC-115" in card


def test_without_a_model_the_order_is_said_to_be_by_severity(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    assert "ordered by severity" in view.order(report).html
    assert "No model has ranked them" in view.order(report).html
    assert "score" not in view.table(report).data.columns
    found = report.table("findings")["severity"].to_list()
    assert found == sorted(found, key=("critical", "high", "medium", "low", "info").index)


def test_hostile_source_is_shown_and_not_obeyed(lab: Lab, tmp_path: Path) -> None:
    for name, block in blocks(snapshot(lab, tmp_path)).items():
        html = block.drawn()
        assert "<script" not in html, name
        assert "<img" not in html, name
        assert "\u202e" not in html, name
    html = view.findings(snapshot(lab, tmp_path)).html
    assert "&lt;script&gt;alert(1)" in html
    assert "ключ" in html


def test_what_was_not_looked_at_stands_with_its_reason(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    missing = {row["what"]: row for row in view.not_looked_at(report).data.iter_rows(named=True)}
    assert missing["vyper.vy"]["state"] == "not_evaluated"
    assert "Vyper" in missing["vyper.vy"]["reason"]
    assert missing["torn.sol"]["state"] == "partial"
    assert missing["imports.sol"]["reason"] == "1 import not found: ./gone.sol"
    assert view.files(report).data["state"].to_list() == ["not_evaluated", "partial", "pass", "pass", "pass"]


def test_a_class_nobody_looked_for_shows_no_zero(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    (tmp_path / "a.sol").write_text(CLEAN)
    lab.contracts([tmp_path / "a.sol"], include=["tx-origin"])
    report = snapshot(lab, tmp_path)
    looked = {row["class"]: (row["looked"], row["note"]) for row in class_rows(report)}
    assert looked["Access control"] == (True, "1 detector")
    assert looked["Reentrancy"] == (False, "")
    assert "Not looked for" in view.by_class(report).html
    assert "no detector of the class ran" in view.not_looked_at(report).html
    (tmp_path / "b.sol").write_text(CLEAN)
    lab.contracts([tmp_path / "b.sol"])
    notes = {row["class"]: row["note"] for row in class_rows(snapshot(lab, tmp_path))}
    assert notes["Access control"].endswith("detectors, 1 on all files")


def test_an_empty_store_says_that_nothing_was_looked_at(tmp_path: Path) -> None:
    report = snapshot(init_lab(tmp_path / "lab"), tmp_path)
    found = blocks(report)
    assert view.sentence(report) == "No contract has been looked at"
    assert "Nothing can be said" in view.lead(report)
    assert all(block.figure is None for block in found.values())
    for name in ("by_class", "by_contract", "trend", "scans", "findings", "table", "files", "not_looked_at"):
        assert "No contract has been looked at" in found[name].html, name


def test_nothing_found_is_not_called_right(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    (tmp_path / "a.sol").write_text(CLEAN)
    lab.contracts([tmp_path / "a.sol"])
    report = snapshot(lab, tmp_path)
    assert view.sentence(report) == "Nothing was found in 1 file looked at whole"
    assert "does not prove a contract right" in view.lead(report)
    assert "not the same as no flaw" in view.findings(report).html
    (tmp_path / "b.vy").write_text("# @version 0.3.10\n")
    only = init_lab(tmp_path / "other")
    only.contracts([tmp_path / "b.vy"])
    assert view.sentence(snapshot(only, tmp_path)) == "None of 1 file could be looked at"


def test_redaction_still_draws(lab: Lab, tmp_path: Path) -> None:
    assert all(block.html for block in blocks(snapshot(lab, tmp_path, redact=True)).values())


def test_the_notebook_is_thin_and_asks_what_the_report_declares() -> None:
    notebook = json.loads(notebook_path(view.SPEC).read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code[0]["metadata"]["tags"] == ["parameters"]
    asked = {line.split(" =")[0] for line in "".join(code[0]["source"]).splitlines()}
    assert asked == {"snapshot", *view.SPEC.parameters.model_fields}
    called = {"".join(cell["source"]).removeprefix("view.").removesuffix("(report)") for cell in code[2:]}
    assert called == set(BLOCKS)


def a_finding(number: int, **more: Any) -> dict[str, Any]:
    return {
        "fingerprint": f"{number:064x}", "run_id": "r", "rule_id": "contracts.arithmetic.overflow", "severity": "high",
        "confidence": "high", "state": "open", "state_reason": None, "state_until": None, "title": "Too large",
        "opened_at": datetime(2026, 11, 20, tzinfo=UTC), "path": "a.sol", "dasp": "arithmetic", "contract": "A",
        "function": "f()", "line": number + 1, "end_line": number + 1, "message": f"number {number}",
        "description": "", "fix": "", "requirements": None, "excerpt": None, "steps": None, "others": None,
        "swc": None, "cwe": None, "score": None, "contributions": None,
    } | more  # fmt: skip


class Given:
    """A report over findings that are given instead of stored."""

    as_of = datetime(2026, 11, 22, tzinfo=UTC)
    meta: dict[str, Any] = {"lab": "lab"}  # noqa: RUF012 (never changed)

    def __init__(self, findings: list[dict[str, Any]], **parameters: Any) -> None:
        self.parameters = parameters
        file = {"path": "a.sol", "state": "pass", "reason": "", "contracts": '["A"]', "missing_imports": "[]"}
        more = {"sha256": "", "run_id": "r", "lines": 1, "looked_at": self.as_of, "seconds": 0.1}
        self._rows = {"findings": findings, "files": [file | more], "detectors": [], "scans": []}

    def table(self, name: str) -> pl.DataFrame:
        return pl.DataFrame(self._rows[name], infer_schema_length=None)

    def when_empty(self, name: str) -> str:
        return f"no {name}"


def test_thousands_of_findings_are_counted_and_the_first_are_shown() -> None:
    report: Any = Given([a_finding(n) for n in range(3000)], cards=20)
    assert view.sentence(report) == "3,000 high findings in 1 file"
    assert view.findings(report).data.height == 20
    assert "20 of 3,000 findings are shown in full" in view.order(report).html
    assert "--format json" in view.order(report).html
    table = view.table(report)
    assert table.data.height == 3000
    assert "The first 200 of 3,000 rows are shown" in table.html
    assert table.html.count("<a href") == 20
    assert "None is shown in full, as was asked for" in view.findings(Given([a_finding(1)], cards=0)).html  # type: ignore[arg-type]


def test_a_ranked_finding_has_its_score_and_what_it_is_made_of() -> None:
    parts = {f"feature_{n}": n / 100 for n in range(9)} | {"guarded": -1.25}
    ranked = a_finding(1, score=0.934, contributions=json.dumps(parts))
    report: Any = Given([ranked, a_finding(2)])
    assert "1 of 2 were ranked by a model" in view.order(report).html
    html = view.findings(report).html
    assert "<dd>93 %</dd>" in html
    assert "-1.250" in html
    assert "the 8 largest of 10 parts" in html
    assert view.table(report).data["score"].to_list() == [0.934, None]
    assert "93 %" in view.table(report).html
    all_of_them: Any = Given([ranked])
    assert "All were ranked by a model" in view.order(all_of_them).html


def test_fields_that_are_missing_or_odd_do_not_break_a_card() -> None:
    odd = {"excerpt": "{", "steps": '["x", {"text": "t"}]', "others": "[1]", "swc": "null", "contributions": '["x", 1]'}
    for report in (Given([a_finding(1)]), Given([a_finding(1, score=0.5, line=None, contract="", **odd)])):
        assert "number 1" in view.findings(report).html  # type: ignore[arg-type]
    assert named_numbers('[["a", 1.5], ["b", "x"], 3]') == {"a": 1.5}
