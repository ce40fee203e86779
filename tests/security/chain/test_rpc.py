"""Calls of a node that misbehaves: never a crash, never a key in what is said, never longer than allowed."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import Cancelled, DeadlineExceeded, UsageError
from scorpius_lab.security.chain import rpc as rpc_module
from scorpius_lab.security.chain.rpc import EndpointError, MethodMissing, Patience, Rpc
from tests.security.chain.node import Node, chain, served

Trouble = Callable[[Node, Any, Any], bool]
CALLS = [("eth_getBlockByNumber", (hex(height), True)) for height in range(1, 9)]
HEIGHTS = [hex(height) for height in range(1, 9)]


def ask(trouble: Trouble, **patience: Any) -> tuple[list[str], list[float], Node]:
    """The heights of the blocks that came of asking for eight, the waits in between, and the node."""
    waits: list[float] = []
    node = Node(chain(8), trouble=trouble)
    given = {"batch": 8, "timeout": 2.0, "first_wait": 0.01, "attempts": 3, **patience}
    with served(node) as url, Rpc(url, Patience(**given), sleep=waits.append) as rpc:
        found = [block["number"] for block in rpc.batch(CALLS)]
    return found, waits, node


def first_times(count: int, answer: Callable[[Any], None]) -> Trouble:
    """The trouble with the first requests."""
    turns = iter(range(10**6))

    def trouble(_: Node, __: Any, handler: Any) -> bool:
        if next(turns) >= count:
            return False
        answer(handler)
        return True

    return trouble


def larger_than(size: int, answer: Callable[[Any], None]) -> Trouble:
    """The trouble with batches that are larger."""

    def trouble(_: Node, asked: Any, handler: Any) -> bool:
        if not isinstance(asked, list) or len(asked) <= size:
            return False
        answer(handler)
        return True

    return trouble


def saying(value: Any) -> Callable[[Any], None]:
    return lambda handler: handler.reply(value if isinstance(value, bytes) else json.dumps(value).encode())


def refusing(code: int, message: str) -> Callable[[Any], None]:
    return saying({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}})


NO_ANSWERS: list[Any] = [
    None, 5, "x", [], {}, [[]], [None], [{"id": []}], [{"id": {}}], [{"id": None, "result": 1}], {"id": 0, "result": 1},
    [{"id": 0}], [{"id": "0", "result": None}], {"error": None}, {"error": {}}, b"", b"[" * 100_000, b"{", b"\xff\xfe",
    b"NaN", b'{"id":' + b"9" * 10_000 + b"}", [{"id": 0, "error": []}], {"error": 7}, {"error": {"code": {}}},
]  # fmt: skip


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
def test_answers_that_are_none(answer: Any) -> None:
    with pytest.raises(EndpointError):
        ask(first_times(10**6, saying(answer)))
    assert ask(first_times(2, saying(answer)))[0] == HEIGHTS


@pytest.mark.parametrize(
    "answer",
    [
        lambda handler: handler.reply(b"", 413),
        refusing(-32600, "invalid request"),
        refusing(-32000, "batch limit 3 exceeded"),
        refusing(-32005, "batch too large"),
        saying([{"id": 0, "error": {"code": -32000, "message": "response size exceeded"}}]),
        lambda _: time.sleep(0.6),
        lambda handler: handler.reply(b"", 504),
    ],
    ids=range(7),
)
def test_a_node_that_takes_no_large_batch(answer: Callable[[Any], None]) -> None:
    found, _, node = ask(larger_than(3, answer), timeout=0.3)
    assert found == HEIGHTS
    assert max(len(asked) for asked in node.requests[-3:]) <= 3


def test_a_node_that_takes_no_batch_at_all() -> None:
    found, _, node = ask(larger_than(0, refusing(-32600, "invalid request")))
    assert found == HEIGHTS
    assert sum(isinstance(asked, dict) for asked in node.requests) == 8


def test_after_a_slow_time_more_is_asked_for_again() -> None:
    node = Node(chain(8), trouble=first_times(2, lambda handler: handler.reply(b"", 504)))
    with served(node) as url, Rpc(url, Patience(batch=8, first_wait=0.01)) as rpc:
        for _ in range(40):
            rpc.batch(CALLS)
    sizes = [len(asked) for asked in node.requests]
    assert sizes[:3] == [8, 4, 2]
    assert sizes[-1] == 8


@pytest.mark.parametrize("moment", [False, True])
def test_a_node_is_left_alone_as_long_as_it_asks(moment: bool) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True) if moment else "118"
    _, waits, _ = ask(first_times(1, lambda handler: handler.reply(b"", 429, {"retry-after": when})))
    assert 117 <= waits[0] <= 120


@pytest.mark.parametrize("asked", ["soon", "-5", "nan", "inf", "1e9", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 400])
def test_waits_that_make_no_sense(asked: str) -> None:
    _, waits, _ = ask(first_times(1, lambda handler: handler.reply(b"", 503, {"retry-after": asked})))
    assert waits[0] < 1


def test_a_wait_that_is_too_long_is_said() -> None:
    with pytest.raises(EndpointError, match="asks to wait 86400 s"):
        ask(first_times(1, lambda handler: handler.reply(b"", 429, {"retry-after": "86400"})))


def test_waits_grow_and_end_and_are_the_same_for_a_seed() -> None:
    def waits(seed: int) -> list[float]:
        found: list[float] = []
        node = Node({}, trouble=first_times(99, lambda handler: handler.reply(b"", 503)))
        patience = Patience(attempts=8, first_wait=1, longest_wait=10)
        with (
            served(node) as url,
            Rpc(url, patience, RunContext(seed=seed), sleep=found.append) as rpc,
            pytest.raises(EndpointError, match="after 8 attempts: status 503"),
        ):
            rpc.call("eth_blockNumber")
        return found

    once = waits(1)
    assert once == waits(1) != waits(2)
    assert len(once) == 7
    assert all(0.5 * ideal <= wait <= 1.5 * ideal for wait, ideal in zip(once, [1, 2, 4, 8, 10, 10, 10], strict=True))


def test_an_answer_that_trickles_ends() -> None:
    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            return

    begun = time.monotonic()
    with pytest.raises(EndpointError, match="does not end"):
        ask(first_times(99, trickle), timeout=0.1, batch=1, attempts=1)
    assert time.monotonic() - begun < 8


def test_an_answer_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc_module, "MOST_BYTES", 2000)
    found, _, node = ask(lambda *_: False)
    assert found == HEIGHTS
    assert min(len(asked) if isinstance(asked, list) else 1 for asked in node.requests) < 8
    monkeypatch.setattr(rpc_module, "MOST_BYTES", 100)
    with pytest.raises(EndpointError, match="as too large"):
        ask(lambda *_: False)


def test_a_method_that_is_missing() -> None:
    for answer in (refusing(-32601, "nope"), refusing(-32600, "Unsupported method: eth_getBlockByNumber on this plan")):
        with pytest.raises(MethodMissing, match="eth_getBlockByNumber"):
            ask(first_times(1, answer), batch=1)
    with pytest.raises(EndpointError, match="answers with status 401"):
        ask(first_times(1, lambda handler: handler.reply(b"", 401)))


def test_nobody_is_sent_elsewhere() -> None:
    with pytest.raises(EndpointError, match="status 307"):
        ask(first_times(1, lambda handler: handler.reply(b"", 307, {"location": "http://127.0.0.1:1/"})))


def test_no_key_is_in_errors_logs_or_representations(caplog: pytest.LogCaptureFixture) -> None:
    keys = ["PATHKEY12", "QUERYKEY", "USERNAME", "PASS WORD", "PASS%20WORD"]
    echo = refusing(-32000, f"no credit for {' '.join(keys)} at https://elsewhere/PATHKEY12\nsee there")
    said: list[str] = []
    with served(Node({}, trouble=first_times(1, echo))) as url, caplog.at_level(logging.DEBUG):
        host = url.split("/")[2]
        address = f"http://USERNAME:PASS%20WORD@{host}/v3/PATHKEY12?key=QUERYKEY#frag"
        with Rpc(address, Patience(first_wait=0.01, attempts=2)) as rpc:
            for _ in range(2):
                try:
                    rpc.call("eth_blockNumber")
                except EndpointError as error:
                    said += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
            said += [repr(rpc), rpc.name]
    said += [record.getMessage() for record in caplog.records]
    assert any("no credit for" in one for one in said)
    assert not [one for one in said if any(key in one for key in keys)]
    assert not logging.getLogger("httpx").filters


def test_a_name_and_a_word_in_the_address_are_sent_as_such() -> None:
    seen: list[str] = []

    def look(_: Node, __: Any, handler: Any) -> bool:
        seen.append(handler.headers["authorization"])
        return False

    with served(Node(chain(1), trouble=look)) as url, Rpc(url.replace("http://", "http://me:word@")) as rpc:
        assert rpc.call("eth_blockNumber") == "0x1"
    assert seen == ["Basic bWU6d29yZA=="]


@pytest.mark.parametrize("url", ["http://[::1", "http://host:99999/", "http://host:x/", "http://\x00/SECRETKEY", "https://:80/SECRETKEY", "ws://host/SECRETKEY"])  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError, match="http") as caught:
        Rpc(url)
    assert "SECRETKEY" not in str(caught.value)


@pytest.mark.parametrize("field", ["batch", "concurrent", "attempts", "deepest_reorg", "timeout"])
def test_no_patience_at_all(field: str) -> None:
    with pytest.raises(UsageError):
        Patience(**{field: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("deadline", [False, True])
def test_stopping_while_it_waits(deadline: bool) -> None:
    begun = time.monotonic()
    node = Node({}, trouble=first_times(99, lambda handler: handler.reply(b"", 503)))
    context = (
        RunContext(deadline=begun + 0.5) if deadline else RunContext(cancelled=lambda: time.monotonic() > begun + 0.5)
    )
    with (
        served(node) as url,
        Rpc(url, Patience(first_wait=30), context) as rpc,
        pytest.raises(DeadlineExceeded if deadline else Cancelled),
    ):
        rpc.call("eth_blockNumber")
    assert time.monotonic() - begun < 5
