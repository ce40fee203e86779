"""Every measurement is ready to be timed, says what it is, and refuses to time a wrong answer."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from scorpius_lab.analytics.benchmark import measurements
from scorpius_lab.analytics.benchmark.families import KemParts, SignatureParts, kem, signature
from scorpius_lab.analytics.benchmark.measurement import Bench, Measurement, WrongAnswer
from scorpius_lab.analytics.benchmark.measurements import MEASUREMENTS


def bench(folder: Path) -> Bench:
    return Bench(Random(1), folder)  # noqa: S311


def test_every_file_is_listed() -> None:
    files = {p.stem for p in Path(str(measurements.__file__)).parent.glob("*.py")} - {"__init__"}
    listed = {name for name in files if getattr(getattr(measurements, name), "MEASUREMENT", None) in MEASUREMENTS}
    assert files == listed
    assert len(MEASUREMENTS) == len(files)


def test_rule_ids_and_titles_are_unique() -> None:
    figures = [figure for one in MEASUREMENTS for figure in one.figures()]
    assert len({figure.id for figure in figures}) == len(figures)
    assert len({one.title for one in MEASUREMENTS}) == len(MEASUREMENTS)
    assert all(figure.rule.id == figure.id for figure in figures)


@pytest.mark.parametrize("one", MEASUREMENTS, ids=lambda one: f"{one.name}-{one.operations[0].name}")
def test_it_prepares_and_every_operation_runs(one: Measurement, tmp_path: Path) -> None:
    prepared = one.prepare(bench(tmp_path))
    assert set(prepared.calls) == {operation.name for operation in one.operations}
    for operation in one.operations:
        call = prepared.calls[operation.name]
        if call.before is not None:
            call.before()
        call.run()
        assert set(call.work) >= set(operation.units) - {"ms"}
        assert all(amount > 0 for amount in call.work.values())


SIZES = {  # FIPS 203 table 3, FIPS 204 table 2, FIPS 205 table 2
    "ml-kem-512": {"public key": 800, "ciphertext": 768},
    "ml-kem-768": {"public key": 1184, "ciphertext": 1088},
    "ml-kem-1024": {"public key": 1568, "ciphertext": 1568},
    "ml-dsa-44": {"public key": 1312, "signature": 2420},
    "ml-dsa-65": {"public key": 1952, "signature": 3309},
    "ml-dsa-87": {"public key": 2592, "signature": 4627},
    "slh-dsa-sha2-128f": {"public key": 32, "signature": 17088},
    "slh-dsa-sha2-128s": {"public key": 32, "signature": 7856},
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_those_of_the_standard(name: str, tmp_path: Path) -> None:
    one = next(one for one in MEASUREMENTS if one.name == name)
    assert one.prepare(bench(tmp_path)).sizes == SIZES[name]


def test_ml_dsa_is_never_timed_through_pqcrypto() -> None:
    assert {one.library for one in MEASUREMENTS if one.name.startswith("ml-dsa")} == {"cryptography"}


def test_a_kem_that_does_not_agree_is_not_timed(tmp_path: Path) -> None:
    broken = KemParts(lambda: None, lambda: (b"secret", b"ct"), lambda _: b"other", 1)
    with pytest.raises(WrongAnswer, match="Broken decapsulation gave a wrong answer"):
        kem("broken", "Broken", library="x", standard="", parts=lambda: broken).prepare(bench(tmp_path))


@pytest.mark.parametrize("answer", [True, False])
def test_a_verifier_with_one_answer_is_not_timed(answer: bool, tmp_path: Path) -> None:
    broken = SignatureParts(lambda: None, lambda _: b"sig", lambda _, __: answer, 1)
    with pytest.raises(WrongAnswer, match="Broken verification"):
        signature("broken", "Broken", library="x", standard="", parts=lambda: broken).prepare(bench(tmp_path))
