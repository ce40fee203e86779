"""A live JSON-RPC endpoint: blocks with their receipts, in order, each the child of the one before.

Execution API specification (eth_getBlockByNumber, eth_getBlockReceipts, eth_getTransactionReceipt, trace_block).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Self

from scorpius_lab.core.runs import RunContext
from scorpius_lab.security.chain.record_fields import FieldMissing, number, octets
from scorpius_lab.security.chain.rpc import Again, EndpointError, MethodMissing, Patience, Rpc

_LOOK = 0.25  # seconds between two looks at whether to stop
Record = Mapping[str, Any]
Known = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class FetchedBlock:
    """A block, its receipts and, if asked for, its traces, as the node wrote them."""

    number: int
    hash: str
    block: Record
    receipts: Sequence[Record]
    traces: Sequence[Record] | None = None

    @property
    def parent(self) -> str:
        """The hash of the block before."""
        return str(self.block["parentHash"]).lower()


@dataclass(frozen=True, slots=True)
class Reorg:
    """Blocks that were given before and stand no longer: from height `first`, `dropped` are their hashes."""

    first: int
    dropped: tuple[str, ...]

    @property
    def depth(self) -> int:
        """How many blocks."""
        return len(self.dropped)


@dataclass
class Endpoint:
    """An endpoint. Close it, or use it in a `with`. Raises UsageError for an address it is not."""

    url: str = field(repr=False)
    patience: Patience = field(default_factory=Patience)
    context: RunContext = field(default_factory=RunContext, repr=False)
    sleep: Callable[[float], None] | None = field(default=None, repr=False)
    traces: bool = False

    def __post_init__(self) -> None:
        """Ask nothing yet."""
        self.rpc = Rpc(self.url, self.patience, self.context, self.sleep)
        self.pool = ThreadPoolExecutor(self.patience.concurrent, thread_name_prefix="endpoint")
        self._whole_receipts = True

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.rpc.close()
        self.pool.shutdown(wait=False, cancel_futures=True)

    @property
    def name(self) -> str:
        """Where it is, without what may be secret: scheme and host."""
        return self.rpc.name

    def height(self) -> int:
        """The height of the node's last block. Raises EndpointError."""
        return self._number("eth_blockNumber")

    def chain_id(self) -> int:
        """The number of the chain. Raises EndpointError."""
        return self._number("eth_chainId")

    def hash_at(self, height: int) -> str:
        """The hash of the block at a height the node has had. Raises EndpointError."""
        return str(self.rpc.patiently(lambda: self._hash_at(height)))

    def blocks(self, first: int, last: int) -> list[FetchedBlock]:
        """The blocks of these heights up to the first the node has not, with what belongs to them.

        Raises EndpointError, as when the node keeps giving blocks and receipts that do not fit each other.
        """
        return list(self.rpc.patiently(lambda: self._blocks(first, last)))

    def _number(self, method: str) -> int:
        try:
            return number({"result": self.rpc.call(method)}, "result")
        except FieldMissing as error:
            raise EndpointError(f"{self.name} gives no number for {method}: {error}") from None

    def _hash_at(self, height: int) -> str:
        block = _fit(height, self.rpc.call("eth_getBlockByNumber", hex(height), False))
        if block is None:
            raise Again(f"no block {height} any more")
        return str(block["hash"]).lower()

    def _blocks(self, first: int, last: int) -> list[FetchedBlock]:
        """As `blocks`, once. Raises Again for parts that do not fit: the chain may have changed between two answers."""
        heights = range(first, last + 1)
        given = self.rpc.batch([("eth_getBlockByNumber", (hex(height), True)) for height in heights])
        blocks: list[Record] = []
        for height, answer in zip(heights, given, strict=True):
            block = _fit(height, answer)
            if block is None:
                break
            _require_transactions(height, block)
            blocks.append(block)
        receipts = [_of_block(block, own) for block, own in zip(blocks, self._receipts(blocks), strict=True)]
        traces = self._traces(blocks)
        return [
            FetchedBlock(number(block, "number"), str(block["hash"]).lower(), block, own, trace)
            for block, own, trace in zip(blocks, receipts, traces, strict=True)
        ]

    def _receipts(self, blocks: Sequence[Record]) -> list[Any]:
        if self._whole_receipts:
            try:
                return self.rpc.batch([("eth_getBlockReceipts", (block["number"],)) for block in blocks])
            except MethodMissing:
                self._whole_receipts = False
        names = [one["hash"] for block in blocks for one in block["transactions"]]
        single = iter(self.rpc.batch([("eth_getTransactionReceipt", (name,)) for name in names]))
        return [[next(single) for _ in block["transactions"]] for block in blocks]

    def _traces(self, blocks: Sequence[Record]) -> Sequence[Sequence[Record] | None]:
        if not self.traces:
            return [None] * len(blocks)
        given = self.rpc.batch([("trace_block", (block["number"],)) for block in blocks])
        for block, own in zip(blocks, given, strict=True):
            if not isinstance(own, list) or any(not _belongs(one, block) for one in own):
                raise Again(f"traces that are not those of block {number(block, 'number')}")
        return given


