"""The JSON of ETSI GS QKD 014 out of simulated keys: fields, sizes, refusals, and the same key at both ends."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import numpy as np
import pytest

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.etsi014 import KeyManagementEntity, RequestRefused, key_management

BITS = np.random.default_rng(1).integers(0, 2, 5000).astype(np.uint8)


@pytest.fixture
def ends() -> tuple[KeyManagementEntity, KeyManagementEntity]:
    return key_management(BITS, BITS.copy())


def refused(call: Any, *args: Any, **named: Any) -> RequestRefused:
    with pytest.raises(RequestRefused) as error:
        call(*args, **named)
    assert error.value.body["message"] == str(error.value)
    json.dumps(error.value.body)
    return error.value


def ids(container: dict[str, Any]) -> dict[str, Any]:
    return {"key_IDs": [{"key_ID": key["key_ID"]} for key in container["keys"]]}


def test_status_has_the_fields_of_clause_6_1(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    status = ends[0].get_status("SAE-B", caller="SAE-A")
    extension = status.pop("status_extension")
    assert "simulation" in json.dumps(extension)
    assert status == {
        "source_KME_ID": "KME-A",
        "target_KME_ID": "KME-B",
        "master_SAE_ID": "SAE-A",
        "slave_SAE_ID": "SAE-B",
        "key_size": 256,
        "stored_key_count": 19,
        "max_key_count": 19,
        "max_key_per_request": 128,
        "max_key_size": 4096,
        "min_key_size": 64,
        "max_SAE_ID_count": 0,
    }


def test_both_ends_get_the_same_keys(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    alice, bob = ends
    given = alice.get_key("SAE-B", {"number": 3, "size": 128}, caller="SAE-A")
    taken = bob.get_key_with_key_ids("SAE-A", ids(given), caller="SAE-B")
    assert given["keys"] == taken["keys"]
    assert "simulation" in json.dumps(given["key_container_extension"])
    raw = [base64.b64decode(key["key"]) for key in given["keys"]]
    assert [len(key) for key in raw] == [16] * 3
    assert b"".join(raw) == np.packbits(BITS[:384]).tobytes()
    assert all(uuid.UUID(key["key_ID"]) for key in given["keys"])
    assert alice.get_status("SAE-B", caller="SAE-A")["stored_key_count"] == (5000 - 384) // 256


def test_without_a_body_one_key_of_the_default_size_is_given(
    ends: tuple[KeyManagementEntity, KeyManagementEntity],
) -> None:
    (key,) = ends[0].get_key("SAE-B", caller="SAE-A")["keys"]
    assert len(base64.b64decode(key["key"])) == 32


def test_either_end_may_be_the_master_and_no_bit_is_given_twice(
    ends: tuple[KeyManagementEntity, KeyManagementEntity],
) -> None:
    alice, bob = ends
    first = alice.get_key("SAE-B", {"size": 64}, caller="SAE-A")
    second = bob.get_key("SAE-A", {"size": 64}, caller="SAE-B")
    raw = b"".join(base64.b64decode(c["keys"][0]["key"]) for c in (first, second))
    assert raw == np.packbits(BITS[:128]).tobytes()
    assert alice.get_key_with_key_ids("SAE-B", ids(second), caller="SAE-A")["keys"] == second["keys"]


def test_a_key_is_given_to_its_slave_once(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    alice, bob = ends
    given = alice.get_key("SAE-B", caller="SAE-A")
    bob.get_key_with_key_ids("SAE-A", ids(given), caller="SAE-B")
    error = refused(bob.get_key_with_key_ids, "SAE-A", ids(given), caller="SAE-B")
    assert error.status == 400
    assert error.body["details"] == ids(given)["key_IDs"]


def test_one_unknown_id_and_no_key_is_given(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    alice, bob = ends
    given = alice.get_key("SAE-B", caller="SAE-A")
    wrong = {"key_IDs": [*ids(given)["key_IDs"], {"key_ID": str(uuid.uuid4())}]}
    assert refused(bob.get_key_with_key_ids, "SAE-A", wrong, caller="SAE-B").status == 400
    twice = {"key_IDs": ids(given)["key_IDs"] * 2}
    assert refused(bob.get_key_with_key_ids, "SAE-A", twice, caller="SAE-B").status == 400
    assert bob.get_key_with_key_ids("SAE-A", ids(given), caller="SAE-B")["keys"] == given["keys"]


def test_the_master_cannot_ask_as_the_slave(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    alice, _ = ends
    given = alice.get_key("SAE-B", caller="SAE-A")
    assert refused(alice.get_key_with_key_ids, "SAE-B", ids(given), caller="SAE-A").status == 400


def test_too_little_key_is_said_and_nothing_is_used_up(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    alice, _ = ends
    assert refused(alice.get_key, "SAE-B", {"number": 2, "size": 4096}, caller="SAE-A").status == 503
    assert alice.get_status("SAE-B", caller="SAE-A")["stored_key_count"] == 19


@pytest.mark.parametrize(
    "request_body",
    [
        {"number": 0},
        {"number": 129},
        {"number": "2"},
        {"number": True},
        {"size": 100},
        {"size": 32},
        {"size": 8192},
        {"additional_slave_SAE_IDs": ["SAE-C"]},
        {"extension_mandatory": [{"route_type": "direct"}]},
        {"lifetime": 3},
    ],
    ids=["none", "many", "text", "flag", "no byte", "short", "long", "more slaves", "extension", "unknown"],
)
def test_a_malformed_request_is_a_400_with_details(
    ends: tuple[KeyManagementEntity, KeyManagementEntity], request_body: Any
) -> None:
    error = refused(ends[0].get_key, "SAE-B", request_body, caller="SAE-A")
    assert error.status == 400
    assert next(iter(request_body)) in json.dumps(error.body["details"])


@pytest.mark.parametrize(
    "body",
    [{}, {"key_IDs": []}, {"key_IDs": ["x"]}, [], "x", None],
    ids=["empty", "no ids", "no objects", "list", "text", "none"],
)
def test_malformed_ids_are_a_400(ends: tuple[KeyManagementEntity, KeyManagementEntity], body: dict[str, Any]) -> None:
    assert refused(ends[1].get_key_with_key_ids, "SAE-A", body, caller="SAE-B").status == 400


def test_an_optional_extension_is_passed_over(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    assert ends[0].get_key("SAE-B", {"extension_optional": [{"x": 1}]}, caller="SAE-A")["keys"]


def test_strangers_are_turned_away(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    alice, _ = ends
    assert refused(alice.get_status, "SAE-B", caller="SAE-C").status == 401
    assert refused(alice.get_key, "SAE-B", caller="SAE-B").status == 401
    assert refused(alice.get_key, "SAE-C", caller="SAE-A").status == 400


def test_keys_that_differ_are_not_stored() -> None:
    other = BITS.copy()
    other[7] ^= 1
    with pytest.raises(SimulationError, match="equal key"):
        key_management(BITS, other)
    with pytest.raises(SimulationError, match="equal key"):
        key_management(BITS, BITS[:-1])


def test_no_key_shows_in_the_text_of_an_entity(ends: tuple[KeyManagementEntity, KeyManagementEntity]) -> None:
    assert "array" not in repr(ends[0])
