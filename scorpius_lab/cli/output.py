"""Showing results: tables for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scorpius_lab.cli.session import say, session, shown

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.core.runs import Progress

# Columns that the store keeps as JSON text.
_JSON_COLUMNS = frozenset({"detail", "location", "parameters", "inputs", "scope", "attributes", "summary"})
_STYLES = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "fail": "red",
    "failed": "red",
    "broken": "red",
    "error": "magenta",
    "partial": "yellow",
    "pass": "green",
    "good": "green",
    "succeeded": "green",
}
_NOTHING: tuple[object, ...] = (None, "", [], {})
_WIDE = 10_000
_SAY_EVERY = 1.0


def records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as JSON data."""
    return [{name: _decoded(name, value) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def _decoded(name: str, value: object) -> object:
    if name in _JSON_COLUMNS and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def jsonable(value: object) -> Any:  # noqa: PLR0911 (one line per kind)
    """The value as JSON data: times in ISO with `Z`, what JSON cannot hold as null or text."""
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value) and not isinstance(value, type):
        return jsonable(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [jsonable(item) for item in value]
    return str(value)


def print_json(value: object) -> None:
    """Write the value, and nothing else, to standard output."""
    sys.stdout.write(json.dumps(jsonable(value), ensure_ascii=False, indent=2) + "\n")


def show(rows: pl.DataFrame | Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str) -> None:
    """Print rows: all their fields as JSON if asked to, else these columns (name: title) as a table.

    `empty` is said when there is nothing to show.
    """
    found = [dict(row) for row in rows] if isinstance(rows, Sequence) else records(rows)
    if session().as_json:
        print_json(found)
    elif not found:
        say(empty)
    else:
        _table(found, columns)


def show_record(record: Mapping[str, Any], titles: Mapping[str, str] | None = None) -> None:
    """Print one thing: as JSON if asked to, else a line for each field that has a value."""
    if session().as_json:
        print_json(record)
        return
    names = dict(titles) if titles else {name: name.replace("_", " ") for name in record}
    told = {title: record.get(name) for name, title in names.items()}
    given = {title: _cell(value, long=True) for title, value in told.items() if value not in _NOTHING}
    width = max((len(title) for title in given), default=0)
    for title, text in given.items():
        lines = text.splitlines() or [""]
        write(f"{title:<{width}}  {lines[0]}")
        for line in lines[1:]:
            write(f"{'':<{width}}  {line}")


def write(text: str = "") -> None:
    """A line for people on standard output; nothing in JSON mode, which has standard output for itself."""
    if not session().as_json:
        sys.stdout.write(shown(text) + "\n")


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    tty = sys.stdout.isatty()
    # Into a file or a pipe nothing is cut off or folded.
    console = Console(file=sys.stdout, width=None if tty else _WIDE, highlight=False, markup=False, emoji=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    given = {name: title for name, title in columns.items() if any(row.get(name) not in _NOTHING for row in rows)}
    for title in given.values():
        table.add_column(title, overflow="fold", no_wrap=not tty)
    for row in rows:
        cells = [_cell(row.get(name)) for name in given]
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in cells))
    console.print(table, soft_wrap=False)


def _cell(value: object, *, long: bool = False) -> str:  # noqa: PLR0911 (one line per kind)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, list | tuple):
        return ("\n" if long else ", ").join(_cell(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return json.dumps(jsonable(value), ensure_ascii=False, indent=1 if long else None)
    text = shown(str(value))
    return text if long else " ".join(text.split())


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress callback for the length of the block: a bar on a terminal, else a line a second, on standard error."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, highlight=False, markup=False)
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None)

        def tell(done: int, total: int | None, text: str) -> None:
            bars.update(task, completed=done, total=total, description=shown(text))

        yield tell


def _lines() -> Progress:
    told_at, told = 0.0, ""

    def tell(done: int, total: int | None, text: str) -> None:
        nonlocal told_at, told
        now = time.monotonic()
        if text == told or now - told_at < _SAY_EVERY:
            return
        told_at, told = now, text
        say(f"[{done}/{total}] {text}" if total else text)

    return tell
