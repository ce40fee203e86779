"""Numbers as nodes and exports write them: hex or decimal text, or JSON numbers. Columns in, columns out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

Quantity = str | int | float | None


def column(name: str, values: Sequence[Quantity]) -> pl.Series:
    """Values as text: hex with `0x`, or decimal. A fraction is no quantity and becomes null."""
    try:
        return pl.Series(name, values, dtype=pl.String, strict=True)
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Quantity) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and not value.is_integer():
        return None
    return str(int(value))


def integer(column: pl.Expr) -> pl.Expr:
    """Quantities in text as 64-bit numbers; null where there is none, where it is negative or does not fit."""
    hexadecimal = column.str.starts_with("0x")
    number = (
        pl.when(hexadecimal)
        .then(column.str.slice(2).str.to_integer(base=16, dtype=pl.Int64, strict=False))
        .otherwise(column.cast(pl.Int64, strict=False))
    )
    return pl.when(number >= 0).then(number)


def amount(column: pl.Expr) -> pl.Expr:
    """Quantities in text as exact decimal text up to 2**256 - 1; null where there is none or it does not fit."""
    from scorpius_lab.security.chain.layouts import number_text

    digits = column.str.slice(2)
    padded = pl.when(column.str.starts_with("0x") & (digits.str.len_bytes() <= 64)).then(digits.str.zfill(64))
    whole = column.str.contains(r"^[0-9]{1,78}$")
    decimal = pl.when(whole).then(column.str.strip_chars_start("0").replace({"": "0"}))
    fits = (decimal.str.len_bytes() < 78) | (decimal <= str(2**256 - 1))
    return number_text(padded, "uint256").fill_null(pl.when(fits).then(decimal))


def flag(column: pl.Expr) -> pl.Expr:
    """1, 0, true and false in any writing as a boolean."""
    return column.str.to_lowercase().replace_strict(
        {"0x1": True, "1": True, "true": True, "0x01": True, "0x0": False, "0": False, "false": False, "0x00": False},
        default=None,
        return_dtype=pl.Boolean,
    )
