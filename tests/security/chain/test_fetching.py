"""Blocks of a chain that changes while it is read, from nodes that do not agree with themselves."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import Cancelled
from scorpius_lab.security.chain.endpoint import Endpoint, FetchedBlock, Reorg, fetch, follow
from scorpius_lab.security.chain.rpc import EndpointError, MethodMissing, Patience
from tests.security.chain.ledger import Block
from tests.security.chain.node import Node, chain, served

Given = FetchedBlock | Reorg


def read(node: Node, first: int, last: int, known: Any = (), traces: bool = False, **patience: Any) -> list[Given]:
    given = {"batch": 4, "concurrent": 1, "timeout": 2.0, "first_wait": 0.001, "attempts": 4, **patience}
    with served(node) as url, Endpoint(url, Patience(**given), sleep=lambda _: None, traces=traces) as endpoint:
        return list(fetch(endpoint, first, last, known=known))


def heights(found: list[Given]) -> list[object]:
    return [one.number if isinstance(one, FetchedBlock) else (one.first, one.depth) for one in found]


def hashes(found: list[Given]) -> list[str]:
    """The hashes that stand after all was read."""
    standing: dict[int, str] = {}
    for one in found:
        if isinstance(one, Reorg):
            gone = [standing.pop(height) for height in sorted(standing) if height >= one.first]
            assert list(one.dropped) == gone
        else:
            assert one.number not in standing
            assert one.block["hash"] == one.hash
            assert {receipt["blockHash"] for receipt in one.receipts} <= {one.hash}
            assert len(one.receipts) == len(one.block["transactions"])
            assert standing.get(one.number - 1, one.parent) == one.parent
            standing[one.number] = one.hash
    assert list(standing) == sorted(standing)
    return list(standing.values())


class Changing(Node):
    """A node whose results a test changes: `change` gets how often this was asked before, the call and the result."""

    def __init__(self, blocks: dict[int, Block], change: Callable[[int, str, Any, Any], Any], **more: Any) -> None:
        super().__init__(blocks, **more)
        self.change = change
        self.asked: dict[str, int] = {}
        self.lock = threading.Lock()

    def result(self, method: str, parameters: list[Any]) -> Any:
        key = json.dumps([method, parameters])
        with self.lock:
            before = self.asked.get(key, 0)
            self.asked[key] = before + 1
        found = super().result(method, parameters) if method != "trace_block" else None
        return self.change(before, method, parameters[0] if parameters else None, found)


@pytest.mark.parametrize(("batch", "concurrent"), [(1, 1), (1, 8), (3, 4), (20, 2)])
def test_blocks_come_in_order_however_many_requests_are_under_way(batch: int, concurrent: int) -> None:
    now, most = [0], [0]
    lock = threading.Lock()

    class Slow(Node):
        def result(self, method: str, parameters: list[Any]) -> Any:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.001 * (int(parameters[0], 16) * 7 % 10))
            with lock:
                now[0] -= 1
            return super().result(method, parameters)

    blocks = chain(24)
    found = read(Slow(blocks), 1, 24, batch=batch, concurrent=concurrent)
    assert hashes(found) == [block.hash for block in blocks.values()]
    assert most[0] <= concurrent
    assert concurrent == 1 or batch == 20 or most[0] > 1


@pytest.mark.parametrize("concurrent", [1, 4])
def test_a_block_that_is_missing_ends_it_and_leaves_no_gap(concurrent: int) -> None:
    blocks = {height: block for height, block in chain(12).items() if height != 6}
    assert heights(read(Node(blocks), 1, 12, concurrent=concurrent)) == [1, 2, 3, 4, 5]


NO_BLOCKS: list[Callable[[Any], Any]] = [
    lambda _: 5, lambda _: "x", lambda _: [], lambda _: {}, lambda _: {"number": "0x3"},
    *(
        lambda found, spoilt=spoilt: {**found, **spoilt}
        for spoilt in (
            {"number": None}, {"number": "0x4"}, {"hash": None}, {"hash": "0x12"}, {"parentHash": None},
            {"transactions": None}, {"transactions": ["0x12"]}, {"transactions": [None]}, {"transactions": [{}]},
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("spoil", NO_BLOCKS, ids=range(len(NO_BLOCKS)))
def test_blocks_that_are_none(spoil: Callable[[Any], Any]) -> None:
    def change(before: int, method: str, height: Any, found: Any) -> Any:
        return spoil(found) if method == "eth_getBlockByNumber" and height == "0x3" and before < limit else found

    limit = 2
    assert heights(read(Changing(chain(5), change), 1, 5)) == [1, 2, 3, 4, 5]
    limit = 10**6
    with pytest.raises(EndpointError, match=r"block (3|4)"):
        read(Changing(chain(5), change), 1, 5)


NO_RECEIPTS: list[Callable[[Any], Any]] = [
    lambda _: None, lambda _: 5, lambda _: {}, lambda _: [None], lambda found: found[:-1], lambda _: [],
    lambda found: [{**one, "blockHash": "0x" + "1" * 64} for one in found],
    lambda found: [{**one, "transactionHash": None} for one in found],
    lambda found: [{key: value for key, value in one.items() if key != "blockHash"} for one in found],
]  # fmt: skip


@pytest.mark.parametrize("spoil", NO_RECEIPTS, ids=range(len(NO_RECEIPTS)))
def test_receipts_that_do_not_belong_to_the_block(spoil: Callable[[Any], Any]) -> None:
    def change(before: int, method: str, height: Any, found: Any) -> Any:
        return spoil(found) if method == "eth_getBlockReceipts" and height == "0x3" and before < limit else found

    limit = 2
    assert heights(read(Changing(chain(5), change), 1, 5)) == [1, 2, 3, 4, 5]
    limit = 10**6
    with pytest.raises(EndpointError, match=r"receipts.* of block 3"):
        read(Changing(chain(5), change), 1, 5)


def test_single_receipts_that_are_not_there_yet() -> None:
    def change(before: int, method: str, _: Any, found: Any) -> Any:
        return None if method == "eth_getTransactionReceipt" and before == 0 else found

    node = Changing(chain(5), change, without=frozenset({"eth_getBlockReceipts"}))
    assert heights(read(node, 1, 5)) == [1, 2, 3, 4, 5]


def test_a_block_replaced_between_its_header_and_its_receipts() -> None:
    old, new = chain(8), chain(8, {3: "fork"})

    def trouble(node: Node, asked: Any, _: Any) -> bool:
        if "eth_getBlockReceipts" in json.dumps(asked):
            node.blocks = new
        return False

    assert hashes(read(Node(old, trouble=trouble), 1, 8)) == [block.hash for block in new.values()]


def test_hashes_in_capitals_are_the_same_hashes() -> None:
    blocks = chain(9)

    def change(_: int, method: str, height: Any, found: Any) -> Any:
        if method != "eth_getBlockByNumber" or int(height, 16) % 2:
            return found
        return {**found, "hash": found["hash"].upper().replace("0X", "0x")}

    found = read(
        Changing(blocks, change), 1, 9, known=[(0, blocks[1].header()["parentHash"].upper().replace("0X", "0x"))]
    )
    assert heights(found) == list(range(1, 10))


def test_nodes_behind_one_address_that_do_not_agree_yet() -> None:
    """Block 5 is shown once with a parent that block 4 never was: nothing was replaced, so nothing is said to be."""

    def change(before: int, method: str, height: Any, found: Any) -> Any:
        if method == "eth_getBlockByNumber" and height == "0x5" and before < 2:
            return {**found, "parentHash": "0x" + "1" * 64}
        return found

    assert heights(read(Changing(chain(8), change), 1, 8)) == list(range(1, 9))


def test_a_node_that_lags_while_the_common_block_is_looked_for() -> None:
    old, new = chain(6), chain(8, {5: "fork"})

    def change(before: int, method: str, height: Any, found: Any) -> Any:
        return None if method == "eth_getBlockByNumber" and height == "0x4" and before < 2 else found

    found = read(Changing(new, change), 7, 8, known=[(height, old[height].hash) for height in (3, 4, 5, 6)])
    assert heights(found) == [(5, 2), 5, 6, 7, 8]


def test_a_reorg_deeper_than_is_known() -> None:
    old, new = chain(6), chain(9, {1: "fork"})
    known = [(height, old[height].hash) for height in (5, 6)]
    assert heights(read(Node(new), 7, 9, known=known)) == [(5, 2), 5, 6, 7, 8, 9]
    with pytest.raises(EndpointError, match="has replaced more than 2 blocks"):
        read(Node(new), 7, 9, known=known, deepest_reorg=2)


def test_a_chain_that_never_comes_to_rest() -> None:
    def change(before: int, method: str, height: Any, found: Any) -> Any:
        if method == "eth_getBlockByNumber" and height == "0x5":
            return {**found, "parentHash": "0x" + "1" * 64}
        return found

    with pytest.raises(EndpointError, match="faster than they can be read"):
        read(Changing(chain(8), change), 1, 8)


def test_traces_if_asked_for() -> None:
    def change(_: int, method: str, height: Any, found: Any) -> Any:
        return [{"blockHash": blocks[int(height, 16)].hash, "type": "call"}] if method == "trace_block" else found

    blocks = chain(3)
    found = read(Changing(blocks, change), 1, 3, traces=True)
    assert [one.traces for one in found if isinstance(one, FetchedBlock)] == [
        [{"blockHash": block.hash, "type": "call"}] for block in blocks.values()
    ]
    assert [one.traces for one in read(Node(blocks), 1, 3) if isinstance(one, FetchedBlock)] == [None] * 3
    with pytest.raises(MethodMissing, match="trace_block"):
        read(Node(blocks, without=frozenset({"trace_block"})), 1, 3, traces=True)
    with pytest.raises(EndpointError, match="traces that are not those of block 1"):
        read(
            Changing(blocks, lambda _, method, __, found: [{}] if method == "trace_block" else found), 1, 3, traces=True
        )


@pytest.mark.parametrize("value", [None, "x", -1, "-0x1", [], {}, 1.5, True])
def test_heights_that_are_none(value: Any) -> None:
    with served(Changing(chain(1), lambda *_: value)) as url, Endpoint(url) as endpoint:
        with pytest.raises(EndpointError, match="gives no number for eth_blockNumber"):
            endpoint.height()
        with pytest.raises(EndpointError, match="gives no number for eth_chainId"):
            endpoint.chain_id()


def followed(node: Node, grow: Callable[[int], dict[int, Block] | None], **more: Any) -> list[Given]:
    """What comes of following a node that becomes another whenever its end was reached, until it stays as it is."""
    waits = 0
    stop = False

    def wait(_: float) -> None:
        nonlocal waits, stop
        after = grow(waits)
        waits += 1
        if after is None:
            stop = True
        else:
            node.blocks = after

    found: list[Given] = []
    context = RunContext(cancelled=lambda: stop)
    with (
        served(node) as url,
        Endpoint(url, Patience(batch=3, concurrent=2), context, wait) as endpoint,
        pytest.raises(Cancelled),
    ):
        found.extend(follow(endpoint, **more))
    return found


def test_following_the_end_of_a_chain() -> None:
    steps = [chain(4), chain(6), chain(6), chain(7, {5: "fork"}), chain(9, {5: "fork"})]
    got = followed(Node(steps[0]), lambda n: steps[n + 1] if n + 1 < len(steps) else None, first=2)
    assert heights(got) == [2, 3, 4, 5, 6, (5, 2), 5, 6, 7, 8, 9]
    assert hashes(got) == [block.hash for block in chain(9, {5: "fork"}).values()][1:]


def test_blocks_that_wait_to_be_confirmed_are_not_replaced() -> None:
    steps = [chain(4), chain(6), chain(7, {6: "fork"}), chain(9, {6: "fork"})]
    got = followed(Node(steps[0]), lambda n: steps[n + 1] if n + 1 < len(steps) else None, first=1, confirmations=2)
    assert heights(got) == [1, 2, 3, 4, 5, 6, 7]


def test_a_node_that_promises_more_than_it_has_is_not_hurried() -> None:
    def change(_: int, method: str, __: Any, found: Any) -> Any:
        return "0x9" if method == "eth_blockNumber" else found

    node = Changing(chain(4), change)
    assert heights(followed(node, lambda n: node.blocks if n < 3 else None, first=1)) == [1, 2, 3, 4]
    assert node.asked['["eth_blockNumber", []]'] == 5


def test_whoever_stops_reading_leaves_nothing_under_way() -> None:
    with served(Node(chain(30))) as url, Endpoint(url, Patience(batch=2, concurrent=3)) as endpoint:
        for one in fetch(endpoint, 1, 30):
            if isinstance(one, FetchedBlock) and one.number == 3:
                break
    time.sleep(0.3)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("endpoint")]


def test_stopping_does_not_wait_for_a_node_that_hangs() -> None:
    begun = time.monotonic()
    free = threading.Event()

    def hang(*_: Any) -> bool:
        free.wait(10)
        return True

    context = RunContext(cancelled=lambda: time.monotonic() > begun + 0.4)
    with served(Node(chain(3), trouble=hang)) as url:
        try:
            with pytest.raises(Cancelled), Endpoint(url, context=context) as endpoint:
                list(fetch(endpoint, 1, 3))
            assert time.monotonic() - begun < 4
        finally:
            free.set()


def mischief(handler: Any, chance: random.Random) -> None:
    """Any of what nodes do."""
    chance.choice([
        lambda: handler.reply(b"", chance.choice([408, 429, 500, 502, 503, 504])),
        lambda: handler.reply(b'[{"id":0,"result":{"num'),
        lambda: handler.reply(b"[]"),
        lambda: handler.reply(b'{"id":null,"error":{"code":-32005,"message":"limit exceeded"}}'),
        lambda: handler.reply(b'[{"id":1,"result":null},{"id":99,"result":7}]'),
        handler.connection.close,
    ])()  # fmt: skip


@pytest.mark.parametrize("seed", range(25))
def test_everything_at_once_gives_the_chain(seed: int) -> None:
    """Trouble with a third of the requests, and reorgs in between, while several requests are under way."""
    chance = random.Random(seed)  # noqa: S311 - trouble, not keys
    forks: dict[int, str] = {}
    lock = threading.Lock()

    def trouble(node: Node, _: Any, handler: Any) -> bool:
        with lock:
            if chance.random() < 0.05 and len(forks) < 3:
                forks[chance.randint(8, 20)] = f"fork {len(forks)}"
                node.blocks = chain(20, forks)
            bad = chance.random() < 0.33
        if bad:
            mischief(handler, chance)
        return bad

    node = Node(chain(20), trouble=trouble)
    found = read(node, 1, 20, attempts=14, batch=chance.randint(1, 7), concurrent=chance.randint(1, 4))
    stands = hashes(found)
    assert len(stands) == 20
