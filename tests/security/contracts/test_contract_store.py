"""A scan in a lab: findings are stored, closed when they are gone, opened again when they are back."""

from __future__ import annotations

import asyncio
import textwrap
from pathlib import Path

import pytest

from scorpius_lab.engine import initialize_scorpius
from scorpius_lab.errors import UsageError
from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.security.contracts.detectors.access_control.tx_origin import TX_ORIGIN

FLAWED, MENDED = textwrap.dedent(TX_ORIGIN.vulnerable), textwrap.dedent(TX_ORIGIN.fixed)
RULE = "contracts.access-control.tx-origin"


def states(lab: Lab) -> list[str]:
    return lab.findings.list(rule=RULE)["state"].to_list()


def test_findings_are_fixed_and_reopened_and_known_when_lines_move(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    source = tmp_path / "safe.sol"
    seen = []
    for text in (FLAWED, "\n\n// moved\n" + FLAWED, MENDED, FLAWED):
        source.write_text(text)
        lab.contracts([source])
        seen.append(states(lab))
    assert seen == [["open"], ["open"], ["fixed"], ["reopened"]]


def test_findings_of_a_deleted_file_are_fixed_once_its_folder_is_scanned_again(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "in" / "other.sol").write_text(MENDED)
    (folder / "safe.sol").write_text(FLAWED)
    lab.contracts([tmp_path / "in"])
    (folder / "safe.sol").rename(tmp_path / "safe.sol")
    lab.contracts([tmp_path / "in" / "other.sol"])  # its folder was not looked at
    assert states(lab) == ["open"]
    lab.contracts([tmp_path / "in"], exclude=["tx-origin"])  # nor was it looked for
    assert states(lab) == ["open"]
    lab.contracts([tmp_path / "in"])
    assert states(lab) == ["fixed"]
    (tmp_path / "safe.sol").rename(folder / "safe.sol")
    lab.contracts([tmp_path / "in"])
    assert states(lab) == ["reopened"]


def test_what_is_missing_because_nothing_is_there_is_not_fixed(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "safe.sol").write_text(FLAWED)
    lab.contracts([tmp_path / "in"])
    (tmp_path / "in" / "safe.sol").unlink()
    lab.contracts([tmp_path / "in"])  # as if the disk were not mounted
    assert states(lab) == ["open"]


def test_a_file_of_the_same_name_in_another_folder_is_another_file(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "other.sol").write_text(MENDED)
    (tmp_path / "one" / "safe.sol").write_text(FLAWED)
    lab.contracts([tmp_path / "one"])
    lab.contracts([tmp_path / "two"])  # which never had it
    assert states(lab) == ["open"]


def test_files_that_are_there_and_left_out_stay_open(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "other.sol").write_text(MENDED)
    (tmp_path / "in" / "safe.txt").write_text(FLAWED)
    lab.contracts([tmp_path / "in", tmp_path / "in" / "safe.txt"])
    lab.contracts([tmp_path / "in"])
    assert states(lab) == ["open"]
    (tmp_path / "in" / "safe.txt").unlink()
    lab.contracts([tmp_path / "in"])
    assert states(lab) == ["fixed"]


def test_files_not_looked_at_are_said(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    (tmp_path / "a.vy").write_text("# @version 0.3.10\n")
    seen = lab.contracts([tmp_path / "a.vy"])
    assert seen["state"].to_list() == ["not_evaluated"]
    assert "not supported" in seen["reason"][0]


def test_the_engine_takes_paths_and_text(tmp_path: Path) -> None:
    async def scanned() -> list[int]:
        engine = await initialize_scorpius(tmp_path / "lab")
        (tmp_path / "safe.sol").write_text(FLAWED)
        by_path = await engine.security_scan(target=tmp_path / "safe.sol", scan_type="static")
        by_text = await engine.security_scan(target=FLAWED)
        return [by_path.height, by_text.height]

    assert asyncio.run(scanned()) == [1, 1]


@pytest.mark.parametrize(
    ("target", "kind", "said"),
    [
        ("0x6080604052348015600f57600080fd5b50", "static", "bytecode"),
        ("code.bin", "static", "bytecode"),
        (FLAWED, "formal", "no scan of type 'formal'"),
        ("gone.sol", "static", "gone.sol"),
    ],
)
def test_the_engine_says_what_it_cannot_scan(tmp_path: Path, target: str, kind: str, said: str) -> None:
    async def scanned() -> None:
        engine = await initialize_scorpius(tmp_path / "lab")
        await engine.security_scan(target=target, scan_type=kind)

    with pytest.raises(UsageError, match=said):
        asyncio.run(scanned())