def _fit(height: int, block: Any) -> Record | None:
    """A header of this height, or None. Raises Again for anything else."""
    if block is None:
        return None
    try:
        found = number(block, "number")
        octets(block, "hash", 32)
        octets(block, "parentHash", 32)
    except FieldMissing as error:
        raise Again(f"block {height} as none can be: {error}") from None
    if found != height:
        raise Again(f"block {found} where {height} was asked for")
    return block  # type: ignore[no-any-return]


def _require_transactions(height: int, block: Record) -> None:
    transactions = block.get("transactions")
    if not isinstance(transactions, list) or not all(
        isinstance(one, dict) and isinstance(one.get("hash"), str) for one in transactions
    ):
        raise Again(f"block {height} without its transactions")


def _of_block(block: Record, receipts: Any) -> list[Record]:
    """The receipts, if they are those of this very block, one for each of its transactions. Raises Again."""
    height = number(block, "number")
    if not isinstance(receipts, list) or any(not _belongs(one, block) for one in receipts):
        raise Again(f"receipts that are not those of block {height}")
    there = {str(one.get("transactionHash")).lower() for one in receipts}
    if any(str(one["hash"]).lower() not in there and one.get("r") != "0x0" for one in block["transactions"]):
        # unsigned transactions are shown by some chains beside the block's own, and have no receipt on some nodes
        raise Again(f"fewer receipts than transactions of block {height}")
    return receipts


def _belongs(part: Any, block: Record) -> bool:
    return isinstance(part, dict) and str(part.get("blockHash")).lower() == str(block["hash"]).lower()


def fetch(endpoint: Endpoint, first: int, last: int, *, known: Known = ()) -> Iterator[FetchedBlock | Reorg]:
    """Blocks from `first` to `last`, in order, each the child of the one before.

    `known` are the last (height, hash) already at hand, oldest first, to go on from. Where a block's parent is another
    than the one given before, a `Reorg` says what stands no longer, and the blocks from there on are given anew. Ends
    early where the node has no further block. Raises EndpointError, and Cancelled or DeadlineExceeded by the context.
    """
    tail = [(height, name.lower()) for height, name in known]
    height = first
    for _ in range(endpoint.patience.deepest_reorg):
        strange = False
        with closing(_ahead(endpoint, height, last)) as blocks:
            for block in blocks:
                strange = bool(tail) and tail[-1][0] == block.number - 1 and tail[-1][1] != block.parent
                if strange:
                    break
                tail.append((block.number, block.hash))
                del tail[: -endpoint.patience.deepest_reorg]
                height = block.number + 1
                endpoint.context.progress(height - first, last - first + 1, f"block {block.number}")
                yield block
        if not strange:
            return
        reorg = _common(endpoint, tail)
        if reorg.dropped:
            height = reorg.first
            yield reorg
        else:  # two nodes behind one address that do not agree yet
            endpoint.rpc.pause(endpoint.patience.first_wait)
    raise EndpointError(f"{endpoint.name} changes its blocks faster than they can be read")


def _ahead(endpoint: Endpoint, first: int, last: int) -> Generator[FetchedBlock, None, None]:
    """Blocks in order up to the first that is not there, some requests for those to come being under way meanwhile."""
    size = endpoint.patience.batch
    starts = iter(range(first, last + 1, size))
    waiting: deque[Future[list[FetchedBlock]]] = deque()
    try:
        while True:
            while len(waiting) < endpoint.patience.concurrent and (start := next(starts, None)) is not None:
                waiting.append(endpoint.pool.submit(endpoint.blocks, start, min(last, start + size - 1)))
            if not waiting:
                return
            found = _done(waiting.popleft(), endpoint.context)
            yield from found
            if len(found) < size:
                return
    finally:
        for future in waiting:
            future.cancel()


def _done(future: Future[list[FetchedBlock]], context: RunContext) -> list[FetchedBlock]:
    """What a request brings; whoever cancels meanwhile need not wait for it."""
    while True:
        try:
            return future.result(timeout=_LOOK)
        except TimeoutError:
            if future.done():
                raise
            context.check("fetching blocks")


def _common(endpoint: Endpoint, tail: list[tuple[int, str]]) -> Reorg:
    """Walk back to the last block that still stands, and take the others off the tail."""
    dropped: list[str] = []
    first = tail[-1][0] + 1
    while tail and endpoint.hash_at(tail[-1][0]) != tail[-1][1]:
        first, name = tail.pop()
        dropped.append(name)
    if not tail and len(dropped) >= endpoint.patience.deepest_reorg:
        raise EndpointError(f"{endpoint.name} has replaced more than {len(dropped)} blocks: read them all again")
    return Reorg(first, tuple(reversed(dropped)))


def follow(
    endpoint: Endpoint, first: int, *, known: Known = (), confirmations: int = 0, every: float = 3.0
) -> Iterator[FetchedBlock | Reorg]:
    """As `fetch`, without an end: waits for new blocks, each given once it has so many after it."""
    tail = list(known)
    height = first
    while True:
        last = endpoint.height() - confirmations
        before = height
        for given in fetch(endpoint, height, last, known=tail):
            if isinstance(given, Reorg):
                tail = [pair for pair in tail if pair[0] < given.first]
                height = given.first
            else:
                tail.append((given.number, given.hash))
                del tail[: -endpoint.patience.deepest_reorg]
                height = given.number + 1
            yield given
        if height == before:
            endpoint.rpc.pause(every)
