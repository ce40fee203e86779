"""Solidity signatures as layouts, and the decoding of whole columns of logs and calls by them.

A layout says how many topics a log has and how long its data is, so that an event with the same topic and another
layout (ERC-721 and ERC-20 share `Transfer`) is never read as what it is not. Encoding: Solidity documentation,
"Contract ABI Specification", strict mode: an address must have twelve zero bytes before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import polars as pl

from scorpius_lab.security.chain.keccak import keccak256

WORD = 64
"""Hex digits of one 32-byte word."""

_PARAMETER = re.compile(r"(?P<type>[a-z]+\d*)(?P<array>(\[\d*\])*)(?P<indexed> indexed)?( (?P<name>\w+))?$")
_SIGNATURE = re.compile(r"(?P<name>\w+)\((?P<parameters>[^()]*)\)$")
_HEX = re.compile(r"[0-9a-fA-F]+")
_UPPER_ZERO = "0" * 32
_LOW_HALF = 2**128 - 1


def topic_of(canonical: str) -> str:
    """The first topic of an event by its canonical signature."""
    return "0x" + keccak256(canonical.encode()).hex()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, its type as the signature hash takes it, and whether it is a topic."""

    name: str
    type: str
    indexed: bool = False

    @property
    def dynamic(self) -> bool:
        """True if its word is an offset."""
        return self.type in {"bytes", "string"} or self.type.endswith("]")


@dataclass(frozen=True)
class Layout:
    """The signature of an event or a function."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def canonical(self) -> str:
        """The text that is hashed: `Transfer(address,address,uint256)`."""
        return f"{self.name}({','.join(parameter.type for parameter in self.parameters)})"

    @cached_property
    def topic(self) -> str:
        """The first topic of its logs."""
        return topic_of(self.canonical)

    @cached_property
    def selector(self) -> str:
        """The first four bytes of its calls."""
        return self.topic[:10]

    @cached_property
    def topics(self) -> tuple[Parameter, ...]:
        """The indexed parameters, in order."""
        return tuple(parameter for parameter in self.parameters if parameter.indexed)

    @cached_property
    def words(self) -> tuple[Parameter, ...]:
        """The others, one word of data each (of its head, where one is dynamic)."""
        return tuple(parameter for parameter in self.parameters if not parameter.indexed)

    @cached_property
    def dynamic(self) -> bool:
        """True if the data may be longer than its words."""
        return any(parameter.dynamic for parameter in self.words)


@cache
def layout(signature: str) -> Layout:
    """The layout of `Transfer(address indexed from, address indexed to, uint256 value)`. Raises ValueError."""
    match = _SIGNATURE.match(signature)
    if not match:
        raise ValueError(f"{signature!r} is no signature")
    listed = [part.strip() for part in match["parameters"].split(",") if part.strip()]
    return Layout(match["name"], tuple(_parameter(part, number) for number, part in enumerate(listed)))


def _parameter(text: str, number: int) -> Parameter:
    match = _PARAMETER.match(text)
    if not match:
        raise ValueError(f"{text!r} is no parameter")
    kind = {"uint": "uint256", "int": "int256"}.get(match["type"], match["type"])
    return Parameter(match["name"] or f"argument{number}", kind + (match["array"] or ""), bool(match["indexed"]))


# -- columns


def decode_logs(logs: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The logs of this layout with a column for each parameter; `logs` are those with its topic already.

    Numbers become decimal text (exact), addresses text with `0x`, booleans 0 or 1 as text, `bytes32` hex text. Of a
    dynamic parameter the column holds its offset. Logs of another layout are left out.
    """
    length = 2 + WORD * len(layout.words)
    size = pl.col("data").str.len_bytes()
    topics = [pl.col(f"topic{number}") for number in range(1, 4)]
    fits = [size >= length if layout.dynamic else size == length]
    fits += [topic.is_not_null() if n < len(layout.topics) else topic.is_null() for n, topic in enumerate(topics)]
    chosen = logs.filter(fits)
    words = {parameter: topics[number].str.slice(2) for number, parameter in enumerate(layout.topics)}
    words |= {parameter: _word("data", 2, number) for number, parameter in enumerate(layout.words)}
    return _decoded(chosen, words, strict=True)


