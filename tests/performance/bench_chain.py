"""Blocks: from receipts to attacks, CPU per block; ten million swaps through the detection; a gigabyte into the store.

Two real blocks of the shared data are repeated under other numbers, as there are no more with logs. The figure of
mev-inspect-py (0.161 s of CPU per block, 31 swaps a block) was measured on another machine; a calibration loop of plain
Python stands beside ours, so that machines can be compared.
"""

from __future__ import annotations

import gzip
import json
import resource
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.performance.bars import Bar, finish, timed

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "chain" / "blocks"
BLOCKS = ("11930296", "11931272")
REPEATS = 200
PEER_SECONDS = 0.161
SWAPS = 10_000_000
SWAP_BLOCKS = 10_000
INJECTED = 20_000
GIGABYTE = 10**9
SEED = 20_261_127


def measure() -> Iterable[Bar]:
    """Needs the development data for all but the ten million swaps, some 6 GB of disk and 6 GB of memory."""
    if SHARED.is_dir():
        with tempfile.TemporaryDirectory() as name:
            yield from per_block(Path(name))
        with tempfile.TemporaryDirectory() as name:
            yield from into_the_store(Path(name))
    yield detection()


def calibration() -> float:
    """CPU seconds of a million steps of plain Python."""
    start = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number * number % 7
    return time.process_time() - start


def repeated(folder: Path, repeats: int) -> Path:
    """The blocks' receipts as JSON lines, a block a line, each under a height and hash of its own."""
    out = folder / "receipts.ndjson"
    with out.open("wb") as file:
        number = 20_000_000
        for block in BLOCKS:
            receipts = json.loads(gzip.decompress((SHARED / block / "receipts.json.gz").read_bytes()))
            height, name = receipts[0]["blockNumber"], receipts[0]["blockHash"]
            line = json.dumps(receipts, separators=(",", ":")).encode()
            for _ in range(repeats):
                other = line.replace(f'"{height}"'.encode(), f'"{hex(number)}"'.encode())
                file.write(other.replace(name.encode(), b"0x" + format(number, "064x").encode()) + b"\n")
                number += 1
    return out


def per_block(folder: Path) -> Iterable[Bar]:
    from scorpius_lab.core.runs import RunContext
    from scorpius_lab.security.chain.chains import parameters_of
    from scorpius_lab.security.chain.detection import detect
    from scorpius_lab.security.chain.ingest import Intake, chains

    path = repeated(folder, REPEATS)
    count = REPEATS * len(BLOCKS)
    best, found, swaps = float("inf"), 0, 0
    for _ in range(3):
        start = time.process_time()
        found = swaps = 0
        for chain in chains([path], parameters_of(1), folder, Intake(), RunContext()):
            found += len(detect(chain))
            swaps += chain.events["swaps"].height
        best = min(best, time.process_time() - start)
    loop = calibration()
    yield Bar(
        "CPU per block, receipts to attacks",
        best / count * 1000,
        "ms",
        PEER_SECONDS / 100 * 1000,
        "lower",
        PEER_SECONDS * 1000,
        f"{count} blocks, {swaps / count:.0f} swaps a block, {found} attacks; {PEER_SECONDS / (best / count):.0f} times "
        f"faster than the peer's figure from another machine; a million steps of plain Python take {loop * 1000:.0f} ms here",
    )


def into_the_store(folder: Path) -> Iterable[Bar]:
    from scorpius_lab.lab import init_lab

    one = repeated(folder, 1).stat().st_size / len(BLOCKS)
    path = repeated(folder, int(GIGABYTE / one / len(BLOCKS)))
    lab = init_lab(folder / "lab")
    size = path.stat().st_size
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = timed(lambda: lab.call("chain.ingest", {"paths": [str(path)]}))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    note = f"{size / 1e9:.2f} GB of receipts in {seconds:.1f} s; {grown:,.0f} MB more memory than before"
    yield Bar("receipts into the store", size / 1e9 / seconds * 60, "GB/min", 1.5, "higher", note=note)
    seconds = timed(lambda: lab.call("chain.detect", {}))
    yield Bar("attacks in the stored blocks", seconds, "s", note=f"{size / one:,.0f} blocks out of the store")


def detection() -> Bar:
    """Swaps of many pools by many accounts with sandwiches put in; the query that finds where one is possible."""
    from scorpius_lab.security.chain.detectors import sandwich

    trades, injected = generated()
    seen: list[int] = []

    def search() -> None:
        found = sandwich.candidates(trades)
        seen.append(found.select("block", "pool").unique().height)

    seconds = min(timed(search) for _ in range(3))
    note = (
        f"{SWAPS:,} swaps in {SWAP_BLOCKS:,} blocks, {injected:,} sandwiches put in, {seen[-1]:,} pools of a block kept"
    )
    return Bar("detection query", SWAPS / seconds, "swaps/s", 2_000_000, "higher", note=note)


def generated() -> tuple[object, int]:
    """Ten million swaps: a thousand a block over 400 pools (few of them busy), senders of their own, three routers."""
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(SEED)
    digits = chance.bytes(20 * 1_000_403).hex()
    names = pl.Series("n", ["0x" + digits[start : start + 40] for start in range(0, len(digits), 40)])
    pools = np.minimum(chance.pareto(0.9, SWAPS) * 3, 399).astype(np.int64)
    senders = chance.integers(403, 1_000_403, SWAPS)
    rises = chance.random(SWAPS) < 0.5
    blocks = np.repeat(np.arange(SWAP_BLOCKS), SWAPS // SWAP_BLOCKS)
    indexes = np.tile(np.arange(SWAPS // SWAP_BLOCKS), SWAP_BLOCKS)
    starts = chance.choice(SWAPS // 3 - 1, INJECTED, replace=False) * 3
    starts = starts[(starts % (SWAPS // SWAP_BLOCKS)) < SWAPS // SWAP_BLOCKS - 3]
    for step in range(3):  # front, victim, back
        pools[starts + step] = pools[starts]
        rises[starts + step] = step < 2
    senders[starts + 2] = senders[starts]
    routers = chance.integers(400, 403, SWAPS)
    low, high = pl.lit("0x" + "1" * 40), pl.lit("0x" + "2" * 40)
    frame = pl.DataFrame(
        {"block": blocks, "transaction_index": indexes, "rises": rises, "pool": names.gather(pl.Series(pools))}
    ).with_columns(
        token_in=pl.when("rises").then(low).otherwise(high),
        token_out=pl.when("rises").then(high).otherwise(low),
        origin=names.gather(pl.Series(senders)),
        target=names.gather(pl.Series(routers)),
        caller=names.gather(pl.Series(routers)),
        recipient=names.gather(pl.Series(senders)),
    )
    return frame.drop("rises"), len(starts)


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
