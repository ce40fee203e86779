"""Every type of transaction, receipt and header against hashes that other clients computed; and fields of any kind."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.security.chain.envelopes import encoded_transaction, transaction_hash
from scorpius_lab.security.chain.record_fields import FieldMissing
from scorpius_lab.security.chain.roots import RootState, check_roots, header_hash, receipts_root
from scorpius_lab.security.chain.trie import EMPTY_ROOT, ordered_root

EMPTY = f"0x{EMPTY_ROOT.hex()}"
NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
NO_BLOOM = "0x" + "0" * 512
TO = "0x1234567890123456789012345678901234567890"
SENT = {"to": TO, "gas": "0x5208", "input": "0xcafe", "value": "0x3b9aca00", "r": "0x1111", "s": "0x2222"}
MARKED = {"chainId": "0x1", "yParity": "0x1", "v": "0x1"}
FEES = {**MARKED, "maxPriorityFeePerGas": "0xa", "maxFeePerGas": "0x3e8", "accessList": []}
ENTRY = {"address": TO, "storageKeys": ["0x" + "0" * 63 + "1"]}
DELEGATION = {"chainId": "0x1", "address": TO, "nonce": "0xc", "yParity": "0x1", "r": "0x3333", "s": "0x4444"}
BLOBS = {"maxFeePerBlobGas": "0x32", "blobVersionedHashes": ["0x" + "0" * 61 + "102"]}

# As Erigon hashes them
TRANSACTIONS: dict[str, dict[str, Any]] = {
    "0x8ef46ab1d208f19757d251208b6c266203a5d840db17dd5391cad7cedec1c6d5": {
        **SENT, "type": "0x0", "nonce": "0x5", "gasPrice": "0x64", "v": "0x1c",
    },
    "0x3a5149d3c004d26e7aa7c02252e40ec269e2b26da5a020c3c158e242d85c2add": {
        **SENT, "type": "0x0", "nonce": "0x6", "gasPrice": "0x64", "v": "0x26", "chainId": "0x1",
    },
    "0xabb4f9a8c5e58fb1824763b2a85066b60e92ffd0563c62811bff5acd049e821a": {
        **SENT, **MARKED, "type": "0x1", "nonce": "0x8", "gasPrice": "0x64", "accessList": [ENTRY],
    },
    "0xd9bdf6e2ecb2b07bb8076a7079b99c8fb6c45bf613c6c479687d078c6c437fe2": {
        **SENT, **FEES, "type": "0x2", "nonce": "0x9",
    },
    "0xb7df8bc4dc66f7f371245812036aefff8b6c35abc3998a9dde1171187fb12e07": {
        **SENT, **FEES, **BLOBS, "type": "0x3", "nonce": "0xa",
    },
    "0x590610d2b442819852a4bfe6058fcddd202107fd2084c6dd56947aab6b372284": {
        **SENT, **FEES, "type": "0x4", "nonce": "0xb", "authorizationList": [DELEGATION],
    },
}  # fmt: skip
# As go-ethereum signs and hashes it
TWO_DELEGATIONS = {
    "type": "0x4", "chainId": "0x1", "nonce": "0x0", "to": "0x71562b71999873db5b286df957af199ec94617f7",
    "gas": "0x7a120", "gasPrice": None, "maxPriorityFeePerGas": "0x2", "maxFeePerGas": "0x12a05f200", "value": "0x0",
    "input": "0x", "accessList": [], "v": "0x0", "yParity": "0x0",
    "r": "0xe4ad40ffd468299b18a775ab3b743687a47087569a2d798b51ed02ae0920703b",
    "s": "0x6b55c02a6000a3a344ba290c185321057a7994cd2537deeb3c254091a680d248",
    "authorizationList": [
        {
            "chainId": "0x1", "address": "0x000000000000000000000000000000000000aaaa", "nonce": "0x1", "yParity": "0x1",
            "r": "0xf7e3e597fc097e71ed6c26b14b25e5395bc8510d58b9136af439e12715f2d721",
            "s": "0x6cf7c3d7939bfdb784373effc0ebb0bd7549691a513f395e3cdabf8602724987",
        },
        {
            "chainId": "0x0", "address": "0x000000000000000000000000000000000000bbbb", "nonce": "0x0", "yParity": "0x1",
            "r": "0x5011890f198f0356a887b0779bde5afa1ed04e6acb1e3f37f8f18c7b6f521b98",
            "s": "0x56c3fa3456b103f3ef4a0acb4b647b9cab9ec4bc68fbcdf1e10b49fb2bcbcf61",
        },
    ],
}  # fmt: skip
TRANSACTIONS["0xb81ac1a9321c1a57605c9beef606967b8866eb53fb63650678b8ba586e5c1ad9"] = TWO_DELEGATIONS

# The example of EIP-155
EXAMPLE = {
    "nonce": 9, "gasPrice": 20 * 10**9, "gas": 21000, "to": "0x" + "35" * 20, "value": 10**18, "input": "0x", "v": 37,
    "r": "0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276",
    "s": "0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
}  # fmt: skip
EXAMPLE_RAW = "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"


def told(l1_words: Sequence[str]) -> str:
    """The call data by which an OP-stack chain is told of its parent chain."""
    return "0x015d8eb9" + "".join(one.rjust(64, "0") for one in l1_words)


# Block 8381743 of OP Goerli (before Canyon), whole but for what its one receipt says beyond its root
OP_BLOCK: dict[str, Any] = {
    "hash": "0x2e4f4aff36bb7951be9742ad349fb1db84643c6bbac5014f3d196fd88fe333eb",
    "parentHash": "0xeccf4c06ad0d27be1cadee5720a509d31a9de0462b52f2cf6045d9a73c9aa504",
    "sha3Uncles": NO_UNCLES, "miner": "0x4200000000000000000000000000000000000011",
    "stateRoot": "0x5905b2423f299a29db41e377d7ceadf4baa49eed04e1b72957e8c0985e04e730",
    "transactionsRoot": "0x030e481411042a769edde83d790d583ed69f9d3098d4a78d00e008f749fcfd97",
    "receiptsRoot": "0x29079b696c12a19999f3bb303fddb6fc12fb701f427678cca24954b91080ada3",
    "number": "0x7fe52f", "gasUsed": "0xb711", "gasLimit": "0x17d7840", "extraData": "0x", "logsBloom": NO_BLOOM,
    "timestamp": "0x644434c2", "difficulty": "0x0", "nonce": "0x0000000000000000", "baseFeePerGas": "0x32",
    "mixHash": "0x7aeec5550a9b0616701e49ab835af5f10eadba2a0582016f0e256c9cace0c046",
    "transactions": [
        {
            "hash": "0x661df2908a63c9701ef4f9bc1d62432f08cbdc8c6fe6012af49405c00de5f69d",
            "from": "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001", "to": "0x4200000000000000000000000000000000000015",
            "value": "0x0", "gas": "0xf4240", "v": "0x0", "r": "0x0", "s": "0x0", "type": "0x7e", "mint": "0x0",
            "sourceHash": "0x34ad504eea583add76d3b9d249965356ef6ca344d6766644c929357331bb0dc9",
            "input": told([
                "876824", "64443450", "e", "0444c991c5fe1d7291ff34b3f5c3b44ee861f021396d33ba3255b83df30e357d", "5",
                "7431310e026b69bfc676c0013e12a1a11411eec9", "834", "f4240",
            ]),
        }
    ],
}  # fmt: skip
OP_RECEIPT = {"status": "0x1", "cumulativeGasUsed": "0xb711", "gasUsed": "0xb711", "logs": [], "type": "0x7e"}

# Block 274 of an OP-stack chain since Canyon: its deposit's receipt is hashed with nonce and version
CANYON_BLOCK: dict[str, Any] = {
    **OP_BLOCK,
    "hash": "0xfc70e073ec6e1bb7f387698e4be418d7b1ff2216f625cdf41e1b80fb08029ef5",
    "parentHash": "0xcfbc479d5f63476538db9ff15295167a6e91ecc9d6cf54be471eded689c251c9",
    "stateRoot": "0x86be45fb7a22b8c12cbce8d538372b800377cc589de590b6d88f5f65dde97df8",
    "transactionsRoot": "0xb01a2ad2c1ceb76f2edcdc02f2e0453c52e24c421fb04132cdfc0da5b70a593e",
    "receiptsRoot": "0x8c303881b3e408cc739f55ef3e5133075d552cbec9ee987aff6b71f58cf291ee",
    "mixHash": "0x8bc8a48326d9309959f2452206c1c842be9fcc9840c789845caab9d290a9700c",
    "number": "0x112", "gasUsed": "0xb76d", "gasLimit": "0x1c9c380", "timestamp": "0x65da607b",
    "baseFeePerGas": "0x1418f329", "withdrawals": [], "withdrawalsRoot": EMPTY,
    "transactions": [
        {
            **OP_BLOCK["transactions"][0],
            "hash": "0x13a644af4f64ce801dcd57faa823e8952f2290b810fdd31995dda62977ed3df1",
            "sourceHash": "0x5a1b66228a26547e2ce6fe1aa734d2c34e062e42ccd5710463e6987890f1ad5d",
            "input": told([
                "1267f33", "65da6073", "75d3f8610", "97c24796a4f639846a6a3ea3a59c11de8d89e11f551bae8feca9271a78926d42",
                "4", "415c8893d514f9bc5211d36eeda4183226b84aa7", "bc", "a6fe0",
            ]),
        }
    ],
}  # fmt: skip
CANYON_RECEIPT = {**OP_RECEIPT, "cumulativeGasUsed": "0xb76d", "gasUsed": "0xb76d", "depositReceiptVersion": "0x1", "depositNonce": "0x111"}  # fmt: skip

# A header since Prague, of a development chain
PRAGUE: dict[str, Any] = {
    "parentHash": "0x25c26894165fbde26eea9d1768faccd34c8d586e856744ebf91845b90e04879c", "sha3Uncles": NO_UNCLES,
    "miner": "0x8943545177806ed17b9f23f0a21ee5948ecaa776", "logsBloom": NO_BLOOM, "difficulty": "0x0",
    "stateRoot": "0xa49e92083814ffba167fb8b841c376b49e0541d9e5821f0366bd7907d247cffc", "number": "0x9e",
    "transactionsRoot": EMPTY, "receiptsRoot": EMPTY, "gasLimit": "0x3938700", "gasUsed": "0x0",
    "timestamp": "0x6a647f8b", "extraData": "0x657269676f6e2d332e352e332d6565383635663263",
    "mixHash": "0x309992977fac827b69a5d36b206d6af0923f49d8802782e0fe7ceb5996ce8cc5", "nonce": "0x0000000000000000",
    "baseFeePerGas": "0x7", "withdrawalsRoot": EMPTY, "blobGasUsed": "0x0", "excessBlobGas": "0x0",
    "parentBeaconBlockRoot": "0x12762f4d7c5f7c0caee6ba527c41312168789367a150834e04d9b6a9941acc90",
    "requestsHash": "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "hash": "0x789bca9613407fc85eb72a7f94a5f2d16178b5efcb8c18e6e77240fc2e603bfc",
    "transactions": [], "withdrawals": [],
}  # fmt: skip

BLOCKS = [(OP_BLOCK, [OP_RECEIPT]), (CANYON_BLOCK, [CANYON_RECEIPT]), (PRAGUE, [])]


@pytest.mark.parametrize("name", TRANSACTIONS)
def test_the_hash_of_every_type_of_transaction(name: str) -> None:
    assert transaction_hash(TRANSACTIONS[name]).hex() == name[2:]


def test_the_bytes_of_the_example_of_eip_155() -> None:
    assert encoded_transaction(EXAMPLE).hex() == EXAMPLE_RAW


@pytest.mark.parametrize(("block", "receipts"), BLOCKS, ids=["OP", "Canyon", "Prague"])
def test_whole_blocks(block: dict[str, Any], receipts: list[dict[str, Any]]) -> None:
    assert check_roots(block, receipts).reason == ""
    assert check_roots(block, receipts).state is RootState.VERIFIED


def snake(value: Any) -> Any:
    """The same record with the names of ethereum-etl, and numbers for short hex."""
    if isinstance(value, list):
        return [snake(one) for one in value]
    if not isinstance(value, dict):
        return value
    numbers = {"nonce", "gas", "gasPrice", "value", "v", "number", "gasUsed", "gasLimit", "timestamp", "baseFeePerGas", "type", "status", "cumulativeGasUsed"}  # fmt: skip
    names = {"type": "transaction_type", "to": "to_address", "from": "from_address"}
    return {
        names.get(name, "".join(f"_{c.lower()}" if c.isupper() else c for c in name)): int(one, 16)
        if name in numbers and len(one) < 18
        else snake(one)
        for name, one in value.items()
    }


@pytest.mark.parametrize(("block", "receipts"), BLOCKS, ids=["OP", "Canyon", "Prague"])
def test_names_and_numbers_of_either_kind(block: dict[str, Any], receipts: list[dict[str, Any]]) -> None:
    again = snake(block)
    again["type"] = "block"
    for one in again["transactions"]:
        one["type"] = "transaction"
    assert check_roots(again, snake(receipts)).state is RootState.VERIFIED


def test_an_empty_access_list_may_be_null() -> None:
    for name, one in TRANSACTIONS.items():
        if one.get("accessList") == []:
            assert transaction_hash({**one, "accessList": None}).hex() == name[2:]
            with pytest.raises(FieldMissing, match="accessList is missing"):
                transaction_hash({key: value for key, value in one.items() if key != "accessList"})


def test_receipts_take_their_type_from_the_transaction() -> None:
    untyped = {key: value for key, value in CANYON_RECEIPT.items() if key != "type"}
    assert check_roots(CANYON_BLOCK, [untyped]).state is RootState.VERIFIED


def test_a_receipt_before_byzantium_carries_a_root_even_beside_a_status() -> None:
    root = "0x" + "ab" * 32
    plain = {"root": root, "cumulativeGasUsed": "0x5208", "logs": []}
    expected = ordered_root([bytes.fromhex("f90128a0" + "ab" * 32 + "825208b90100" + "00" * 256 + "c0")])
    assert receipts_root([plain]) == expected
    assert receipts_root([{**plain, "status": "0x1"}]) == expected


def test_an_op_stack_header_may_hold_another_root_where_withdrawals_are() -> None:
    """Since Isthmus: the withdrawals are none, and the root is that of an account's storage."""
    block = {**CANYON_BLOCK, "withdrawalsRoot": "0x" + "cd" * 32}
    block["hash"] = f"0x{header_hash(block).hex()}"
    assert check_roots(block, [CANYON_RECEIPT]).state is RootState.VERIFIED
    assert check_roots({**PRAGUE, "withdrawalsRoot": "0x" + "cd" * 32}, []).state is RootState.MISMATCH


