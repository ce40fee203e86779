"""Frames written to files that other programs open, and frames given where a file could be."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    Frame = pl.DataFrame | pd.DataFrame

SUFFIXES = (".csv", ".json", ".parquet")
# What makes a spreadsheet run a cell (OWASP, "CSV injection").
_FORMULA = r"^[=+\-@\t\r]"


def write_new_file(frame: pl.DataFrame, path: Path) -> Path:
    """Write a frame in the form its suffix names, whole or not at all, and return the path.

    Raises UsageError for another suffix, a file that is there already, or a folder that cannot be written.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path.name} ends in none of {', '.join(SUFFIXES)}; name a file that does")
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(descriptor)
        temporary = Path(name)
        _write(frame, temporary, path.suffix)
        os.link(temporary, path)  # unlike a rename, this refuses to replace a file
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; name a new file") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
    return path


def _write(frame: pl.DataFrame, path: Path, suffix: str) -> None:
    if suffix == ".csv":
        _for_spreadsheets(frame).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")
    elif suffix == ".json":
        frame.write_json(path)
    else:
        frame.write_parquet(path)


def _for_spreadsheets(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl
    import polars.selectors as cs

    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    flat = frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(" ") for name in lists)
    texts = cs.string()
    return flat.with_columns(
        pl.when(texts.str.contains(_FORMULA)).then(pl.lit("'") + texts).otherwise(texts).name.keep()
    )


def given_paths(given: Path | str | Sequence[Path | str] | Frame) -> list[Path]:
    """The paths in what a user gave: one, several, or the column `path` of a frame. Raises UsageError without it."""
    if isinstance(given, Path | str):
        return [Path(given)]
    listed: Any = given
    if is_frame(given):
        if "path" not in listed.columns:
            raise UsageError(f"the frame has no column path; its columns are {', '.join(map(str, listed.columns))}")
        listed = listed["path"]
    return [Path(one) for one in listed]


@contextmanager
def readable_files(given: Path | str | Frame | Sequence[Path | str | Frame], folder: Path) -> Iterator[list[Path]]:
    """What was given as files: paths as they are, each frame as JSON lines in `folder` until the block ends.

    A frame's file is named by the SHA-256 of its content, so that the same frame is the same input again. `folder` is
    made when it is needed, for its owner only, and goes with the last file in it.
    """
    items: list[Any] = [given] if isinstance(given, Path | str) or is_frame(given) else list(given)
    written: list[Path] = []
    try:
        yield [Path(item) if isinstance(item, Path | str) else _lines_file(item, folder, written) for item in items]
    finally:
        for path in written:
            path.unlink(missing_ok=True)
        if written:
            with suppress(OSError):
                folder.rmdir()


def is_frame(given: Any) -> bool:
    """True for a polars or pandas frame, without importing either."""
    return hasattr(given, "columns") and (hasattr(given, "write_ndjson") or hasattr(given, "to_json"))


def frame_lines(frame: Any) -> bytes:
    """The rows of a polars or pandas frame as JSON lines, UTF-8; both kinds give the same bytes for the same rows."""
    text = frame.write_ndjson() if hasattr(frame, "write_ndjson") else _pandas_lines(frame)
    return str(text).encode()


def _lines_file(frame: Any, folder: Path, written: list[Path]) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    content = frame_lines(frame)
    path = folder / f"frame-{hashlib.sha256(content).hexdigest()[:16]}.jsonl"
    path.write_bytes(content)
    written.append(path)
    return path


def _pandas_lines(frame: pd.DataFrame) -> str:
    return str(frame.to_json(orient="records", lines=True, date_format="iso", date_unit="us"))
