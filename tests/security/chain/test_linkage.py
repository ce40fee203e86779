"""Blocks that hang together, and those that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scorpius_lab.security.chain.attacks import Attack
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.linkage import Gap
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN)
BOT, BOSS, ALICE = address("bot"), address("boss"), address("alice")

Make = Callable[[Iterable[Block]], Chain]


def attack() -> list[Transaction]:
    return [
        Transaction(BOSS, BOT).swap(POOL, WETH, 100, 1000, payer=BOT),
        Transaction(ALICE, address("router")).swap(POOL, WETH, 50, 400, payer=ALICE),
        Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110, payer=BOT),
    ]


def row(chain: Chain, **where: object) -> dict[str, object]:
    (found,) = [r for r in chain.blocks.iter_rows(named=True) if all(r[k] == v for k, v in where.items())]
    return found


def test_a_chain_without_a_gap(chain_of_blocks: Make) -> None:
    chain = chain_of_blocks([Block(number, []) for number in (5, 6, 7)])
    assert set(chain.blocks["state"]) == {"complete"}
    assert not chain.gaps


def test_gaps_are_reported(chain_of_blocks: Make) -> None:
    chain = chain_of_blocks([Block(number, []) for number in (5, 8, 9, 20)])
    assert chain.gaps == (Gap(6, 7), Gap(10, 19))


def test_the_block_that_the_next_one_names_stands(
    chain_of_blocks: Make, attacks_in: Callable[[Iterable[Block]], list[Attack]]
) -> None:
    kept, dropped = Block(5, attack()), Block(5, attack(), salt="fork")
    chain = chain_of_blocks([dropped, kept, Block(6, [], parent=kept.hash)])
    assert row(chain, block_hash=dropped.hash)["state"] == "orphaned"
    assert row(chain, block_hash=kept.hash)["state"] == "complete"
    (found,) = attacks_in([dropped, kept, Block(6, [], parent=kept.hash)])
    assert found.block_hash == kept.hash


def test_a_branch_of_several_blocks_is_orphaned_as_a_whole(chain_of_blocks: Make) -> None:
    common = Block(5, [])
    dropped, kept = [common], [common]
    for number in range(6, 10):
        kept.append(Block(number, [], parent=kept[-1].hash))
    for number in range(6, 9):
        dropped.append(Block(number, [], parent=dropped[-1].hash, salt="fork"))
    states = dict(chain_of_blocks([*dropped, *kept[1:]]).blocks.select("block_hash", "state").iter_rows())
    assert {states[block.hash] for block in kept} == {"complete"}
    assert {states[block.hash] for block in dropped[1:]} == {"orphaned"}


def test_two_blocks_at_the_tip_are_disputed_and_nothing_is_detected_in_them(
    chain_of_blocks: Make, attacks_in: Callable[[Iterable[Block]], list[Attack]]
) -> None:
    pair = [Block(5, attack()), Block(5, attack(), salt="fork")]
    assert set(chain_of_blocks(pair).blocks["state"]) == {"disputed"}
    assert not attacks_in(pair)


def test_a_parent_hash_that_does_not_fit(chain_of_blocks: Make) -> None:
    chain = chain_of_blocks([Block(5, []), Block(6, [], parent=Block(5, [], salt="other").hash)])
    assert row(chain, block_number=6)["state"] == "incomplete"
    assert "parent hash" in str(row(chain, block_number=6)["reason"])


def test_missing_receipts_make_a_block_incomplete_not_empty(
    tmp_path: object, read: Callable[..., list[Chain]], chain_of_blocks: Make
) -> None:
    import json
    from pathlib import Path

    folder = Path(str(tmp_path)) / "partly"
    folder.mkdir()
    block = Block(5, attack())
    (folder / "block.json").write_text(json.dumps(block.header()))
    (chain,) = read([folder])
    assert row(chain, block_number=5)["reason"] == "3 of 3 receipts are missing"
    (folder / "receipts.json").write_text(json.dumps(block.receipts()[:2]))
    (chain,) = read([folder])
    assert row(chain, block_number=5)["reason"] == "1 of 3 receipts are missing"
    (folder / "receipts.json").write_text(json.dumps([{**r, "logs": None} for r in block.receipts()]))
    (chain,) = read([folder])
    assert "without logs" in str(row(chain, block_number=5)["reason"])
    assert row(chain, block_number=5)["state"] == "incomplete"
