"""The page of the contract report, as a browser without a network sees it."""

from __future__ import annotations

import re
from pathlib import Path

import browser
import pytest

from scorpius_lab.lab import init_lab
from scorpius_lab.security.contracts.reading import sample_folder


@pytest.mark.chromium
def test_it_is_drawn_without_a_network(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    source = tmp_path / "src"
    source.mkdir()
    for state in ("fixed", "vulnerable"):
        (source / "Vault.sol").write_bytes((sample_folder() / state / "Vault.sol").read_bytes())
        lab.contracts([source])
    (made,) = lab.report("contracts", out=tmp_path / "reports").iter_rows(named=True)
    assert made["open_high"]
    seen = browser.visit(Path(made["path"]) / "report.html", tmp_path)
    assert seen.requests == []
    assert seen.console == []
    assert re.search(r'id="fig-trend".*?<svg', seen.dom, re.DOTALL)
    assert "msg.sender.call{value: amount}" in seen.dom