def decode_inputs(calls: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """As `decode_logs`, for the call data of calls that have the selector already; longer data is allowed.

    So is anything in the twelve bytes before an address: older contracts ignore them, and searchers who count every
    byte of call data make use of that.
    """
    chosen = calls.filter(pl.col("input").str.len_bytes() >= 10 + WORD * len(layout.words))
    words = {parameter: _word("input", 10, n) for n, parameter in enumerate(layout.words)}
    return _decoded(chosen, words, strict=False)


def output_number(number: int, kind: str = "uint256") -> pl.Expr:
    """The column `output` of calls, its word of this number as decimal text; null where there is none."""
    word = pl.when(pl.col("output").str.len_bytes() >= 2 + WORD * (number + 1)).then(_word("output", 2, number))
    return number_text(word, kind)


def _word(column: str, start: int, number: int) -> pl.Expr:
    return pl.col(column).str.slice(start + WORD * number, WORD)


def _decoded(frame: pl.DataFrame, words: dict[Parameter, pl.Expr], *, strict: bool) -> pl.DataFrame:
    if frame.is_empty():
        return frame.with_columns(pl.lit(None, pl.String).alias(parameter.name) for parameter in words)
    addresses = [word for parameter, word in words.items() if parameter.type == "address"] if strict else []
    sound = frame.filter(word.str.starts_with("0" * 24) for word in addresses) if addresses else frame
    return sound.with_columns(_value(word, parameter).alias(parameter.name) for parameter, word in words.items())


def _value(word: pl.Expr, parameter: Parameter) -> pl.Expr:
    if parameter.type == "address":
        return "0x" + word.str.slice(24).str.to_lowercase()
    if parameter.dynamic or parameter.type.startswith(("uint", "int")) or parameter.type == "bool":
        return number_text(word, parameter.type)
    return "0x" + word.str.to_lowercase()


def number_text(word: pl.Expr, kind: str) -> pl.Expr:
    """Words (64 hex digits) as exact decimal text; null where a word is not hex. `kind` is the Solidity type."""
    low = word.str.slice(32).str.to_integer(base=16, dtype=pl.UInt128, strict=False)
    small = word.str.starts_with(_UPPER_ZERO)
    if kind.startswith("int"):
        # below 2**128 in size: the two's complement of the low half, as it cannot be wider there
        negative = (word.str.slice(0, 32).str.to_lowercase() == "f" * 32) & (low > 0)
        positive = pl.when(small).then(low.cast(pl.String))
        size = (pl.lit(_LOW_HALF, pl.UInt128) - low) + pl.lit(1, pl.UInt128)
        near = pl.when(negative).then("-" + size.cast(pl.String)).otherwise(positive)
        return near.fill_null(pl.when(~small & ~negative).then(word).map_batches(_wide_signed, pl.String))
    # Conversion one by one is for the few that do not fit into 128 bits: unlimited approvals, hashes as numbers.
    return pl.when(small).then(low.cast(pl.String)).otherwise(pl.when(~small).then(word).map_batches(_wide, pl.String))


def _wide(words: pl.Series) -> pl.Series:
    return _converted(words, lambda word: str(int(word, 16)))


def _wide_signed(words: pl.Series) -> pl.Series:
    return _converted(words, lambda word: str(_signed(int(word, 16))))


def _signed(number: int) -> int:
    return number - (1 << 256) if number >> 255 else number


def _converted(words: pl.Series, convert: Callable[[str], str]) -> pl.Series:
    if words.null_count() == len(words):
        return words
    distinct = {word: convert(word) for word in words.drop_nulls().unique() if _HEX.fullmatch(word)}
    return words.replace_strict(distinct, default=None, return_dtype=pl.String)


def partitioned(frame: pl.DataFrame, column: str, values: Iterable[str]) -> dict[str, pl.DataFrame]:
    """The rows whose `column` is one of `values`, apart from each other, in their order."""
    known = frame.filter(pl.col(column).is_in(list(values)))
    return {str(key[0]): part for key, part in known.partition_by(column, as_dict=True).items()}
