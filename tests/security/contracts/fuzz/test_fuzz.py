"""Any text ends in a state with a reason: what once did not, random programs, and mutated files for minutes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.security.contracts.fuzz.mutations import mutated
from tests.security.contracts.fuzz.programs import random_program
from tests.security.contracts.fuzz.trial import complaint

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
CORPUS = sorted((HERE / "corpus").iterdir())
PAIRS = sorted((HERE.parent / "pairs").rglob("*.sol"))
MINUTES = float(os.environ.get("FUZZ_MINUTES", "10"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_once_went_wrong_stays_right(path: Path) -> None:
    assert complaint(path.read_text(encoding="utf-8")) == ""


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_programs_end_well(random: Random) -> None:
    text = random_program(random)
    assert complaint(text) == "", text


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PAIRS), st.integers(0, 1 << 32))
def test_mutated_contracts_end_well(path: Path, seed: int) -> None:
    text = mutated([path.read_text(encoding="utf-8")], Random(seed))  # noqa: S311 - repeatable
    assert complaint(text) == "", text


@pytest.mark.full
@pytest.mark.timeout(MINUTES * 60 + 300)
def test_minutes_of_fuzzing_find_nothing() -> None:
    """`FUZZ_MINUTES` says how many; each day other texts, printed with their number where one fails."""
    command = [sys.executable, "-m", "tests.security.contracts.fuzz", "--minutes", str(MINUTES)]
    day = int(time.time()) // 86_400
    ended = subprocess.run(
        [*command, "--seed", str(day * 1_000_000)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
