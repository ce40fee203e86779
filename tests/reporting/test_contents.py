"""What a made report holds is read from its own snapshot, not from the lab."""

from __future__ import annotations

from pathlib import Path

from scorpius_lab import init_lab
from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.observations import Asset
from scorpius_lab.core.rules import Rule, Severity

RULE = Rule("threats.test.rule", 1, "Something happened", Severity.HIGH, "look into it")


def test_a_report_counts_the_open_findings_it_shows(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    asset = Asset("host", "one")
    found = [Finding(RULE, asset, Location(LocationKind.EVENT, key, {"source": "log"}), key) for key in ("a", "b", "c")]
    with lab._record_by_hand("test.scan", {}) as recorder:
        recorder.add_findings(found)
    lab.findings.triage(found[0].fingerprint, "false_positive", "a drill")
    made = {row["name"]: row for row in lab.report(["threat", "benchmark"]).iter_rows(named=True)}
    assert made["threat"]["open_high"] == 2
    assert made["threat"]["rows"] >= 2
    assert (made["benchmark"]["open_high"], made["benchmark"]["rows"]) == (0, 0)


def test_the_organisation_of_the_configuration_is_on_the_cover(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab", overrides={"reporting.organisation": "Meridian & Sons"})
    (path,) = lab.report("benchmark")["path"]
    assert "Meridian &amp; Sons" in (Path(path) / "report.html").read_text()


def test_verifying_gives_a_row_each_with_what_is_wrong(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    (path,) = lab.report("benchmark")["path"]
    (row,) = lab.verify(path).iter_rows(named=True)
    assert (row["status"], row["self_asserted"], row["time"], row["problems"]) == ("good", True, "unproven time", [])
    (Path(path) / "report.html").write_text("changed")
    (row,) = lab.verify([path]).iter_rows(named=True)
    assert row["status"] == "broken"
    assert any("report.html" in problem for problem in row["problems"])
