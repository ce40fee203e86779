"""Frames written to files that other programs open."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

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
