"""Types of values, resolved: names have become declarations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.ir.program import Contract
    from scorpius_lab.security.contracts.syntax import tree


@dataclass(frozen=True, slots=True)
class Elementary:
    """`uint256`, `address`, `bool`, `bytes32`, `bytes`, `string`; `address payable` is `address`."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ContractType:
    """A contract or interface."""

    contract: Contract


@dataclass(frozen=True, eq=False)
class StructType:
    """A struct."""

    name: str
    declaration: tree.Struct
    resolve: Callable[[], dict[str, Type]]

    @cached_property
    def members(self) -> dict[str, Type]:
        """Types of the members by name, in the order of storage."""
        return self.resolve()


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enum."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappingType:
    """`mapping(key => value)`."""

    key: Type
    value: Type


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array; `length` is None for a dynamic one."""

    base: Type
    length: int | None


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function, called within the contract or over an external call."""

    external: bool
    returns: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class TupleType:
    """Several values."""

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class TypeType:
    """A type where an expression stands: `uint8` in `uint8(x)`, a contract's or library's name."""

    type: Type


@dataclass(frozen=True, slots=True)
class UnknownType:
    """Declared in a file that is not there, or not understood; `name` as written."""

    name: str = ""


Type = (
    Elementary
    | ContractType
    | StructType
    | EnumType
    | MappingType
    | ArrayType
    | FunctionType
    | TupleType
    | TypeType
    | UnknownType
)

BOOL = Elementary("bool")
ADDRESS = Elementary("address")
UINT256 = Elementary("uint256")
INT256 = Elementary("int256")
UINT8 = Elementary("uint8")
BYTES = Elementary("bytes")
BYTES32 = Elementary("bytes32")
BYTES4 = Elementary("bytes4")
STRING = Elementary("string")
UNKNOWN = UnknownType()
NOTHING = TupleType(())

_INTEGER = re.compile(r"(u?)int(\d+)$")


def integer_bits(kind: Type) -> int:
    """Width of an integer type; 0 for any other."""
    return _bits(kind.name) if isinstance(kind, Elementary) else 0


@cache
def _bits(name: str) -> int:
    match = _INTEGER.match(name)
    return int(match[2]) if match else 0


def is_integer(kind: Type) -> bool:
    """Whether it is an int or uint of any width."""
    return integer_bits(kind) > 0


def is_signed(kind: Type) -> bool:
    """Whether it is an int of any width."""
    return isinstance(kind, Elementary) and kind.name.startswith("int")


def integer_range(kind: Type) -> tuple[int, int]:
    """Least and greatest value of an integer type."""
    bits = integer_bits(kind)
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed(kind) else (0, (1 << bits) - 1)


def is_address(kind: Type) -> bool:
    """Whether it is an address, or a contract that stands for one."""
    return kind == ADDRESS or isinstance(kind, ContractType)


def is_reference(kind: Type) -> bool:
    """Whether a variable of this type in storage is a place, not a value."""
    if isinstance(kind, Elementary):
        return kind.name in {"bytes", "string"}
    return isinstance(kind, MappingType | ArrayType | StructType)


def is_dynamic(kind: Type) -> bool:
    """Whether `abi.encodePacked` writes it without its length."""
    if isinstance(kind, Elementary):
        return kind.name in {"bytes", "string"}
    return isinstance(kind, ArrayType) and kind.length is None


def text(kind: Type) -> str:
    """As it would stand in a signature."""
    match kind:
        case Elementary(name) | EnumType(name=name) | StructType(name=name) | UnknownType(name):
            return name or "?"
        case ContractType(contract):
            return contract.name
        case MappingType(key, value):
            return f"mapping({text(key)} => {text(value)})"
        case ArrayType(base, length):
            return f"{text(base)}[{'' if length is None else length}]"
        case TupleType(items):
            return f"({', '.join(text(item) for item in items)})"
        case TypeType(of):
            return f"type({text(of)})"
        case _:
            return "function"
