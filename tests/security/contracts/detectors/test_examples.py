"""Every detector finds its own vulnerable example and is silent on the fixed one."""

from __future__ import annotations

import textwrap

import pytest

from scorpius_lab.security.contracts.detection import Detector, FileState
from scorpius_lab.security.contracts.detectors import DETECTORS
from scorpius_lab.security.contracts.scanner import scan_text

EACH = pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)


@EACH
def test_finds_its_vulnerable_example(detector: Detector) -> None:
    outcome = scan_text(textwrap.dedent(detector.vulnerable), detectors=[detector])
    assert outcome.files[0].state is FileState.EVALUATED, outcome.files[0].reason
    assert {found.detector.id for found in outcome.detections} == {detector.id}


@EACH
def test_says_what_is_wrong_in_a_short_sentence(detector: Detector) -> None:
    for found in scan_text(textwrap.dedent(detector.vulnerable), detectors=[detector]).detections:
        assert found.message.endswith(".")
        assert 40 < len(found.message) <= 180
        assert "  " not in found.message


@EACH
def test_is_silent_on_its_fixed_example(detector: Detector) -> None:
    outcome = scan_text(textwrap.dedent(detector.fixed), detectors=[detector])
    assert outcome.files[0].state is FileState.EVALUATED, outcome.files[0].reason
    assert [found.message for found in outcome.detections] == []


@EACH
def test_explains_itself(detector: Detector) -> None:
    assert detector.title
    assert len(detector.wrong) > 60
    assert len(detector.fix) > 20
    assert all(name.startswith("SWC-") for name in detector.swc)
    assert all(name.startswith("SCWE-") for name in detector.scwe)
    assert detector.cwe
    assert all(name.startswith("CWE-") for name in detector.cwe)


def test_ids_are_unique() -> None:
    ids = [detector.id for detector in DETECTORS]
    assert len(ids) == len(set(ids))
