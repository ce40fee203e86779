"""Every measurement is ready to be timed, says what it is, and refuses to time a wrong answer."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from scorpius_lab.analytics.benchmark import measurements
from scorpius_lab.analytics.benchmark.families import KemParts, Scheme, SignatureParts, kem, signature
from scorpius_lab.analytics.benchmark.measurement import Bench, Measurement, WrongAnswer
from scorpius_lab.analytics.benchmark.measurements import MEASUREMENTS
from scorpius_lab.quantum import ALGORITHMS


def bench(folder: Path) -> Bench:
    return Bench(Random(1), folder)  # noqa: S311


def test_every_file_is_listed() -> None:
    files = {p.stem for p in Path(str(measurements.__file__)).parent.glob("*.py")} - {"__init__"}
    modules = [getattr(measurements, name) for name in sorted(files)]
    offered = [one for module in modules for one in getattr(module, "MEASUREMENTS", ())]
    offered += [module.MEASUREMENT for module in modules if hasattr(module, "MEASUREMENT")]
    assert {one.title for one in offered} == {one.title for one in MEASUREMENTS}
    assert len(offered) == len(MEASUREMENTS)


KEMS = ("ml-kem-512", "ml-kem-768", "ml-kem-1024")
SIGNATURES = (
    "ml-dsa-44", "ml-dsa-65", "ml-dsa-87", "slh-dsa-sha2-128f", "slh-dsa-sha2-128s", "rsa-2048", "rsa-3072",
    "ecdsa-p256", "ed25519",
)  # fmt: skip
STABLE = {  # ids that stores already hold observations under
    *(f"benchmark.kem.{name}-{step}" for name in KEMS for step in ("keygen", "encaps", "decaps")),
    *(f"benchmark.signature.{name}-{step}" for name in SIGNATURES for step in ("keygen", "sign", "verify")),
    *(
        f"benchmark.encryption.{name}-{step}"
        for name in ("hpke-x-wing-1k", "aes-256-gcm-1k", "aes-256-gcm-1m")
        for step in ("encrypt", "decrypt")
    ),
    *(f"benchmark.store.{name}" for name in ("findings-append", "findings-append-gb-per-min", "findings-scan")),
    "benchmark.store.section-read",
}


def test_the_ids_of_figures_stay() -> None:
    assert {figure.id for one in MEASUREMENTS for figure in one.figures()} >= STABLE


def test_rule_ids_and_titles_are_unique() -> None:
    figures = [figure for one in MEASUREMENTS for figure in one.figures()]
    assert len({figure.id for figure in figures}) == len(figures)
    assert len({one.title for one in MEASUREMENTS}) == len(MEASUREMENTS)
    assert all(figure.rule.id == figure.id for figure in figures)


SECONDS_LONG = 0.3
EACH = [
    pytest.param(
        one,
        id=f"{one.name}-{one.operations[0].name}",
        marks=[pytest.mark.full] if one.seconds > SECONDS_LONG else [],
    )
    for one in MEASUREMENTS
]


@pytest.mark.parametrize("one", EACH)
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
    assert one.sizes.items() <= prepared.sizes.items()


SIZES = {  # FIPS 203 table 3, FIPS 204 table 2, FIPS 205 table 2, and the sums of their parts for the hybrids
    "ml-kem-512": (1, 800, 768),
    "ml-kem-768": (3, 1184, 1088),
    "ml-kem-1024": (5, 1568, 1568),
    "x-wing": (3, 1184 + 32, 1088 + 32),
    "p-384-ml-kem-1024": (5, 1568 + 97, 1568 + 97),
    "ml-dsa-44": (2, 1312, 2420),
    "ml-dsa-65": (3, 1952, 3309),
    "ml-dsa-87": (5, 2592, 4627),
    "ed25519-ml-dsa-65": (3, 1952 + 32, 3309 + 64),
    **{f"slh-dsa-{hashed}-128{kind}": (1, 32, size) for hashed in ("sha2", "shake") for kind, size in (("s", 7856), ("f", 17088))},
    **{f"slh-dsa-{hashed}-192{kind}": (3, 48, size) for hashed in ("sha2", "shake") for kind, size in (("s", 16224), ("f", 35664))},
    **{f"slh-dsa-{hashed}-256{kind}": (5, 64, size) for hashed in ("sha2", "shake") for kind, size in (("s", 29792), ("f", 49856))},
}  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_levels_and_sizes_are_those_of_the_standard(name: str) -> None:
    one = next(one for one in MEASUREMENTS if one.name == name)
    level, public, carried = SIZES[name]
    assert one.level == level
    assert one.sizes == {"public key": public, "ciphertext" if one.group == "kem" else "signature": carried}


def test_every_algorithm_offered_is_measured_and_described_alike() -> None:
    measured = {one.title: one for one in MEASUREMENTS}
    for row in ALGORITHMS:
        if row.status == "experimental":
            continue
        one = measured[row.name]
        assert (one.group, one.family, one.level, one.library) == (row.kind, row.family, row.level, row.library)
        assert list(one.sizes.values()) == [row.public_key_bytes, row.ciphertext_bytes or row.signature_bytes]


def test_every_scheme_says_its_family_and_only_the_classical_have_no_level() -> None:
    schemes = [one for one in MEASUREMENTS if one.group in ("kem", "signature")]
    assert {one.family for one in schemes} == {"lattice", "hash", "hybrid", "classical"}
    assert {one.name for one in schemes if one.family != "classical"} == set(SIZES)
    assert {one.name for one in schemes if one.level is None} == {
        one.name for one in schemes if one.family == "classical"
    }


def test_ml_dsa_is_never_timed_through_pqcrypto() -> None:
    assert {one.library for one in MEASUREMENTS if one.name.startswith("ml-dsa")} == {"cryptography"}


def scheme(public: int = 1, carried: int | None = None) -> Scheme:
    return Scheme("broken", "Broken", "lattice", 1, "x", "", public, carried)


def test_a_kem_that_does_not_agree_is_not_timed(tmp_path: Path) -> None:
    broken = KemParts(lambda: None, lambda: (b"secret", b"ct"), lambda _: b"other", 1)
    with pytest.raises(WrongAnswer, match="Broken decapsulation gave a wrong answer"):
        kem(scheme(), lambda: broken).prepare(bench(tmp_path))


@pytest.mark.parametrize("answer", [True, False])
def test_a_verifier_with_one_answer_is_not_timed(answer: bool, tmp_path: Path) -> None:
    broken = SignatureParts(lambda: None, lambda _: b"sig", lambda _, __: answer, 1)
    with pytest.raises(WrongAnswer, match="Broken verification"):
        signature(scheme(), lambda: broken).prepare(bench(tmp_path))


@pytest.mark.parametrize(("given", "said"), [(scheme(2), "public key of 1"), (scheme(1, 4), "ciphertext of 3")])
def test_a_library_whose_sizes_are_not_the_standards_is_not_timed(given: Scheme, said: str, tmp_path: Path) -> None:
    odd = KemParts(lambda: None, lambda: (b"secret", b"abc"), lambda sent: b"secret" if sent == b"abc" else b"", 1)
    with pytest.raises(WrongAnswer, match=said):
        kem(given, lambda: odd).prepare(bench(tmp_path))