@pytest.mark.parametrize("gone", ["withdrawalsRoot", "excessBlobGas", "parentBeaconBlockRoot", "mixHash", "stateRoot"])
def test_a_header_with_a_field_missing_is_not_judged(gone: str) -> None:
    outcome = check_roots({key: value for key, value in PRAGUE.items() if key != gone}, [])
    assert outcome.state is RootState.NOT_VERIFIABLE
    assert f"{gone} is missing" in outcome.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"extDataHash": "0x" + "1" * 64}, "extDataHash is not known"),
        ({"transactions": ["0x" + "1" * 64]}, "only its hash is given"),
        ({"transactions": None}, "transactions is missing"),
        ({"transactions": [{**EXAMPLE, "r": "0x0", "s": "0x0"}]}, "it is not signed"),
        ({"transactions": [{**EXAMPLE, "type": "0x6a"}]}, "type 106 is not known"),
        ({"transactions": [{**FEES, **SENT, "nonce": 1}]}, "type is missing"),
    ],
)
def test_what_cannot_be_verified_says_why(change: dict[str, Any], reason: str) -> None:
    outcome = check_roots({**PRAGUE, **change}, None)
    assert reason in outcome.reason


def test_a_transaction_that_is_not_signed_leaves_both_roots_open() -> None:
    """Polygon shows its state syncs so, and hashes neither them nor their receipts."""
    sync = {**EXAMPLE, "v": 0, "r": "0x0", "s": "0x0"}
    outcome = check_roots({**PRAGUE, "transactions": [sync]}, [{"status": 1, "cumulativeGasUsed": 0, "logs": []}])
    assert outcome.state is RootState.NOT_VERIFIABLE
    assert outcome.reason.count("not signed") == 2


