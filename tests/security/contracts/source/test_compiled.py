"""What builds say about a source, as long as it is the source they were made from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from security.contracts.source.folders import source, write

from scorpius_lab.security.contracts.source.compiled import CompilerFacts, CompilerOutput, read_facts
from scorpius_lab.security.contracts.source.imports import Resolver

SOL = "contract A {}"


def artifact(version: str = "0.8.20+commit.a1b79de6", target: str = "src/A.sol", **settings: object) -> str:
    settings |= {"compilationTarget": {target: "A"}}
    return json.dumps({"metadata": {"compiler": {"version": version}, "settings": settings}})


def facts(root: Path, name: str) -> CompilerFacts | None:
    return CompilerOutput(Resolver([root]).projects).facts(source(root, name))


@pytest.fixture
def foundry(tmp_path: Path) -> Path:
    return write(tmp_path, {"foundry.toml": "", "src/A.sol": SOL})


def test_foundry(foundry: Path) -> None:
    assert facts(foundry, "src/A.sol") is None
    write(foundry, {"out/A.sol/A.json": artifact(optimizer={"enabled": True}, evmVersion="paris")})
    assert facts(foundry, "src/A.sol") == CompilerFacts((0, 8, 20), "paris", optimizer=True)


def test_foundry_with_metadata_as_text_in_another_folder(foundry: Path) -> None:
    raw = json.dumps({"rawMetadata": json.dumps(json.loads(artifact())["metadata"])})
    write(foundry, {"foundry.toml": '[profile.default]\nout = "build"', "build/A.sol/A.json": raw})
    assert facts(foundry, "src/A.sol") == CompilerFacts((0, 8, 20))


def test_another_file_of_the_same_name_is_another(foundry: Path) -> None:
    write(foundry, {"src/x/A.sol": SOL, "out/A.sol/A.json": artifact(target="src/x/A.sol")})
    assert facts(foundry, "src/A.sol") is None
    assert facts(foundry, "src/x/A.sol") == CompilerFacts((0, 8, 20))


def test_a_build_older_than_the_source_says_nothing(foundry: Path) -> None:
    write(foundry, {"out/A.sol/A.json": artifact()})
    changed = (foundry / "out/A.sol/A.json").stat().st_mtime + 10
    os.utime(foundry / "src/A.sol", (changed, changed))
    assert facts(foundry, "src/A.sol") is None


def test_builds_that_disagree_say_only_what_they_share(foundry: Path) -> None:
    write(
        foundry, {"out/A.sol/A.json": artifact(evmVersion="paris"), "out/A.sol/B.json": artifact(evmVersion="london")}
    )
    assert facts(foundry, "src/A.sol") == CompilerFacts((0, 8, 20))
    write(foundry, {"out/A.sol/C.json": artifact("0.7.6+commit.7338295f")})
    assert facts(foundry, "src/A.sol") is None


def build(text: str = SOL, name: str = "contracts/A.sol", version: str = "0.6.12", **settings: object) -> str:
    given: dict[str, Any] = {"sources": {name: {"content": text}}, "settings": settings}
    return json.dumps({"solcVersion": version, "input": given})


@pytest.mark.parametrize("name", ["contracts/A.sol", "project/contracts/A.sol"])
def test_hardhat(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"hardhat.config.js": "", "contracts/A.sol": SOL, "contracts/B.sol": SOL})
    write(tmp_path, {"artifacts/build-info/1.json": build(name=name, optimizer={"enabled": False})})
    assert facts(tmp_path, "contracts/A.sol") == CompilerFacts((0, 6, 12), optimizer=False)
    assert facts(tmp_path, "contracts/B.sol") is None


def test_hardhat_builds_of_what_the_source_was_before_say_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"hardhat.config.js": "", "contracts/A.sol": SOL})
    write(tmp_path, {"artifacts/build-info/1.json": build("contract Old {}", version="0.5.0")})
    assert facts(tmp_path, "contracts/A.sol") is None
    write(tmp_path, {"artifacts/build-info/2.json": build()})
    assert facts(tmp_path, "contracts/A.sol") == CompilerFacts((0, 6, 12))


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "null",
        "[]",
        b"\xff\0",
        "[" * 100_000,
        '{"metadata": 1, "rawMetadata": []}',
        '{"rawMetadata": "{"}',
        '{"metadata": {"compiler": 1, "settings": {"compilationTarget": {"src/A.sol": "A"}}}}',
        '{"metadata": {"compiler": {"version": "x"}, "settings": {"compilationTarget": {"src/A.sol": "A"}}}}',
        '{"solcVersion": 8, "input": []}',
        '{"solcVersion": "0.8.1", "input": {"sources": {"src/A.sol": []}, "settings": 1}}',
    ],
)
def test_what_is_no_build_is_passed_over(foundry: Path, broken: str | bytes) -> None:
    write(foundry, {"hardhat.config.js": "", "out/A.sol/0.json": broken, "artifacts/build-info/0.json": broken})
    assert facts(foundry, "src/A.sol") is None
    write(foundry, {"out/A.sol/A.json": artifact()})
    assert facts(foundry, "src/A.sol") == CompilerFacts((0, 8, 20))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v0.8.20+commit.a1b79de6", (0, 8, 20)),
        ("0.4.11", (0, 4, 11)),
        ("0.8.26-nightly.2024", (0, 8, 26)),
        ("0.8", None),
        ("0.8.20.1", None),
        ("0.8.99999", None),
        ("", None),
    ],
)
def test_versions(version: str, expected: tuple[int, int, int] | None) -> None:
    found = read_facts(version, {"optimizer": {"enabled": "yes"}, "evmVersion": 1})
    assert (found.version if found else None) == expected
    assert found is None or (found.evm_version, found.optimizer) == ("", None)


def test_text_in_no_file_was_never_built(tmp_path: Path) -> None:
    from scorpius_lab.security.contracts.source.files import from_text

    assert CompilerOutput(Resolver([tmp_path]).projects).facts(from_text(SOL)) is None
