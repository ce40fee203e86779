"""Raw signed transactions: who signed them, what they do in a sentence, what is dangerous, and a run on the EVM."""

from __future__ import annotations

import contextlib
import json

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.abi import AbiError, decode, selector, types_of
from scorpius_lab.security.chain.guard.explain import Surroundings, Token, explain
from scorpius_lab.security.chain.guard.signed import NoTransaction, read_signed
from scorpius_lab.security.chain.guard.simulation import Account, simulate
from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.rlp import encode, encode_integer
from tests.security.chain.ledger import address, word

KEY = PrivateKey(b"\x46" * 32)
SENDER = "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
TOKEN, OTHER, ROUTER, STRANGER = address("token"), address("other"), address("router"), address("stranger")


def signed(to: str | None, data: str = "", value: int = 0, kind: int = 2, chain: int = 1) -> bytes:
    """A transaction of this type, signed by the key of the tests."""
    target, call = bytes.fromhex(to[2:]) if to else b"", bytes.fromhex(data)
    n = encode_integer
    fields: list[object] = {
        0: [n(9), n(20 * 10**9), n(21000), target, n(value), call],
        1: [n(chain), n(9), n(10**9), n(21000), target, n(value), call, []],
        2: [n(chain), n(9), n(1), n(10**9), n(300_000), target, n(value), call, []],
        3: [n(chain), n(9), n(1), n(10**9), n(300_000), target, n(value), call, [], n(1), [b"\x01" * 32]],
        4: [n(chain), n(9), n(1), n(10**9), n(300_000), target, n(value), call, [], []],
    }[kind]
    prefix = bytes([kind]) if kind else b""
    digest = keccak256(prefix + encode(fields if kind else [*fields, n(chain), b"", b""]))
    signature = KEY.sign_recoverable(digest, hasher=None)
    parity = signature[64] + (35 + 2 * chain if not kind else 0)
    numbers = (parity, int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"))
    return prefix + encode([*fields, *map(n, numbers)])


def call(signature: str, *words: object) -> str:
    return selector(signature)[2:] + "".join(word(int(w, 16) if isinstance(w, str) else w) for w in words)


def test_the_example_of_eip_155() -> None:
    raw = "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    sent = read_signed(raw)
    assert sent.sender == SENDER
    assert (sent.nonce, sent.gas, sent.gas_price, sent.value, sent.chain_id) == (9, 21000, 20 * 10**9, 10**18, 1)
    assert sent.to == "0x" + "35" * 20
    assert explain(raw).sentence == f"Sends 1 ETH to {sent.to}."


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4])
def test_every_type_gives_its_signer(kind: int) -> None:
    sent = read_signed(signed(TOKEN, "12345678", value=5, kind=kind, chain=137))
    assert (sent.type, sent.sender, sent.chain_id, sent.to, sent.value) == (kind, SENDER, 137, TOKEN, 5)


@pytest.mark.parametrize("raw", ["", "0x", "zz", "0x01", "0x7f" + "00" * 40, "0xc0", "0xf8", "0x02c0", b"\x02" + encode([b""] * 12)])  # fmt: skip
def test_what_is_no_transaction(raw: str | bytes) -> None:
    with pytest.raises(NoTransaction):
        read_signed(raw)


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_byte_is_never_a_crash(place: int, byte: int) -> None:
    raw = bytearray(signed(TOKEN, call("transfer(address,uint256)", STRANGER, 5)))
    raw[place % len(raw)] = byte
    with contextlib.suppress(NoTransaction):
        explain(bytes(raw))


AROUND = Surroundings(tokens={TOKEN: Token("USDX", 6), OTHER: Token("ABC", 18)}, now=1_800_000_000)


def told(data: str, to: str = ROUTER, value: int = 0, around: Surroundings = AROUND) -> tuple[str, set[str]]:
    report = explain(signed(to, data, value), around)
    assert json.dumps(report.as_dict())
    return report.sentence, {flag.id for flag in report.flags}


def test_transfers_and_approvals() -> None:
    assert told(call("transfer(address,uint256)", STRANGER, 2_500_000), TOKEN) == (
        f"Sends 2.5 USDX to {STRANGER}.",
        set(),
    )
    sentence, flags = told(call("approve(address,uint256)", STRANGER, 2**256 - 1), TOKEN)
    assert sentence == f"Lets {STRANGER} take all of USDX."
    assert flags == {"unlimited-approval"}
    assert told(call("approve(address,uint256)", STRANGER, 5), TOKEN)[1] == set()
    assert told(call("setApprovalForAll(address,bool)", STRANGER, 1), TOKEN)[1] == {"approval-for-all"}
    assert told(call("transferFrom(address,address,uint256)", ROUTER, STRANGER, 7), TOKEN)[1] == {"takes-from-another"}


def test_swaps_of_v2() -> None:
    path = [word(160), word(int(SENDER, 16)), word(1_900_000_000), word(2), word(int(TOKEN, 16)), word(int(OTHER, 16))]
    head = selector("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)")[2:]
    sentence, flags = told(head + word(10**6) + word(2 * 10**18) + "".join(path))
    assert sentence == f"Swaps 1 USDX for at least 2 ABC to {SENDER}."
    assert flags == set()
    path[1], path[2] = word(int(STRANGER, 16)), word(2**256 - 1)
    assert told(head + word(10**6) + word(0) + "".join(path))[1] == {
        "no-slippage-limit", "recipient-is-not-sender", "no-deadline",
    }  # fmt: skip
    path[1], path[2] = word(int(SENDER, 16)), word(1_700_000_000)
    assert told(head + word(10**6) + word(1) + "".join(path))[1] == {"deadline-past"}


