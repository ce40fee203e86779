"""What a notebook displayed: the name and hash of every table and chart, read from its stored outputs.

Works on the notebook's JSON, so that a bundle can be checked without running or importing anything of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final

from scorpius_lab.core.identity import canonical_json, content_id
from scorpius_lab.errors import FormatError
from scorpius_lab.reporting.results import FIGURE_MIME, RESULT_MIME

INJECTED: Final = "injected-parameters"
UNNAMED: Final = "output"
_ALTAIR: Final = re.compile(r"(?:\}\)\(|var spec = )(?=\{)")  # where altair's HTML holds the spec
_SHOWN: Final = ("text/html", "image/png", "image/jpeg", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class DisplayedResult:
    """One table or chart as the reader saw it.

    `sha256` names its data. `html` is the stored fragment ("" if there is none). An output that names no result of its
    own (a plain data frame in a user's notebook) is called by its cell and has the hash of what was shown; for a chart
    made with altair that is its specification with its data, not the HTML around it.
    """

    name: str
    kind: str
    sha256: str
    rows: int | None
    columns: tuple[str, ...]
    cell: int
    html: str = ""

    def record(self) -> dict[str, object]:
        """What the manifest keeps of it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "sha256": self.sha256,
            "rows": self.rows,
            "columns": list(self.columns),
        }


def displayed_results(notebook: Mapping[str, Any]) -> tuple[DisplayedResult, ...]:
    """Every result a notebook displays, in order; a name shown again gets `#2`, `#3` … Raises FormatError."""
    seen: Counter[str] = Counter()
    results = []
    for cell, number, output in _outputs(notebook):
        found = _result(output, cell, number)
        if found is None:
            continue
        seen[found.name] += 1
        results.append(found if seen[found.name] == 1 else _renamed(found, f"{found.name}#{seen[found.name]}"))
    return tuple(results)


def chart_spec(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The Vega-Lite spec of a user's own chart, from its MIME type or from inside the HTML that altair writes."""
    for kind, value in data.items():
        if kind == FIGURE_MIME and isinstance(value, Mapping):
            found = value.get("spec")
            return found if isinstance(found, Mapping) else None
        if kind.startswith("application/vnd.vegalite") and isinstance(value, Mapping):
            return value
    markup = _text(data.get("text/html", ""))
    start = _ALTAIR.search(markup) if "vega" in markup[:5000].lower() else None
    if start is None:
        return None
    try:
        spec, _ = json.JSONDecoder().raw_decode(markup, start.end())
    except (ValueError, RecursionError):
        return None
    return spec if isinstance(spec, dict) and "$schema" in spec else None


def source_hash(notebook: Mapping[str, Any]) -> str:
    """The hash of a notebook's source: kind and text of each cell, without outputs and without injected parameters."""
    parts: list[str] = []
    for cell in _cells(notebook):
        if INJECTED not in _tags(cell):
            parts += [str(cell.get("cell_type", "")), _text(cell.get("source", ""))]
    return content_id(*parts)


def source_notebook(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook as it was before it ran: no outputs, no injected parameters, no traces of the run."""
    cells = []
    for cell in _cells(notebook):
        if INJECTED in _tags(cell):
            continue
        tags = [tag for tag in _tags(cell) if tag == "parameters"]
        fresh = {
            "cell_type": cell.get("cell_type"),
            "metadata": {"tags": tags},
            "source": _text(cell.get("source", "")),
        }
        if "id" in cell:
            fresh["id"] = cell["id"]
        if cell.get("cell_type") == "code":
            fresh |= {"outputs": [], "execution_count": None}
        cells.append(fresh)
    metadata = {key: value for key, value in _mapping(notebook.get("metadata")).items() if key != "papermill"}
    return {
        "cells": cells,
        "metadata": metadata,
        "nbformat": notebook.get("nbformat", 4),
        "nbformat_minor": notebook.get("nbformat_minor", 5),
    }


def table_rows(html: str) -> list[tuple[str, ...]]:
    """The cells' text of every table row in a fragment, in order."""
    reader = _RowReader()
    reader.feed(html)
    return [row for row in reader.rows if row]


def visible_text(html: str) -> list[str]:
    """The pieces of text a reader of the fragment sees, in order, without drawings, styles and scripts."""
    reader = _TextReader()
    reader.feed(html)
    return reader.pieces


class _TextReader(HTMLParser):
    _HIDDEN: Final = frozenset({"svg", "style", "script"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._hidden += tag in self._HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._hidden:
            self.pieces.append(text)


class _RowReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[str, ...]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self._row = []
        elif tag in ("td", "th") and self._row is not None:
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None and self._row is not None:
            self._row.append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "tr" and self._row is not None:
            self.rows.append(tuple(self._row))
            self._row = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def _cells(notebook: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    if not isinstance(cells, list) or not all(isinstance(cell, Mapping) for cell in cells):
        raise FormatError("the notebook has no list of cells; it is not a Jupyter notebook of format 4")
    return cells


def _outputs(notebook: Mapping[str, Any]) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    for cell_number, cell in enumerate(_cells(notebook), start=1):
        outputs = cell.get("outputs", [])
        if not isinstance(outputs, list):
            raise FormatError(f"cell {cell_number} of the notebook has outputs that are not a list")
        for number, output in enumerate(outputs, start=1):
            if isinstance(output, Mapping) and output.get("output_type") in ("display_data", "execute_result"):
                yield cell_number, number, _mapping(output.get("data"))


def _result(data: Mapping[str, Any], cell: int, number: int) -> DisplayedResult | None:
    html = _text(data.get("text/html", ""))
    stated = data.get(RESULT_MIME)
    if stated is not None:
        return _stated(_mapping(stated), cell, html)
    spec = chart_spec(data)
    if spec is not None:  # altair's HTML has a random id in it; the chart is its specification and data
        digest = hashlib.sha256(json.dumps(spec, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
        return DisplayedResult(f"cell-{cell}.{number}", UNNAMED, digest, None, (), cell)
    shown = {kind: _text(data[kind]) for kind in _SHOWN if kind in data}
    if not shown:
        return None
    digest = hashlib.sha256(canonical_json(shown).encode("utf-8", "surrogatepass")).hexdigest()
    return DisplayedResult(f"cell-{cell}.{number}", UNNAMED, digest, None, (), cell, html)


def _stated(result: Mapping[str, Any], cell: int, html: str) -> DisplayedResult:
    name, sha256, rows, columns = (result.get(key) for key in ("name", "sha256", "rows", "columns"))
    whole = isinstance(rows, int) and not isinstance(rows, bool)
    if not isinstance(name, str) or not isinstance(sha256, str) or not whole or not isinstance(columns, list):
        raise FormatError(f"cell {cell} of the notebook states a result without name, hash, rows and columns")
    return DisplayedResult(
        name, str(result.get("kind", "")), sha256, rows, tuple(str(column) for column in columns), cell, html
    )


def _renamed(result: DisplayedResult, name: str) -> DisplayedResult:
    return DisplayedResult(name, result.kind, result.sha256, result.rows, result.columns, result.cell, result.html)


def _tags(cell: Mapping[str, Any]) -> list[str]:
    tags = _mapping(cell.get("metadata")).get("tags", [])
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return "".join(part for part in value if isinstance(part, str)) if isinstance(value, list) else str(value)
