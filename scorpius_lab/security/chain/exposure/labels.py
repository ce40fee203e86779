"""Lists of known addresses: sanctions, scams, mixers. A list is of a day, and says so."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from scorpius_lab.security.chain.addresses import ADDRESS
from scorpius_lab.security.chain.errors import ListUnusable
from scorpius_lab.security.chain.frames import Rejected

_ADDRESS_COLUMNS = ("address", "banned_address", "contract_address", "account", "wallet")
_LABEL_COLUMNS = ("label", "wallet_tag", "etherscan_tag", "contract_tag", "name", "list")
_CATEGORY_COLUMNS = ("category", "etherscan_labels", "contract_creator_etherscan_label", "list", "data_source")
_DAY_COLUMNS = ("as_of", "date", "updated")
_MOST_BYTES = 512 * 2**20

SCHEMA: Mapping[str, pl.DataType] = {
    "address": pl.String(),
    "label": pl.String(),
    "category": pl.String(),
    "source": pl.String(),
    "as_of": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Labels:
    """Known addresses (`SCHEMA`), each once for a source, and what was rejected."""

    frame: pl.DataFrame
    rejected: tuple[Rejected, ...] = ()

    @property
    def addresses(self) -> list[str]:
        """The addresses, each once."""
        return self.frame["address"].unique(maintain_order=True).to_list()


def read_labels(paths: Iterable[Path], *, category: str | None = None, as_of: str | None = None) -> Labels:
    """The lists in files: CSV with a header, plain or gzip, or text with an address a line.

    Column names of the known public lists are understood. `category` and `as_of` (YYYY-MM-DD) are for lists that say
    neither. Raises ListUnusable for a file that cannot be read or is without any address.
    """
    rows: list[dict[str, str | None]] = []
    rejected: list[Rejected] = []
    for path in paths:
        try:
            found, bad = _read(path, category, as_of)
        except csv.Error as error:
            raise ListUnusable(f"the list {path} is neither CSV nor text with an address a line") from error
        if not found:
            raise ListUnusable(f"{path} holds no address; give a CSV with a column `address`, or an address a line")
        rows += found
        rejected += bad
    frame = pl.DataFrame(rows, schema=dict(SCHEMA)).unique(["address", "source"], keep="first", maintain_order=True)
    return Labels(frame, tuple(rejected))


def _read(path: Path, category: str | None, as_of: str | None) -> tuple[list[dict[str, str | None]], list[Rejected]]:
    text = _text(path)
    first = text.lstrip().split("\n", 1)[0].lower()
    if ADDRESS.search(first):
        records: Iterable[Mapping[str, str | None]] = ({"address": line} for line in text.splitlines())
    else:
        records = csv.DictReader(io.StringIO(text))
    rows: list[dict[str, str | None]] = []
    rejected: list[Rejected] = []
    for number, record in enumerate(records, 1):
        given = {str(name).strip().lower(): value for name, value in record.items() if isinstance(value, str)}
        address = (_first(given, _ADDRESS_COLUMNS) or "").strip().lower()
        if not address or address.startswith("#"):
            continue
        if not ADDRESS.fullmatch(address):
            rejected.append(Rejected(str(path), f"record {number}", f"{address[:50]!r} is no address"))
            continue
        rows.append(
            {
                "address": address,
                "label": _first(given, _LABEL_COLUMNS),
                "category": category or _first(given, _CATEGORY_COLUMNS),
                "source": path.name,
                "as_of": _first(given, _DAY_COLUMNS) or as_of,
            }
        )
    return rows, rejected


def _first(record: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((record[name].strip() for name in names if record.get(name, "").strip()), None)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise ListUnusable(f"the list {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > _MOST_BYTES:
        raise ListUnusable(f"the list {path} is larger than {_MOST_BYTES >> 20} MB unpacked")
    return content.decode("utf-8-sig", "replace")
