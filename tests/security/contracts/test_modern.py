"""Audited packages are nearly silent: each finding of medium or worse in them has been looked at and is explained."""

from __future__ import annotations

import pytest

from scorpius_lab.security.contracts.detection import FileState
from tests.performance.contracts.modern import scan_audited
from tests.security.contracts.npm_packages import PackageMissing

MOST = 5
# Package, file, detector and function of a finding, and why it is shown although nobody calls it a flaw.
EXPLAINED: dict[tuple[str, str, str, str], str] = {}


@pytest.mark.timeout(300)
def test_every_file_is_looked_at_whole_and_every_finding_is_explained() -> None:
    try:
        audited = scan_audited(fetch=False)
    except PackageMissing as missing:
        pytest.skip(str(missing))
    files = [file for one in audited for file in one.outcome.files]
    assert len(files) >= 280
    assert [(file.path, file.reason) for file in files if file.state is not FileState.EVALUATED] == []
    found = [
        (one.package.name, shown.place.path, shown.detector.id, shown.function)
        for one in audited
        for shown in one.shown
    ]
    assert len(found) <= MOST, found
    assert set(found) <= set(EXPLAINED)
