"""Bugs put into audited packages are found; see injected_bugs.py for what counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from scorpius_lab.security.contracts.scanner import scan_paths
from tests.security.contracts.injected_bugs import judge_all, read_bugs
from tests.security.contracts.npm_packages import PackageMissing

LEAST = 0.8
LEAST_OF_CLASS = 0.5


@pytest.mark.timeout(300)
def test_most_bugs_are_found_and_no_class_is_blind(tmp_path: Path) -> None:
    try:
        verdicts = list(judge_all(read_bugs(), tmp_path, lambda files: scan_paths(list(files))))
    except PackageMissing as missing:
        pytest.skip(str(missing))
    missed = [verdict.bug.id for verdict in verdicts if not verdict.found]
    assert len(verdicts) >= 80
    assert 1 - len(missed) / len(verdicts) >= LEAST, missed
    for dasp in {dasp for verdict in verdicts for dasp in verdict.bug.classes}:
        of_class = [verdict for verdict in verdicts if dasp in verdict.bug.classes]
        assert sum(verdict.found for verdict in of_class) >= LEAST_OF_CLASS * len(of_class), (dasp, missed)
