"""`scorpius contracts`."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scorpius_lab.cli.app import app
from scorpius_lab.security.contracts.detectors.access_control.tx_origin import TX_ORIGIN

FLAWED, MENDED = textwrap.dedent(TX_ORIGIN.vulnerable), textwrap.dedent(TX_ORIGIN.fixed)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.sol").write_text(FLAWED)
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["contracts", *words])
    return result.exit_code, result.stdout


def test_json_is_all_there_is_on_standard_output(folder: Path) -> None:
    code, out = run("scan", "a.sol", "--format", "json")
    assert code == 1
    assert "tx-origin" in {finding["detector"] for finding in json.loads(out)["findings"]}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["a.sol"], 1),
        (["a.sol", "--fail-on", "critical"], 0),
        (["a.sol", "--baseline", "missing.json"], 2),
        (["a.sol", "--baseline", "a.sol"], 2),
        (["a.sol", "--json", "--format", "sarif"], 2),
        (["a.sol", "--exclude", "tx-origin"], 0),
        (["a.sol", "--include", "tx-origin,reentrancy"], 1),
        (["a.sol", "--include", "banana"], 2),
        (["gone.sol"], 2),
        ([""], 2),
        (["a.vy"], 3),
        (["a.sol", "--ai"], 1),
    ],
)
def test_exit_codes(folder: Path, words: list[str], code: int) -> None:
    (folder / "a.vy").write_text("# @version 0.3.10\n")
    assert run("scan", *words)[0] == code


def test_a_baseline_keeps_quiet_what_was_known(folder: Path) -> None:
    assert run("scan", "a.sol", "--format", "sarif", "--out", "b.sarif")[0] == 1
    assert run("scan", "a.sol", "--baseline", "b.sarif")[0] == 0


def test_a_baseline_is_read_before_anything_is_scanned(folder: Path) -> None:
    result = CliRunner().invoke(app, ["contracts", "scan", "gone.sol", "--baseline", "missing.json"])
    assert result.exit_code == 2
    assert "the baseline missing.json cannot be read" in result.stderr


def test_mended_source_passes(folder: Path) -> None:
    (folder / "a.sol").write_text(MENDED)
    assert run("scan", "a.sol")[0] == 0


def test_detectors_are_listed_and_explained() -> None:
    code, out = run("detectors", "--json")
    assert code == 0
    assert "tx-origin" in {row["id"] for row in json.loads(out)}
    code, out = run("detectors", "--id", "tx-origin")
    assert code == 0
    assert "msg.sender" in out
    assert "vulnerable  pragma solidity" in out
    assert "\n            contract " in out  # as deep as the column, no deeper