def test_what_the_hashes_are_not_of_is_held_against_them() -> None:
    for change, reason in (
        ({"gasUsed": "0xb76e"}, "another gasUsed than 46957"),
        ({"transactionHash": "0x" + "1" * 64}, "receipt 0 is of transaction 0x1111"),
    ):
        outcome = check_roots(CANYON_BLOCK, [{**CANYON_RECEIPT, **change}])
        assert outcome.state is RootState.MISMATCH
        assert reason in outcome.reason
    assert "0 receipts are at hand for 1" in check_roots(CANYON_BLOCK, []).reason


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested records and lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(found for key, one in inner for found in places(one, (*here, key)))] if here else [
        found for key, one in inner for found in places(one, (key,))
    ]  # fmt: skip


def put(whole: Any, place: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(whole)
    spot = changed
    for key in place[:-1]:
        spot = spot[key]
    spot[place[-1]] = value
    return changed


LOGGED = {"status": 1, "cumulativeGasUsed": 21000, "logs": [{"address": TO, "topics": ["0x" + "1" * 64], "data": "0x01"}]}  # fmt: skip
FULL = [
    {**PRAGUE, "transactions": list(TRANSACTIONS.values()), "withdrawals": [{"index": "0x1", "validatorIndex": "0x2", "address": TO, "amount": "0x3"}]},
    [LOGGED] * len(TRANSACTIONS),
]  # fmt: skip
PLACES = places(FULL)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=2)
    | st.sampled_from(["0x", "0x0", "0X1", "-0x1", "0x 1", "0x_1", "\u0665", "0x" + "f" * 65, "9" * 5000, 2**256, -1]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=600)
