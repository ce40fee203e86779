"""The table of algorithms says what the libraries do, and the names lead to it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scorpius_lab import quantum
from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.kem import KEMS
from scorpius_lab.quantum.signature import SIGNATURE_SCHEMES

NAMES = [one.name for one in quantum.ALGORITHMS]


@pytest.mark.parametrize("name", NAMES)
def test_keys_have_the_sizes_of_the_table(name: str) -> None:
    row, pair = quantum.algorithm(name), quantum.generate_keypair(name)
    assert (len(pair.public_key), len(pair.private_key)) == (row.public_key_bytes, row.private_key_bytes)
    assert quantum.public_from_private(name, pair.private_key) == pair.public_key


@pytest.mark.parametrize("name", [one.name for one in quantum.ALGORITHMS if one.kind == "kem"])
def test_encapsulations_have_the_sizes_of_the_table(name: str) -> None:
    row = quantum.algorithm(name)
    capsule = quantum.encapsulate(name, quantum.generate_keypair(name).public_key)
    assert (len(capsule.ciphertext), len(capsule.shared_secret)) == (row.ciphertext_bytes, row.shared_secret_bytes)
    assert row.signature_bytes is None


@pytest.mark.parametrize("name", [n for n in NAMES if "DSA" in n and not n.endswith("s")])
def test_signatures_have_the_sizes_of_the_table(name: str) -> None:
    """The small sets of SLH-DSA, slow to sign, show theirs where they are verified."""
    row = quantum.algorithm(name)
    assert len(quantum.sign(name, quantum.generate_keypair(name).private_key, b"m")) == row.signature_bytes
    assert row.ciphertext_bytes is None


def test_every_row_is_served_and_every_scheme_has_a_row() -> None:
    assert sorted(NAMES) == sorted([*KEMS, *SIGNATURE_SCHEMES])
    assert len({name.casefold() for name in NAMES}) == len(NAMES)
    assert all(KEMS[row.name].algorithm is row for row in quantum.ALGORITHMS if row.kind == "kem")


def test_the_standards_names_are_all_there() -> None:
    slh_dsa = [f"SLH-DSA-{h}-{n}{v}" for h in ("SHA2", "SHAKE") for n in (128, 192, 256) for v in "sf"]
    ours = ["X-Wing", "P-384+ML-KEM-1024", "Ed25519+ML-DSA-65"]
    lattice = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
    assert set(slh_dsa + ours + lattice) <= set(NAMES)


def test_the_frame_has_a_row_for_each_and_a_column_for_each_field() -> None:
    frame = quantum.algorithms_frame()
    assert frame["name"].to_list() == NAMES
    assert frame.columns[:6] == ["name", "kind", "family", "standard", "level", "public_key_bytes"]
    assert set(frame["status"]) <= {"recommended", "allowed", "legacy", "experimental"}


@pytest.mark.parametrize(
    ("asked", "level", "kind", "found"),
    [
        ("lattice_based", None, "kem", "ML-KEM-768"),
        ("lattice_based", 1, "kem", "ML-KEM-512"),
        ("lattice_based", 5, "kem", "ML-KEM-1024"),
        ("lattice_based", 3, "signature", "ML-DSA-65"),
        ("hash_based", 1, "signature", "SLH-DSA-SHA2-128f"),
        ("hash_based", 5, "signature", "SLH-DSA-SHA2-256f"),
        ("X-Wing", None, "kem", "X-Wing"),
        ("x-wing", 3, "kem", "X-Wing"),
        ("ML-DSA-87", 3, "signature", "ML-DSA-87"),
    ],
)
def test_a_family_and_a_level_lead_to_a_set(asked: str, level: int | None, kind: str, found: str) -> None:
    assert quantum.resolve(asked, level, kind).name == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "level", "kind", "said"),
    [
        ("lattice_based", 2, "kem", "must be 1, 3 or 5"),
        ("lattice_based", 7, "kem", "must be 1 to 5"),
        ("lattice_based", "3", "kem", "must be 1 to 5"),
        ("lattice_based", [3], "kem", "must be 1 to 5"),
        ("hash_based", 3, "kem", "has no kem algorithm"),
        ("ML-KEM-512", 3, "kem", "below the 3 asked for"),
        ("ML-KEM-768", None, "signature", "is a kem algorithm"),
        ("ML-KEM-786", None, "kem", "did you mean ML-KEM-768"),
        ("zzz", None, "kem", "algorithms_frame"),
        (["X-Wing"], None, "kem", "named by text"),
    ],
)
def test_what_leads_nowhere_says_so(asked: object, level: object, kind: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        quantum.resolve(asked, level, kind)  # type: ignore[arg-type]


def test_every_public_name_can_be_had() -> None:
    assert all(getattr(quantum, name) is not None for name in quantum.__all__)
    assert set(quantum.__all__) <= set(dir(quantum))
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = quantum.nothing_of_this_name


def test_importing_the_package_loads_no_library() -> None:
    program = "import sys, scorpius_lab.quantum; print(sum(m.startswith(('cryptography', 'pqcrypto', 'numpy')) for m in sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "0\n"
