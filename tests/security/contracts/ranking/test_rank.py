"""The order by a model: nothing is lost, critical findings stay first, each score is explained exactly."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from importlib.resources import files

import pytest
from pydantic import ValidationError

from scorpius_lab.core.rules import Severity
from scorpius_lab.security.contracts.detection import ScanOutcome
from scorpius_lab.security.contracts.ranking.features import FEATURES, vectors
from scorpius_lab.security.contracts.ranking.model import Model, load_model
from scorpius_lab.security.contracts.ranking.rank import ranked
from scorpius_lab.security.contracts.scanner import scan_text

SOURCE = """
pragma solidity ^0.4.24;
contract Purse {
    address owner;
    mapping(address => uint256) balances;
    function take() public { owner = msg.sender; }
    function pay(address to, uint256 amount) public {
        require(msg.sender == owner);
        balances[to] += amount;
        to.send(amount);
    }
    function draw() public payable {
        balances[msg.sender] -= msg.value;
        if (now % 7 == 0) msg.sender.transfer(address(this).balance);
    }
}
"""


@pytest.fixture(scope="module")
def outcome() -> ScanOutcome:
    return scan_text(SOURCE)


def test_nothing_is_left_out(outcome: ScanOutcome) -> None:
    after = ranked(outcome)
    assert {d.fingerprint for d in after.detections} == {d.fingerprint for d in outcome.detections}
    assert len(outcome.detections) > 3
    assert all(d.severity is e.severity for d, e in zip(_sorted(after), _sorted(outcome), strict=True))


def _sorted(outcome: ScanOutcome) -> list:
    return sorted(outcome.detections, key=lambda d: d.fingerprint)


def test_critical_findings_come_first_whatever_their_score(outcome: ScanOutcome) -> None:
    order = [d.severity is Severity.CRITICAL for d in ranked(outcome).detections]
    assert any(order)
    assert order == sorted(order, reverse=True)
    rest = [d.score for d in ranked(outcome).detections if d.severity is not Severity.CRITICAL]
    assert rest == sorted(rest, reverse=True)


def test_contributions_add_up_to_the_score(outcome: ScanOutcome) -> None:
    model = load_model()
    for vector in vectors(outcome):
        total = model.bias + math.fsum(model.contributions(vector))
        assert model.score(vector) == pytest.approx(1 / (1 + math.exp(-total)))


def test_names_and_comments_do_not_count(outcome: ScanOutcome) -> None:
    renamed = re.sub(r"\b(Purse|owner|balances|take|pay|draw|amount)\b", r"x_\1", SOURCE)
    other = scan_text("// vulnerable\n" + renamed, "safe/audited.sol")
    assert sorted(vectors(other)) == sorted(vectors(outcome))


def test_a_model_that_gains_nothing_is_not_used(outcome: ScanOutcome) -> None:
    model = load_model()
    weak = model.model_copy(update={"evaluation": model.evaluation.model_copy(update={"gain_low": -0.01})})
    after = ranked(outcome, weak)
    assert after.detections == outcome.detections
    assert after.ranking is not None
    assert not after.ranking.used
    assert "the model is off" in after.ranking.reason


def test_the_model_that_comes_along_has_shown_its_gain() -> None:
    assert load_model().enabled
    assert load_model().evaluation.clusters > 30


def test_an_unknown_detector_is_ranked_too(outcome: ScanOutcome) -> None:
    strange = replace(outcome.detections[0], detector=replace(outcome.detections[0].detector, id="never-seen"))
    after = ranked(replace(outcome, detections=(strange,)))
    assert after.detections[0].score is not None


@pytest.mark.parametrize("harm", ["features", "functions", "extra"])
def test_a_model_that_does_not_fit_is_refused(harm: str) -> None:
    text = files("scorpius_lab.security.contracts.ranking").joinpath("model.json").read_text()
    known = json.loads(text)
    if harm == "extra":
        known["code"] = "import os"
    else:
        known[harm] = known[harm][1:]
    with pytest.raises(ValidationError):
        Model.model_validate(known)


def test_a_vector_has_all_features(outcome: ScanOutcome) -> None:
    assert {len(vector) for vector in vectors(outcome)} == {len(FEATURES)}
