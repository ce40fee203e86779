"""Which algorithms a policy allows."""

from __future__ import annotations

import pytest

from scorpius_lab.errors import SuiteNotAllowed, UsageError
from scorpius_lab.quantum.algorithms import ALGORITHMS
from scorpius_lab.quantum.keystore import Policy


@pytest.mark.parametrize("kind", ["kem", "signature"])
def test_the_default_allows_what_is_recommended_or_allowed(kind: str) -> None:
    wanted = {row.name for row in ALGORITHMS if row.kind == kind and row.status in {"recommended", "allowed"}}
    assert Policy().allowed_names(kind) == wanted
    assert wanted


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_a_minimum_level_holds_for_both_kinds(level: int) -> None:
    policy = Policy(minimum_level=level)
    for row in ALGORITHMS:
        allowed = row.level >= level and row.status in {"recommended", "allowed"}
        assert (row.name in policy.allowed_names(row.kind)) is allowed
        if not allowed:
            with pytest.raises(SuiteNotAllowed, match=row.name.replace("+", r"\+")):
                policy.require(row.name)


def test_a_list_of_names_is_the_whole_list_of_its_kind() -> None:
    policy = Policy(encryption=frozenset({"x-wing", "ML-KEM-512"}), minimum_level=5)
    assert policy.allowed_names("kem") == {"X-Wing", "ML-KEM-512"}
    assert policy.require("X-WING").name == "X-Wing"
    assert "ML-DSA-87" in policy.allowed_names("signature")
    assert "ML-DSA-65" not in policy.allowed_names("signature")
    with pytest.raises(SuiteNotAllowed):
        policy.require("ML-KEM-1024")


def test_statuses_narrow_and_widen() -> None:
    narrow = Policy(statuses=frozenset({"recommended"})).allowed_names("kem")
    wide = Policy(statuses=frozenset({"recommended", "allowed", "legacy", "experimental"})).allowed_names("kem")
    assert "ML-KEM-512" not in narrow
    assert wide == {row.name for row in ALGORITHMS if row.kind == "kem"}


@pytest.mark.parametrize(
    "settings",
    [
        {"minimum_level": 0},
        {"minimum_level": 6},
        {"encryption": frozenset({"RSA"})},
        {"encryption": frozenset({"ML-DSA-65"})},
        {"signature": frozenset({"X-Wing"})},
    ],
    ids=["level-0", "level-6", "unknown", "signature-as-kem", "kem-as-signature"],
)
def test_a_policy_that_makes_no_sense_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Policy(**settings)
    with pytest.raises(UsageError):
        Policy().require("RSA")
