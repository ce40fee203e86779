"""Single fields of JSON records of blocks, by any of their names: JSON-RPC or ethereum-etl, hex or numbers, strictly.

What is computed from such a field is compared with a hash, so nothing is guessed: a field that is missing or cannot be
is a `FieldMissing` that names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

Record = Mapping[str, Any]

_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "type": ("transaction_type", "transactionType"),
    "from": ("from_address",),
    "to": ("to_address",),
    "gas": ("gasLimit", "gas_limit"),
    "input": ("data",),
    "root": ("receipt_root",),
    "cumulativeGasUsed": ("receipt_cumulative_gas_used",),
    "gasUsed": ("receipt_gas_used",),
    "status": ("receipt_status",),
    "transactionHash": ("hash",),
}
_TAGS = ("block", "transaction", "receipt", "log")  # what ethereum-etl writes under `type`
_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,64}|[0-9]{1,78}", re.ASCII)
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)


class FieldMissing(ValueError):
    """A record does not have what its encoding needs, or has it in a form that cannot be."""


def given(record: Record, name: str) -> Any:
    """The field's value, None where it is missing or null. Raises FieldMissing for what is no record."""
    if not isinstance(record, Mapping):
        raise FieldMissing("this is no record of fields")
    for one in _names(name):
        value = record.get(one)
        if value is not None and not (name == "type" and value in _TAGS):
            return value
    return None


def known(record: Record, name: str) -> bool:
    """True if the record has the field, null or not."""
    return isinstance(record, Mapping) and any(one in record for one in _names(name))


def listed(record: Record, name: str) -> Sequence[Any]:
    """The list in the field. Raises FieldMissing."""
    value = given(record, name)
    if value is None:
        raise FieldMissing(f"{name} is missing")
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise FieldMissing(f"{name} is no list")
    return value


def number(record: Record, name: str, default: int | None = None) -> int:
    """The whole number in the field; `default` where it is missing. Raises FieldMissing."""
    value = given(record, name)
    if value is None and default is not None:
        return default
    return whole(value, name)


def flag(record: Record, name: str) -> int:
    """A field that says yes or no, as 1 or 0; 0 where it is missing. Raises FieldMissing."""
    value = given(record, name)
    return int(value) if isinstance(value, bool) else number(record, name, 0)


def whole(value: Any, name: str) -> int:
    """A whole number of at most 256 bits, from a number, its digits or 0x and hex. Raises FieldMissing."""
    if value is None:
        raise FieldMissing(f"{name} is missing")
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value, 16) if value.startswith("0x") else int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FieldMissing(f"{name} is no number of at most 256 bits")
    if not 0 <= value < 2**256:
        raise FieldMissing(f"{name} does not fit into 256 bits")
    return value


def octets(record: Record, name: str, size: int | None) -> bytes:
    """The bytes in the field, `size` of them unless it is None. Raises FieldMissing."""
    return unhex(given(record, name), size, name)


def unhex(value: Any, size: int | None, name: str) -> bytes:
    """Bytes from 0x and hex, `size` of them unless it is None. Raises FieldMissing."""
    if value is None:
        raise FieldMissing(f"{name} is missing")
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise FieldMissing(f"{name} is no hex")
    found = bytes.fromhex(value[2:])
    if size is not None and len(found) != size:
        raise FieldMissing(f"{name} has {len(found)} bytes instead of {size}")
    return found


@cache
def _names(name: str) -> tuple[str, ...]:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return tuple(dict.fromkeys((name, snake, *_OTHER_NAMES.get(name, ()))))
