"""Files in, lots of whole blocks out, in order of height, whatever order the files were in and however large they are.

Headers, transactions, receipts, logs and traces of one block may lie in different files. Up to a limit all is kept in
memory; beyond it raw frames go to Parquet files in a scratch folder, and come back a range of heights at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from scorpius_lab.core.runs import Progress, silent
from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.frames import RAW, Raw, Rejected, joined
from scorpius_lab.security.chain.readers import READERS, files

LIMIT = 600_000
"""Rows of logs, calls and transactions that are looked at together; some hundreds of megabytes."""

_HEAD = 4096
_BUCKET = 100
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".parquet", ".json.gz", ".jsonl.gz", ".ndjson.gz", ".csv.gz")
_WEIGHED = ("logs", "calls", "transactions", "receipts")


def chain_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those of a known kind in the folders named, each once. Raises UsageError."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.name.lower().endswith(_SUFFIXES))
            found |= dict.fromkeys(item for item in inside if item.is_file())
        elif path.is_file():
            found[path] = None
        else:
            raise UsageError(f"there is nothing at {path}; give files or folders with blocks, receipts, logs or traces")
    if not found:
        raise UsageError("there are no files of blocks in what was given; JSON, JSON lines, CSV and Parquet are read")
    return list(found)


def read_file(path: Path) -> Iterator[Raw]:
    """What one file holds, piece by piece; what cannot be read is said in `rejected`."""
    try:
        with files.opened(path) as opened:
            head = opened.read(_HEAD)
            reader = next((reader for reader in READERS if reader.recognizes(path, head)), None)
            if reader is None:
                yield Raw(rejected=(Rejected(str(path), "the file", "is in no format that is known here"),))
                return
            opened.seek(0)
            yield from reader.read(path, opened)
    except (OSError, EOFError) as error:
        yield Raw(rejected=(Rejected(str(path), "the file", f"cannot be read: {error}"),))


def lots(
    paths: Sequence[Path],
    scratch: Path,
    *,
    limit: int = LIMIT,
    check: Callable[[], None] = lambda: None,
    progress: Progress = silent,
) -> Iterator[Raw]:
    """All that the files hold, in lots of whole blocks by ascending height. The first lot names all rejects.

    Raises what `check` raises, between pieces.
    """
    spool = _Spool(scratch, limit)
    for number, path in enumerate(paths):
        progress(number, len(paths), f"reading {path.name}")
        for raw in read_file(path):
            check()
            spool.add(raw)
    progress(len(paths), len(paths), "read")
    for lot in spool.lots():
        check()
        yield lot


class _Spool:
    """Raw frames, in memory as long as they are few and in files when they are many."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._kept: list[Raw] = []
        self._rejected: list[Rejected] = []
        self._rows = 0
        self._parts: dict[str, list[Path]] = {name: [] for name in RAW}
        self._buckets: Counter[int] = Counter()

    def add(self, raw: Raw) -> None:
        self._rejected += raw.rejected
        self._kept.append(Raw(raw.frames))
        self._rows += sum(raw[name].height for name in _WEIGHED)
        if self._rows > self._limit:
            self._spill()

    def lots(self) -> Iterator[Raw]:
        if not any(self._parts.values()):
            together = joined(self._kept)
            self._kept = []
            yield Raw(together.frames, tuple(self._rejected))
            return
        self._spill()
        for number, (first, last) in enumerate(self._ranges()):
            yield Raw(
                {name: self._between(parts, first, last) for name, parts in self._parts.items() if parts},
                tuple(self._rejected) if number == 0 else (),
            )

    def _spill(self) -> None:
        for name, frame in joined(self._kept).frames.items():
            part = self._folder / f"{name}-{len(self._parts[name]):06d}.parquet"
            frame.write_parquet(part, compression="lz4")
            self._parts[name].append(part)
            counted = frame.group_by(pl.col("block_number") // _BUCKET).len()
            self._buckets.update({bucket: rows for bucket, rows in counted.iter_rows() if bucket is not None})
        self._kept, self._rows = [], 0

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """Heights from and to (including), such that each range holds about as many rows as may be in memory."""
        first: int | None = None
        rows = 0
        for bucket in sorted(self._buckets):
            if first is not None and rows + self._buckets[bucket] > self._limit:
                yield first * _BUCKET, bucket * _BUCKET - 1
                first, rows = None, 0
            first = bucket if first is None else first
            rows += self._buckets[bucket]
        if first is not None:
            yield first * _BUCKET, (max(self._buckets) + 1) * _BUCKET - 1

    def _between(self, parts: list[Path], first: int, last: int) -> pl.DataFrame:
        inside = pl.scan_parquet(parts).filter(pl.col("block_number").is_between(first, last))
        return inside.collect(engine="streaming")