@given(st.sampled_from(PLACES), ANYTHING)
def test_no_value_in_any_place_is_a_crash(place: tuple[Any, ...], value: Any) -> None:
    block, receipts = put(FULL, place, value)
    outcome = check_roots(block, receipts)
    assert outcome.state is not RootState.VERIFIED
    assert outcome.reason


HASHED = [
    (number, place)
    for number, (block, receipts) in enumerate(BLOCKS)
    for place in places([block, list(receipts)])
    if place[-1] not in {"transactions", "withdrawals", "logs", "type", "v", "r", "s", "yParity", "chainId"}
    and len(place) > 1
    and not isinstance(place[-1], int)
]


@given(st.sampled_from(HASHED), st.data())
def test_any_digit_changed_is_a_mismatch(spot: tuple[int, tuple[Any, ...]], data: st.DataObject) -> None:
    number, place = spot
    whole = [BLOCKS[number][0], list(BLOCKS[number][1])]
    text: Any = whole
    for key in place:
        text = text[key]
    if text == "0x":
        return
    at = data.draw(st.integers(2, len(text) - 1))
    digit = data.draw(st.sampled_from([one for one in "123456789abcdef" if one != text[at]]))
    block, receipts = put(whole, place, text[:at] + digit + text[at + 1 :])
    assert check_roots(block, receipts).state is RootState.MISMATCH
