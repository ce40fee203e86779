"""What a caller of the engine may hand over as a target, and what the command line refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from scorpius_lab.errors import UsageError
from scorpius_lab.lab import init_lab
from scorpius_lab.security.contracts.detectors.access_control.tx_origin import TX_ORIGIN
from scorpius_lab.security.contracts.scanner import scan_paths, scan_text
from scorpius_lab.security.contracts.target import parameters_for


@pytest.mark.parametrize("target", ["", "  \n", None, b"contract A {}", ["a.sol"], 7])
def test_what_is_no_target(target: object) -> None:
    with pytest.raises(UsageError, match="target"):
        parameters_for(target, "static")  # type: ignore[arg-type]


@pytest.mark.parametrize("target", ["0x6080604052", "0x", "0X60\n80", "6080604052348015600f57", "code.bin"])
def test_bytecode_is_said_to_be_no_source(target: str) -> None:
    with pytest.raises(UsageError, match="bytecode"):
        parameters_for(target, "static")


def test_paths_and_source() -> None:
    assert parameters_for(Path("contracts"), "static") == {"paths": ["contracts"]}
    assert parameters_for("contract A {}", "ai_enhanced") == {"source": "contract A {}", "ai": True}


def test_a_folder_may_be_named_like_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "6080604052348015600f57").mkdir()
    assert parameters_for("6080604052348015600f57", "static") == {"paths": ["6080604052348015600f57"]}


@pytest.mark.parametrize("path", ["", " ", "a" * 5000, "a\0b"])
def test_a_path_to_nothing(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match=r"path is empty|cannot be scanned"):
        init_lab(tmp_path / "lab").contracts([path])


def test_links_to_nothing_are_listed(tmp_path: Path) -> None:
    (tmp_path / "gone.sol").symlink_to(tmp_path / "nowhere.sol")
    (tmp_path / "here.sol").write_text("pragma solidity ^0.8.0; contract A {}")
    states = {Path(file.path).name: (file.state.value, file.reason) for file in scan_paths([tmp_path]).files}
    assert states["gone.sol"] == ("not evaluated", "a symbolic link that leads to nothing")
    assert states["here.sol"][0] == "evaluated"


@pytest.mark.parametrize(
    ("circle", "said"),
    [
        ("contract A is B {} contract B is A {}", "inherit in a circle: A, B"),
        ("contract A is A {}", "looked at without their base, which no contract can be of itself: A"),
        ("contract A is B {} contract B is C {} contract C is D {} contract D is A {}", "A, B, C, 1 more"),
    ],
)
def test_inheritance_in_a_circle_is_said_and_the_rest_is_looked_at(circle: str, said: str) -> None:
    outcome = scan_text(f"pragma solidity ^0.8.0; {circle}\n{TX_ORIGIN.vulnerable}")
    (file,) = outcome.files
    assert file.state.value == "partial"
    assert said in file.reason
    assert [found.detector.id for found in outcome.detections] == [TX_ORIGIN.id]
