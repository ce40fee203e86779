"""Everything a scan reads, through the one door the scanner uses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from security.contracts.source.folders import write

from scorpius_lab.errors import UsageError
from scorpius_lab.security.contracts.source.sources import open_sources

SOL = "contract A {}"


def test_a_project_with_imports_and_versions(tmp_path: Path) -> None:
    metadata = {"compiler": {"version": "0.8.20+c"}, "settings": {"compilationTarget": {"src/A.sol": "A"}}}
    write(tmp_path, {"foundry.toml": "", "src/A.sol": SOL, "src/B.vy": "", "lib/d/src/D.sol": SOL, "test/T.sol": SOL})
    write(tmp_path, {"out/A.sol/A.json": json.dumps({"metadata": metadata})})
    opened = open_sources([tmp_path / "src", tmp_path / "src" / "A.sol"])
    files = {source.label: source for source in opened.files}
    assert list(files) == ["src/B.vy", "src/A.sol"]
    assert files["src/B.vy"].problem == "it is empty"
    imported = opened.resolve("d/D.sol", files["src/A.sol"])
    assert imported is not None
    assert imported.label == "lib/d/src/D.sol"
    assert opened.version_of(files["src/A.sol"]) == (0, 8, 20)
    assert opened.version_of(imported) is None


def test_an_imported_file_is_the_one_that_was_scanned(tmp_path: Path) -> None:
    write(tmp_path, {"A.sol": SOL, "B.sol": SOL})
    opened = open_sources([tmp_path])
    a, b = opened.files
    assert opened.resolve("./B.sol", a) is b


def test_a_bundle_beside_a_folder(tmp_path: Path) -> None:
    sources = {"A.sol": {"content": SOL}, "B.sol": {"content": SOL}}
    write(tmp_path, {"in.json": json.dumps({"sources": sources}), "src/B.sol": SOL, "src/other.json": "{}"})
    opened = open_sources([tmp_path / "in.json", tmp_path / "src"])
    files = {source.label: source for source in opened.files}
    assert list(files) == ["in.json/A.sol", "in.json/B.sol", "src/B.sol"]
    assert opened.resolve("./B.sol", files["in.json/A.sol"]) is files["in.json/B.sol"]
    assert opened.resolve("./B.sol", files["src/B.sol"]) is files["src/B.sol"]


def test_a_folder_with_nothing_to_scan_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {"empty/README.md": "", "full/A.sol": SOL, "tests/foundry.toml": "", "tests/test/T.sol": SOL})
    opened = open_sources([tmp_path / "empty", tmp_path / "full", tmp_path / "tests"])
    outcome = {source.label: source.problem for source in opened.files}
    assert outcome == {
        "full/A.sol": "",
        "empty": "there is no Solidity file to scan in it",
        "tests": "there is no Solidity file to scan in it; what is left out (tests, dependencies, links, excluded) is "
        "scanned when named itself",
    }
    assert [skipped.path.name for skipped in opened.skipped] == ["test"]


def test_a_folder_that_cannot_be_read_stands_among_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a/A.sol": SOL, "b/B.sol": SOL})
    scandir = os.scandir

    def refuse(path: str | Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    outcome = {source.label: source.problem for source in open_sources([tmp_path]).files}
    assert outcome == {"a": "the folder cannot be read: Permission denied", "b/B.sol": ""}
    assert {s.problem for s in open_sources([tmp_path / "a"]).files} == {"the folder cannot be read: Permission denied"}


def test_exclusions_reach_the_walk(tmp_path: Path) -> None:
    write(tmp_path, {"A.sol": SOL, "old/B.sol": SOL})
    assert [source.label for source in open_sources([tmp_path], ["old"]).files] == ["A.sol"]


def test_a_path_that_does_not_exist_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent.*there is no such file or folder"):
        open_sources([tmp_path, tmp_path / "absent"])
