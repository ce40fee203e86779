"""Where mev-inspect-py is known to be wrong: one block for each of its defects, and what is right there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from scorpius_lab.security.chain.attacks import Attack, Kind
from scorpius_lab.security.chain.chain import Chain
from tests.security.chain.ledger import SWAP_V2, WETH, Block, Pool, Transaction, address, topic, word

ETHER = 10**18
TOKEN, OTHER = address("token"), address("other token")
POOL = Pool.of("pool", WETH, TOKEN)
SECOND = Pool.of("second pool", WETH, TOKEN, version=3)
BEYOND = Pool.of("pool beyond", TOKEN, OTHER)
ROUTER = address("router")
BOT, BOSS, HELPER = address("bot contract"), address("boss"), address("second sender")
ALICE, BOB = address("alice"), address("bob")

Find = Callable[[Iterable[Block]], list[Attack]]


class Listed(Block):
    """A block some exporters write: its transactions failed, and the logs they would have left are listed."""

    def receipts(self) -> list[dict[str, Any]]:
        return [{**receipt, "status": "0x0"} for receipt in super().receipts()]


def bot(pool: Pool, token: str, paid: int, got: int, sender: str = BOSS) -> Transaction:
    return Transaction(sender, BOT).swap(pool, token, paid, got, payer=BOT)


def user(pool: Pool, token: str, paid: int, got: int, sender: str = ALICE) -> Transaction:
    return Transaction(sender, ROUTER).swap(pool, token, paid, got, payer=sender)


def attack_blocks(kind: type[Block]) -> list[Block]:
    """A sandwich in one block and an arbitrage in the next."""
    sandwich = [
        bot(POOL, WETH, 100, 1000),
        user(POOL, WETH, 50, 400),
        bot(POOL, TOKEN, 1000, 110),
    ]
    return [kind(1, sandwich), kind(2, [bot(POOL, WETH, 100, 1000).swap(SECOND, TOKEN, 1000, 107, payer=BOT)])]


def profit(attack: Attack) -> list[tuple[str, int]]:
    return [(holding.token, holding.amount) for holding in attack.profit]


@pytest.mark.parametrize(("kind", "found"), [(Block, [Kind.SANDWICH, Kind.ARBITRAGE]), (Listed, [])])
def test_swaps_in_transactions_that_reverted_do_not_count(
    attacks_in: Find, kind: type[Block], found: list[Kind]
) -> None:
    """Defect 1: 3.8 % of its swaps sit in transactions that reverted."""
    assert [attack.kind for attack in attacks_in(attack_blocks(kind))] == found


def word_call(selector: str, *words: int) -> str:
    return selector + "".join(map(word, words))


@pytest.mark.parametrize(("error", "trades"), [(None, 1), ("Reverted", 0)])
def test_traced_swaps_inside_a_call_that_reverted_do_not_count(
    tmp_path: Path, read: Callable[[Iterable[Path]], list[Chain]], error: str | None, trades: int
) -> None:
    """Defect 1, where it comes from: the calls of the swap succeeded, and the transaction around them reverted.

    The same calls make a trade where nothing reverted.
    """
    out = (0, 400) if POOL.token0 == WETH else (400, 0)
    swap = word_call("0x022c0d9f", *out, int(ALICE, 16), 128, 0)
    calls = [
        ([], ALICE, ROUTER, "0x12345678", 2),
        ([0], ROUTER, WETH, word_call("0x23b872dd", int(ALICE, 16), int(POOL.address, 16), 50), 0),
        ([1], ROUTER, POOL.address, swap, 1),
        ([1, 0], POOL.address, TOKEN, word_call("0xa9059cbb", int(ALICE, 16), 400), 0),
    ]
    block = Block(1, [Transaction(ALICE, ROUTER)])
    traces = [
        {
            "action": {"callType": "call", "from": sender, "to": receiver, "input": text, "value": "0x0", "gas": "0x1"},
            "blockHash": block.hash,
            "blockNumber": block.number,
            "result": {"gasUsed": "0x1", "output": "0x" + word(1)},
            "subtraces": inside,
            "traceAddress": place,
            "transactionHash": block.names()[0],
            "transactionPosition": 0,
            "type": "call",
            **({"error": error} if error and not place else {}),
        }
        for place, sender, receiver, text, inside in calls
    ]
    (tmp_path / "traces.json").write_text(json.dumps(traces))
    (tmp_path / "block.json").write_text(json.dumps(block.header()))
    (chain,) = read([tmp_path / "traces.json", tmp_path / "block.json"])
    assert chain.trades.height == trades


def test_unequal_legs_gain_by_the_matched_quantity_only(attacks_in: Find) -> None:
    """Defect 2: unequal legs give absurd profit, hundreds of WETH for what lost 0.44.

    The bot buys 1,000 tokens, and sells these with 9,000 of its stock.
    """
    block = Block(
        1,
        [
            bot(POOL, WETH, 100 * ETHER, 1_000 * ETHER),
            user(POOL, WETH, ETHER, 9 * ETHER),
            bot(POOL, TOKEN, 10_000 * ETHER, 9956 * ETHER // 10),
        ],
    )
    (found,) = attacks_in([block])
    assert profit(found) == [(WETH, -44 * ETHER // 100)]
    assert [(holding.token, holding.amount) for holding in found.leftover] == [(TOKEN, -9_000 * ETHER)]


def test_a_sandwich_of_a_sale_has_its_profit(attacks_in: Find) -> None:
    """Defect 3: sell, victim, buy back ("reverse") comes out as profit 0."""
    block = Block(1, [bot(POOL, TOKEN, 1000, 110), user(POOL, TOKEN, 400, 40), bot(POOL, WETH, 95, 1000)])
    (found,) = attacks_in([block])
    assert (found.kind, found.actor) == (Kind.SANDWICH, BOT)
    assert profit(found) == [(WETH, 15)]


def hop(transaction: Transaction, pool: Pool, token: str, amounts: tuple[int, int], receiver: str) -> None:
    """A swap of what lies in the pool already; what it pays goes straight to the receiver, who may be a pool."""
    paid, got = amounts
    ins, outs = ((paid, 0), (0, got)) if token == pool.token0 else ((0, paid), (got, 0))
    transaction.transfer(pool.other(token), pool.address, receiver, got)
    transaction.log(pool.address, [SWAP_V2, topic(BOT), topic(receiver)], "".join(map(word, (*ins, *outs))))


def test_an_attack_over_two_pools_is_one_and_its_actor_no_pool(attacks_in: Find) -> None:
    """Defect 4: one attack over two pools becomes two rows, one naming a pool as the attacker.

    Each pool pays straight into the next: the recipient of the first swap, and who pays for the second, is a pool.
    """
    front = Transaction(BOSS, BOT).transfer(WETH, BOT, POOL.address, 100)
    hop(front, POOL, WETH, (100, 1000), BEYOND.address)
    hop(front, BEYOND, TOKEN, (1000, 500), BOT)
    back = Transaction(HELPER, BOT).transfer(OTHER, BOT, BEYOND.address, 500)
    hop(back, BEYOND, OTHER, (500, 1000), POOL.address)
    hop(back, POOL, TOKEN, (1000, 112), BOT)
    victims = [user(POOL, WETH, 50, 400), user(BEYOND, TOKEN, 100, 40, BOB)]
    block = Block(1, [front, *victims, back])
    (found,) = attacks_in([block])
    names = block.names()
    assert (found.kind, found.actor) == (Kind.SANDWICH, BOT)
    assert set(found.pools) == {POOL.address, BEYOND.address}
    assert (found.transactions, set(found.victims)) == ((names[0], names[3]), {names[1], names[2]})
    assert profit(found) == [(WETH, 12)]


def test_a_transaction_belongs_to_one_attack(attacks_in: Find) -> None:
    """Defect 5: the same transaction counted as arbitrage and as sandwich.

    The bot sells what its front bought, and closes a circle over the other pool in the same transaction. That the
    circle alone would be an arbitrage is seen in the block beside it.
    """
    circle = bot(POOL, WETH, 100, 1000).swap(SECOND, TOKEN, 1000, 107, payer=BOT)
    back = bot(POOL, TOKEN, 1000, 110).swap(SECOND, WETH, 50, 600, payer=BOT).swap(POOL, TOKEN, 600, 60, payer=BOT)
    one = Block(1, [bot(POOL, WETH, 100, 1000), user(POOL, WETH, 50, 400), back])
    alone = Transaction(BOSS, BOT).swap(SECOND, WETH, 50, 600, payer=BOT).swap(POOL, TOKEN, 600, 60, payer=BOT)
    found = attacks_in([one, Block(2, [alone], parent=one.hash), Block(3, [circle])])
    assert [(attack.block, attack.kind) for attack in found] == [
        (1, Kind.SANDWICH),
        (2, Kind.ARBITRAGE),
        (3, Kind.ARBITRAGE),
    ]
    counted = Counter(name for attack in found for name in attack.transactions)
    assert set(counted.values()) == {1}
