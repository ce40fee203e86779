"""A node that misbehaves: a real server on this machine plays a small chain and everything that goes wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scorpius_lab.errors import UsageError
from scorpius_lab.lab import init_lab
from scorpius_lab.security.chain.endpoint import Endpoint, FetchedBlock, Reorg, fetch
from scorpius_lab.security.chain.errors import WrongChain
from scorpius_lab.security.chain.rpc import EndpointError, Patience
from tests.security.chain.node import Node, chain, served


def read(node: Node, first: int, last: int, known: list[tuple[int, str]] | None = None, **patience: Any) -> list[Any]:
    waits: list[float] = []
    given = {"batch": 4, "concurrent": 1, "timeout": 2.0, "first_wait": 0.01, **patience}
    with served(node) as url, Endpoint(url, Patience(**given), sleep=waits.append) as endpoint:
        found = list(fetch(endpoint, first, last, known=known or []))
    node.requests.append({"waits": waits})
    return found


def numbers(found: list[Any]) -> list[object]:
    return [one.number if isinstance(one, FetchedBlock) else ("reorg", one.first, len(one.dropped)) for one in found]


def test_blocks_in_order_with_receipts_whatever_the_order_of_answers() -> None:
    found = read(Node(chain(10)), 1, 10)
    assert numbers(found) == list(range(1, 11))
    assert [len(one.receipts) for one in found] == [3 if n % 3 == 0 else 0 for n in range(1, 11)]


def test_blocks_beyond_the_tip_are_no_blocks() -> None:
    assert numbers(read(Node(chain(5)), 3, 20)) == [3, 4, 5]


def once(deed: Callable[[Any], None]) -> Callable[[Node, Any, Any], bool]:
    """Trouble with every other request."""
    turns = iter(range(10**6))

    def trouble(_: Node, __: Any, handler: Any) -> bool:
        if next(turns) % 2:
            return False
        deed(handler)
        return True

    return trouble


TROUBLES: dict[str, Callable[[Any], None]] = {
    "too many requests": lambda handler: handler.reply(b"", 429, {"retry-after": "7"}),
    "bad gateway": lambda handler: handler.reply(b"<html>", 502),
    "cut off": lambda handler: handler.reply(b'[{"id": 0, "resu'),
    "dropped": lambda handler: handler.connection.close(),
    "other ids": lambda handler: handler.reply(b'[{"id": 77, "result": null}]'),
    "limit": lambda handler: handler.reply(b'{"id": 0, "error": {"code": -32005, "message": "rate limit"}}'),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_lived_through(name: str) -> None:
    node = Node(chain(6), trouble=once(TROUBLES[name]))
    assert numbers(read(node, 1, 6)) == [1, 2, 3, 4, 5, 6]
    waits = node.requests[-1]["waits"]
    assert waits
    if name == "too many requests":
        assert min(waits) >= 7  # as asked


def test_giving_up_names_the_endpoint_and_no_key() -> None:
    def always(*_: Any) -> bool:
        _[2].reply(b"", 503)
        return True

    with pytest.raises(EndpointError) as caught:
        read(Node(chain(3), trouble=always), 1, 3, attempts=3)
    assert "127.0.0.1" in str(caught.value)
    assert "SECRETKEY" not in str(caught.value)
    assert "SECRETKEY" not in repr(Endpoint("http://127.0.0.1/SECRETKEY"))


def test_batches_that_are_too_large_are_cut() -> None:
    def trouble(_: Node, asked: Any, handler: Any) -> bool:
        if isinstance(asked, list) and len(asked) > 2:
            handler.reply(b"", 413)
            return True
        return False

    node = Node(chain(8), trouble=trouble)
    assert numbers(read(node, 1, 8, batch=8)) == list(range(1, 9))


def test_a_node_without_block_receipts_is_asked_for_each() -> None:
    found = read(Node(chain(6), without=frozenset({"eth_getBlockReceipts"})), 1, 6)
    assert [len(one.receipts) for one in found] == [0, 0, 3, 0, 0, 3]


def test_a_reorg_of_three_blocks_in_the_middle() -> None:
    """After block 8 was given, blocks 6 to 8 become others."""
    old, new = chain(12), chain(12, {6: "fork"})

    def trouble(node: Node, asked: Any, _: Any) -> bool:
        if any(one["params"][:1] == ["0x9"] for one in (asked if isinstance(asked, list) else [asked])):
            node.blocks = new
        return False

    found = read(Node(old, trouble=trouble), 1, 12)
    assert numbers(found) == [*range(1, 9), ("reorg", 6, 3), *range(6, 13)]
    (reorg,) = [one for one in found if isinstance(one, Reorg)]
    assert reorg.dropped == tuple(old[n].hash for n in (6, 7, 8))
    assert [one.hash for one in found[-7:]] == [new[n].hash for n in range(6, 13)]


def test_going_on_from_what_is_known() -> None:
    old, new = chain(5), chain(9, {4: "fork"})
    found = read(Node(new), 6, 9, known=[(n, old[n].hash) for n in (2, 3, 4, 5)])
    assert numbers(found) == [("reorg", 4, 2), 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("url", ["", "ftp://host/", "file:///etc/passwd", "http://"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError, match="http"):
        Endpoint(url)


def test_from_a_node_into_the_lab_and_on_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = init_lab(tmp_path / "lab")
    node = Node({n: b for n, b in chain(9).items() if n <= 4})
    with served(node) as url:
        monkeypatch.setenv("NODE_ADDRESS", url)
        first = lab.call("chain.ingest", {"endpoint": "NODE_ADDRESS", "first": 1}).summary
        assert (first["new"], first["states"]) == (4, {"complete": 4})
        node.blocks = chain(9)
        assert lab.call("chain.ingest", {"endpoint": "NODE_ADDRESS"}).summary["new"] == 5
        assert lab.call("chain.detect", {}).summary["attacks"] == {"sandwich": 3}
        node.blocks = chain(11, {8: "fork"})
        after = lab.call("chain.ingest", {"endpoint": "NODE_ADDRESS"}).summary
        assert after["new"] == 4
        found = lab.call("chain.detect", {}).summary
    assert found["states"]["orphaned"] == 2
    assert found["attacks"] == {"sandwich": 3}
    runs = lab.sql("SELECT parameters::VARCHAR AS p FROM runs").to_dicts()
    assert all("SECRETKEY" not in str(run) for run in runs)


def test_a_node_of_another_chain_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = init_lab(tmp_path / "lab")
    with served(Node(chain(3), chain_id=137)) as url:
        monkeypatch.setenv("NODE_ADDRESS", url)
        with pytest.raises(WrongChain, match="137"):
            lab.call("chain.ingest", {"endpoint": "NODE_ADDRESS", "first": 1})