def test_swaps_of_v3_and_multicall() -> None:
    single = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))"
    inner = call(single, TOKEN, OTHER, 3000, SENDER, 10**6, 5 * 10**17, 0)
    assert told(inner)[0] == f"Swaps 1 USDX for at least 0.5 ABC to {SENDER}."
    size = len(inner) // 2
    padded = inner + "0" * (-len(inner) % 64)
    many = (
        selector("multicall(uint256,bytes[])")[2:]
        + word(1_900_000_000)
        + word(64)
        + word(1)
        + word(32)
        + word(size)
        + padded
    )
    assert told(many)[0] == f"Swaps 1 USDX for at least 0.5 ABC to {SENDER}."


def test_universal_router() -> None:
    path = TOKEN[2:] + f"{3000:06x}" + OTHER[2:]
    swap = word(1) + word(10**6) + word(10**18) + word(160) + word(1) + word(43) + path.ljust(128, "0")
    data = (
        selector("execute(bytes,bytes[],uint256)")[2:] + word(96) + word(160) + word(1_900_000_000)
        + word(1) + "00".ljust(64, "0") + word(1) + word(32) + word(len(swap) // 2) + swap
    )  # fmt: skip
    assert told(data)[0] == f"Swaps 1 USDX for at least 1 ABC to {SENDER}."


def test_look_alikes_and_lists() -> None:
    real, fake = "0xabc" + "1" * 33 + "4321", "0xabc" + "9" * 33 + "4321"
    around = Surroundings(counterparties=[real], labels={STRANGER: "Scam 7"})
    assert told(call("transfer(address,uint256)", fake, 5), TOKEN, around=around)[1] == {"poisoned-recipient"}
    assert told(call("transfer(address,uint256)", real, 5), TOKEN, around=around)[1] == set()
    assert told(call("transfer(address,uint256)", STRANGER, 5), TOKEN, around=around)[1] == {"labelled-address"}


def test_unknown_functions_are_said_to_be_unknown() -> None:
    sentence, flags = told("deadbeef" + word(1))
    assert "unknown function (0xdeadbeef)" in sentence
    assert flags == {"unknown-function"}


@given(st.binary(max_size=400))
def test_hostile_call_data_is_never_a_crash(data: bytes) -> None:
    for code in ("execute(bytes,bytes[])", "multicall(bytes[])", "exactInput((bytes,address,uint256,uint256))"):
        explain(signed(ROUTER, selector(code)[2:] + data.hex()))


@given(st.binary(max_size=600))
def test_decoding_is_bounded(data: bytes) -> None:
    with contextlib.suppress(AbiError):
        decode(types_of("f((bytes,(uint256,string[])[])[][],address)"), data)


# -- runs

# A token in bytecode: logs Transfer(caller, argument 0, argument 1) and returns true.
_MOVE = (
    "602435" "600052" "600435" "33"
    "7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" "60206000a3" "600160005260206000f3"
)  # fmt: skip


def test_a_run_that_succeeds() -> None:
    sent = read_signed(signed(TOKEN, call("transfer(address,uint256)", STRANGER, 77)))
    state = {SENDER: Account(balance=10**18), TOKEN: Account(code=bytes.fromhex(_MOVE))}
    outcome = simulate(sent, state)
    assert outcome.state == "succeeded"
    assert outcome.changes == tuple(sorted([(SENDER, TOKEN, -77), (STRANGER, TOKEN, 77)]))


def test_a_run_that_fails_says_why() -> None:
    sent = read_signed(signed(TOKEN, "12345678"))
    state = {SENDER: Account(balance=10**18), TOKEN: Account(code=bytes.fromhex("60006000fd"))}
    outcome = simulate(sent, state)
    assert outcome.state == "reverted"
    assert outcome.reason


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account(balance=10**18, nonce=10**6), "is used already"),
        (Account(balance=4), "may cost"),
        (Account(balance=6), "may cost"),  # enough for the value and not for the gas
    ],
)
def test_what_no_block_would_take_is_invalid(account: Account, words: str) -> None:
    outcome = simulate(read_signed(signed(STRANGER, value=5)), {SENDER: account, STRANGER: Account()})
    assert outcome.state == "invalid"
    assert words in outcome.reason


def test_coins_that_move() -> None:
    sent = read_signed(signed(STRANGER, value=5))
    outcome = simulate(sent, {SENDER: Account(balance=10**18), STRANGER: Account()})
    assert (STRANGER, "coin", 5) in outcome.changes


@pytest.mark.parametrize(
    ("state", "words"), [(None, "no state"), ({}, "the sender"), ({SENDER: Account(balance=1)}, "no code")]
)
def test_what_is_missing_is_not_simulated(state: dict[str, Account] | None, words: str) -> None:
    outcome = simulate(read_signed(signed(TOKEN, "12345678")), state)
    assert outcome.state == "not_simulated"
    assert words in outcome.reason
