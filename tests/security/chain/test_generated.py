"""Generated blocks: the engine and an independent, slow implementation see the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from scorpius_lab.security.chain.attacks import Attack
from tests.security.chain import generated, oracle
from tests.security.chain.ledger import Block

Find = Callable[[Iterable[Block]], list[Attack]]
BLOCKS = 150
MANY = 2000


def _seen(attack: Attack) -> tuple[object, ...]:
    return (
        str(attack.kind),
        attack.transactions,
        attack.victims,
        frozenset(attack.pools),
        frozenset((holding.token, holding.amount) for holding in attack.profit),
    )


def _compare(attacks_in: Find, count: int) -> Counter[str]:
    blocks = [generated.block(seed) for seed in range(count)]
    found: dict[int, set[tuple[object, ...]]] = {block.number: set() for block, _ in blocks}
    for attack in attacks_in(block for block, _ in blocks):
        found[attack.block].add(_seen(attack))
    kinds: Counter[str] = Counter()
    for block, made in blocks:
        assert found[block.number] == oracle.attacks(block.receipts()), block.number
        assert set(made) <= {(str(seen[0]), seen[1]) for seen in found[block.number]}, block.number
        kinds.update(str(attack[0]) for attack in found[block.number])
    return kinds


def test_engine_and_oracle_agree(attacks_in: Find) -> None:
    kinds = _compare(attacks_in, BLOCKS)
    assert kinds["sandwich"] > BLOCKS // 2
    assert kinds["arbitrage"] > BLOCKS // 10


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_engine_and_oracle_agree_on_many(attacks_in: Find) -> None:
    _compare(attacks_in, MANY)
