"""Each protocol's events, encoded by hand from its documentation, and the same topic with another layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from scorpius_lab.security.chain.attacks import Attack
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.frames import NATIVE
from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.layouts import layout
from scorpius_lab.security.chain.protocols import PROTOCOLS
from tests.security.chain.ledger import WETH, Block, Transaction, address, topic, word

A, B = sorted((address("token a"), address("token b")))
POOL, VAULT, USER, BOT, C = (address(name) for name in ("pool", "vault", "user", "bot", "third"))
NOBODY = "0x" + "0" * 40
ID = "0x" + "ab" * 32

Make = Callable[[Iterable[Block]], Chain]


def topic0(signature: str) -> str:
    return "0x" + keccak256(signature.encode()).hex()


def wide(*values: Any) -> str:
    return "".join(word(int(value, 16) if isinstance(value, str) else value) for value in values)


# The first bytes of topics as they are known in the field.
KNOWN = {
    "ddf252ad", "8c5be1e5", "d78ad95f", "1c411e9a", "c42079f9", "7a53080b", "0c396cd9", "40e9cecb", "19b47279", "8b3e96f2",
    "b2e76ae9", "908fb5ee", "2170c741", "276856b3", "e413a321", "56864757", "298637f6", "9d9af8e3", "e1fffcc4", "7fcf532c",
    "17307eab", "c3d58168", "4a39dc06", "4c209b5f", "dccd412f", "70935338", "bdbdb71d", "d013ca23", "0d7d75e0", "cf2aa508",
    "05e309fd",
}  # fmt: skip


def test_topics_are_those_of_the_field() -> None:
    ours = {rule.topic[2:10] for protocol in PROTOCOLS for rule in protocol.events}
    assert ours >= KNOWN


def test_every_protocol_is_named_and_told() -> None:
    assert len({protocol.name for protocol in PROTOCOLS}) == len(PROTOCOLS)
    assert all(protocol.covers and (protocol.events or protocol.calls) for protocol in PROTOCOLS)


def test_selectors_of_functions() -> None:
    assert layout("transfer(address to, uint256 value)").selector == "0xa9059cbb"
    assert layout("swap(uint256 a, uint256 b, address to, bytes data)").selector == "0x022c0d9f"
    assert layout("liquidationCall(address a, address b, address c, uint256 d, bool e)").selector == "0x00a718a9"


SWAPS = {
    "curve": lambda t: (
        t.transfer(A, USER, POOL, 100)
        .transfer(B, POOL, USER, 99)
        .log(POOL, [topic0("TokenExchange(address,int128,uint256,int128,uint256)"), topic(USER)], wide(0, 100, 1, 99))
    ),
    "balancer v1": lambda t: t.log(
        POOL,
        [topic0("LOG_SWAP(address,address,address,uint256,uint256)"), topic(USER), topic(A), topic(B)],
        wide(100, 99),
    ),
    "balancer v2": lambda t: t.log(
        VAULT, [topic0("Swap(bytes32,address,address,uint256,uint256)"), ID, topic(A), topic(B)], wide(100, 99)
    ),
    "uniswap v3": lambda t: (
        t.transfer(B, POOL, USER, 99)
        .transfer(A, USER, POOL, 100)
        .log(
            POOL,
            [topic0("Swap(address,address,int256,int256,uint160,uint128,int24)"), topic(USER), topic(USER)],
            wide(100, -99, 2**96, 5, -1),
        )
    ),
    "pancake v3": lambda t: (
        t.transfer(B, POOL, USER, 99)
        .transfer(A, USER, POOL, 100)
        .log(
            POOL,
            [
                topic0("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)"),
                topic(USER),
                topic(USER),
            ],
            wide(100, -99, 2**96, 5, -1, 1, 0),
        )
    ),
    "uniswap v4": lambda t: (
        t.log(
            VAULT,
            [topic0("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)"), ID, topic(USER)],
            wide(-100, 99, 2**96, 5, -1, 3000),
        )
        .transfer(A, USER, VAULT, 100)
        .transfer(B, VAULT, USER, 99)
    ),
    "solidly": lambda t: (
        t.transfer(A, USER, POOL, 100)
        .transfer(B, POOL, USER, 99)
        .log(
            POOL,
            [topic0("Swap(address,address,uint256,uint256,uint256,uint256)"), topic(USER), topic(USER)],
            wide(100, 0, 0, 99),
        )
    ),
    "dodo": lambda t: t.log(
        POOL, [topic0("DODOSwap(address,address,uint256,uint256,address,address)")], wide(A, B, 100, 99, USER, USER)
    ),
    "bancor": lambda t: t.log(
        POOL,
        [topic0("Conversion(address,address,address,uint256,uint256,int256)"), topic(A), topic(B), topic(USER)],
        wide(100, 99, 1),
    ),
}


@pytest.mark.parametrize("name", SWAPS)
def test_swaps(chain_of_blocks: Make, name: str) -> None:
    chain = chain_of_blocks([Block(1, [SWAPS[name](Transaction(USER, BOT))])])
    (row,) = chain.events["swaps"].to_dicts()
    assert (row["token_in"], row["token_out"], row["amount_in"], row["amount_out"]) == (A, B, "100", "99")


@pytest.mark.parametrize("name", SWAPS)
def test_another_layout_under_the_same_topic_is_not_read(chain_of_blocks: Make, name: str) -> None:
    def spoilt(change: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
        deed = SWAPS[name](Transaction(USER, BOT))
        swaps = [log for log in deed.logs if len(log["data"]) > 66]
        deed.logs = [change(log) if log in swaps else log for log in deed.logs]
        return chain_of_blocks([Block(1, [deed])]).events["swaps"].height

    assert spoilt(lambda log: {**log, "data": log["data"] + "0" * 64}) == 0
    assert spoilt(lambda log: {**log, "data": log["data"][:-64]}) == 0
    assert (
        spoilt(lambda log: {**log, "topics": log["topics"][:-1] if len(log["topics"]) > 1 else [*log["topics"], ID]})
        == 0
    )


LIQUIDATIONS = {
    "aave": lambda t: t.log(
        VAULT,
        [topic0("LiquidationCall(address,address,address,uint256,uint256,address,bool)"), topic(B), topic(A), topic(USER)],
        wide(100, 99, BOT, 0),
    ),
    "aave v1": lambda t: t.log(
        VAULT,
        [
            topic0("LiquidationCall(address,address,address,uint256,uint256,uint256,address,bool,uint256)"),
            topic(B), topic(A), topic(USER),
        ],
        wide(100, 99, 1, BOT, 0, 5),
    ),
    "compound": lambda t: t.transfer(A, BOT, VAULT, 100).log(
        VAULT, [topic0("LiquidateBorrow(address,address,uint256,address,uint256)")], wide(BOT, USER, 100, B, 99)
    ),
    "morpho": lambda t: (
        t.transfer(B, VAULT, BOT, 99)
        .log(
            VAULT,
            [topic0("Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)"), ID, topic(BOT), topic(USER)],
            wide(100, 90, 99, 0, 0),
        )
        .transfer(A, BOT, VAULT, 100)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIQUIDATIONS)
def test_liquidations(chain_of_blocks: Make, name: str) -> None:
    chain = chain_of_blocks([Block(1, [LIQUIDATIONS[name](Transaction(USER, BOT))])])
    (row,) = chain.events["liquidations"].to_dicts()
    assert (row["liquidator"], row["borrower"]) == (BOT, USER)
    assert (row["debt_token"], row["debt_amount"], row["collateral_token"], row["collateral_amount"]) == (
        A,
        "100",
        B,
        "99",
    )


@pytest.mark.parametrize(("decimals", "rounding"), [(18, 0), (18, 1), (8, 0), (6, 1)])
def test_a_slice_of_a_maker_auction(chain_of_blocks: Make, decimals: int, rounding: int) -> None:
    """20 units of collateral for 30,000 DAI; DAI is burned for what is owed, rounded up, and the slice left before."""
    price, lot = 1_500 * 10**27, 20 * 10**18
    owe = price * lot - (10**26 if rounding else 0)
    got = owe // price // 10 ** (18 - decimals)
    deed = (
        Transaction(USER, BOT)
        .transfer(B, C, BOT, got)
        .transfer(A, BOT, NOBODY, -(-owe // 10**27))
        .log(
            VAULT,
            [topic0("Take(uint256,uint256,uint256,uint256,uint256,uint256,address)"), "0x" + word(7), topic(C)],
            wide(2 * price, price, owe, 0, 0),
        )
    )
    (row,) = chain_of_blocks([Block(1, [deed])]).events["liquidations"].to_dicts()
    assert (row["market"], row["borrower"], row["liquidator"]) == (VAULT, C, None)
    assert (row["debt_token"], row["debt_amount"]) == (A, str(30_000 * 10**18))
    assert (row["collateral_token"], row["collateral_amount"]) == (B, str(got))


def test_an_auction_of_which_no_transfer_tells_the_tokens_has_no_amounts(
    chain_of_blocks: Make, attacks_in: Callable[[Iterable[Block]], list[Attack]]
) -> None:
    deed = Transaction(USER, BOT).log(
        VAULT,
        [topic0("Take(uint256,uint256,uint256,uint256,uint256,uint256,address)"), "0x" + word(7), topic(C)],
        wide(2, 1, 10**45, 0, 0),
    )
    (found,) = attacks_in([Block(1, [deed])])
    assert (found.actor, found.borrower, found.debt, found.collateral, found.profit) == (USER, C, None, None, ())


def test_the_coin_is_the_debt_where_a_compound_market_was_sent_no_token(chain_of_blocks: Make) -> None:
    deed = Transaction(USER, BOT).log(
        VAULT, [topic0("LiquidateBorrow(address,address,uint256,address,uint256)")], wide(BOT, USER, 100, B, 99)
    )
    assert chain_of_blocks([Block(1, [deed])]).events["liquidations"]["debt_token"].to_list() == [NATIVE]


def test_wrapping_is_a_transfer_and_the_coin_goes_the_other_way(chain_of_blocks: Make) -> None:
    wrap = Transaction(USER, WETH).log(WETH, [topic0("Deposit(address,uint256)"), topic(USER)], wide(7))
    chain = chain_of_blocks([Block(1, [wrap.transfer(WETH, USER, BOT, 7)])])
    moves = {(r["standard"], r["token"], r["sender"], r["receiver"]) for r in chain.events["transfers"].to_dicts()}
    assert ("erc20", WETH, "0x" + "0" * 40, USER) in moves
    assert ("native", NATIVE, USER, WETH) in moves


def test_a_deposit_into_a_contract_that_is_no_token_is_none(chain_of_blocks: Make) -> None:
    stake = Transaction(USER, VAULT).log(VAULT, [topic0("Deposit(address,uint256)"), topic(USER)], wide(7))
    assert chain_of_blocks([Block(1, [stake])]).events["transfers"].is_empty()


def test_batches_of_erc1155_are_a_row_for_each_id(chain_of_blocks: Make) -> None:
    signature = topic0("TransferBatch(address,address,address,uint256[],uint256[])")
    data = wide(64, 160, 2, 11, 12, 2, 5, 6)
    deed = Transaction(USER, VAULT).log(VAULT, [signature, topic(BOT), topic(USER), topic(BOT)], data)
    rows = chain_of_blocks([Block(1, [deed])]).events["transfers"].to_dicts()
    assert [(r["standard"], r["token_id"], r["amount"]) for r in rows] == [
        ("erc1155", "11", "5"),
        ("erc1155", "12", "6"),
    ]


def test_permit2_approvals_run_out(chain_of_blocks: Make) -> None:
    deed = Transaction(USER, VAULT).log(
        VAULT,
        [topic0("Approval(address,address,address,uint160,uint48)"), topic(USER), topic(A), topic(BOT)],
        wide(2**160 - 1, 1_900_000_000),
    )
    (row,) = chain_of_blocks([Block(1, [deed])]).events["approvals"].to_dicts()
    assert (row["standard"], row["token"], row["spender"], row["expires"]) == ("permit2", A, BOT, 1_900_000_000)


def sale(*payments: tuple[int, str, int]) -> Transaction:
    signature = topic0(
        "OrderFulfilled(bytes32,address,address,address,(uint8,address,uint256,uint256)[],(uint8,address,uint256,uint256,address)[])"
    )
    data = wide(ID, BOT, 128, 128 + 32 * 5, 1, 2, VAULT, 42, 1, len(payments))
    data += "".join(wide(kind, token, 0, amount, USER) for kind, token, amount in payments)
    return Transaction(BOT, VAULT).log(VAULT, [signature, topic(USER), topic("0x" + "0" * 40)], data)


def test_seaport_sales(chain_of_blocks: Make) -> None:
    zero = "0x" + "0" * 40
    (row,) = chain_of_blocks([Block(1, [sale((0, zero, 90), (0, zero, 10))])]).events["nft_sales"].to_dicts()
    assert (row["collection"], row["token_id"], row["seller"], row["buyer"]) == (VAULT, "42", USER, BOT)
    assert (row["currency"], row["price"]) == (NATIVE, "100")
    assert chain_of_blocks([Block(1, [sale((0, zero, 90), (1, A, 10))])]).events["nft_sales"].is_empty()
    assert chain_of_blocks([Block(1, [sale((2, VAULT, 1))])]).events["nft_sales"].is_empty()
