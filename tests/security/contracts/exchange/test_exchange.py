"""Findings written for others, and kept quiet by baselines and comments."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from scorpius_lab.errors import BaselineUnusable
from scorpius_lab.security.contracts.detection import ScanOutcome, SuppressionKind
from scorpius_lab.security.contracts.detectors.access_control.tx_origin import TX_ORIGIN
from scorpius_lab.security.contracts.exchange.baseline import compare, parse_baseline
from scorpius_lab.security.contracts.exchange.document import document
from scorpius_lab.security.contracts.exchange.markdown import markdown
from scorpius_lab.security.contracts.exchange.sarif import sarif
from scorpius_lab.security.contracts.exchange.suppressions import apply_suppressions
from scorpius_lab.security.contracts.scanner import scan_text

FLAWED = textwrap.dedent(TX_ORIGIN.vulnerable)
LINE = "require(tx.origin == owner);"


def outcome(text: str = FLAWED) -> ScanOutcome:
    return apply_suppressions(scan_text(text, detectors=[TX_ORIGIN]))


def test_sarif_is_valid(shared_data: Path) -> None:
    import jsonschema

    schema = json.loads((shared_data / "compliance/samples/sarif-schema-2.1.0.json").read_text())
    found = outcome()
    said = outcome(FLAWED.replace(LINE, LINE + " // scorpius-disable-line tx-origin"))
    unread = scan_text("nothing to see", "a b.sol")
    for one in (found, said, unread, scan_text('import "./gone.sol"; contract A {}')):
        log = json.loads(json.dumps(sarif(one)))
        jsonschema.Draft7Validator(schema).validate(log)
    log = json.loads(json.dumps(sarif(found, compare(found, parse_baseline(json.dumps(document(found)), "b")))))
    jsonschema.Draft7Validator(schema).validate(log)


def test_sarif_has_tags_fingerprints_and_suppressions() -> None:
    run = sarif(outcome(FLAWED.replace(LINE, LINE + " // scorpius-disable-line tx-origin")))["runs"][0]  # type: ignore[index]
    rule = run["tool"]["driver"]["rules"][0]
    assert {"dasp:access_control", "SWC-115", "CWE-477"} <= set(rule["properties"]["tags"])
    assert rule["help"]["text"]
    (result,) = run["results"]
    assert len(result["partialFingerprints"]["scorpius/v1"]) == 32
    assert result["suppressions"][0]["kind"] == "inSource"
    assert result["codeFlows"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"{LINE} // scorpius-disable-line tx-origin", True),
        (f"{LINE} // scorpius-disable-line reentrancy, tx-origin", True),
        (f"{LINE} // scorpius-disable-line reentrancy", False),
        (f"// slither-disable-next-line tx-origin\n{LINE}", True),
        (f"// slither-disable-next-line reentrancy-eth,tx-origin\n{LINE}", True),
        (f"// slither-disable-start tx-origin\n{LINE}\n// slither-disable-end tx-origin", True),
        (f"// slither-disable-start tx-origin\n// slither-disable-end tx-origin\n{LINE}", False),
        (f'string memory s = "// slither-disable-next-line tx-origin";\n{LINE}', False),
    ],
)
def test_comments_suppress(text: str, hidden: bool) -> None:
    (found,) = outcome(FLAWED.replace(LINE, text)).detections
    assert (found.suppression is not None) == hidden


@pytest.mark.parametrize("write", [document, sarif])
def test_a_baseline_knows_its_findings_after_lines_moved(write: object) -> None:
    baseline = parse_baseline(json.dumps(write(outcome())), "earlier")  # type: ignore[operator]
    compared = compare(outcome("\n\n" + FLAWED), baseline)
    (found,) = compared.outcome.detections
    assert found.suppression is not None
    assert found.suppression.kind is SuppressionKind.BASELINE
    assert not compared.fixed
    mended = compare(scan_text(textwrap.dedent(TX_ORIGIN.fixed), detectors=[TX_ORIGIN]), baseline)
    assert len(mended.fixed) == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"runs": [{"results": [{}]}]}', '{"format": "scorpius-contract-scan"}']
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(BaselineUnusable, match="baseline"):
        parse_baseline(text, "b.json")


def test_markdown_counts_in_singular_and_plural() -> None:
    assert "1 file, 1 finding, 0 suppressed." in markdown(outcome())
    assert "1 file, 0 findings, 0 suppressed." in markdown(outcome("contract A {}"))


def test_markdown_shows_code_and_path_and_escapes() -> None:
    text = markdown(outcome(FLAWED.replace("contract Safe", "contract Safe /* ``` <script> */")))
    assert "````" not in text.split("```solidity")[0]
    assert "require(tx.origin == owner)" in text
    assert "source.sol:6" in text or "source.sol:5" in text
    assert "How to fix" in text


def test_our_json_has_its_keys() -> None:
    made = document(outcome())
    assert set(made) == {"format", "version", "summary", "files", "findings", "suppressed"}
    (finding,) = made["findings"]  # type: ignore[misc]
    assert finding["excerpt"]
    assert finding["steps"][-1]["line"] == finding["line"]
