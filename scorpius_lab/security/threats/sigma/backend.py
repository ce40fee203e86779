"""Sigma conditions as DuckDB expressions, on pySigma's text backend.

What matters, and where generic SQL goes wrong:
- strings match without case: both sides pass through DuckDB's own `lower`, so they fold alike;
- plain prefixes, suffixes and substrings use functions that know no wildcards; only patterns with inner wildcards use
  LIKE, with `%`, `_` and the escape character escaped;
- a missing field is NULL, and `NOT NULL` is NULL: each negation wraps its argument in COALESCE(…, FALSE);
- a number matches the text of the field, so an EventID may be stored either way;
- text from rules appears in SQL only inside quoted literals with doubled quotes; field names never do (`columns.py`).
"""

# ruff: noqa: ARG002 (the signatures are pySigma's)
from __future__ import annotations

from typing import Any, ClassVar

from sigma.conversion.base import TextQueryBackend
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sigma.types import (
    CompareOperators,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
    TimestampPart,
)

from scorpius_lab.security.threats.events import clean
from scorpius_lab.security.threats.sigma.columns import Columns, network_keys

COMPARISONS = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
}
if hasattr(CompareOperators, "NEQ"):
    COMPARISONS[CompareOperators.NEQ] = "<>"
PARTS = {
    TimestampPart.MINUTE: "minute",
    TimestampPart.HOUR: "hour",
    TimestampPart.DAY: "day",
    TimestampPart.WEEK: "week",
    TimestampPart.MONTH: "month",
    TimestampPart.YEAR: "year",
}
MULTI, SINGLE = SpecialChars.WILDCARD_MULTI, SpecialChars.WILDCARD_SINGLE


def literal(text: str) -> str:
    """Text as a SQL literal."""
    return "'" + clean(text).replace("'", "''") + "'"


class DuckDBBackend(TextQueryBackend):
    """Turns one rule's condition into one boolean expression over the columns of `Columns`."""

    name: ClassVar[str] = "DuckDB"
    formats: ClassVar[dict[str, str]] = {"default": "a boolean expression"}
    requires_pipeline = False
    parenthesize = True
    group_expression: ClassVar[str] = "({expr})"
    or_token: ClassVar[str] = "OR"  # noqa: S105 (an operator)
    and_token: ClassVar[str] = "AND"  # noqa: S105 (an operator)
    not_token: ClassVar[str] = "NOT"  # noqa: S105 (an operator)
    eq_token: ClassVar[str] = " = "  # noqa: S105 (an operator)
    convert_or_as_in: ClassVar[bool] = False
    convert_and_as_in: ClassVar[bool] = False

    def __init__(self, columns: Columns) -> None:
        """`columns` numbers the fields of all rules that will run together."""
        super().__init__()
        self.columns = columns

    def convert_condition_not(self, cond: Any, state: Any) -> Any:
        """A negation that is false, not unknown, over missing fields."""
        expression = self.convert_condition(cond.args[0], state)
        return None if expression is None else f"NOT COALESCE(({expression}), FALSE)"

    def convert_condition_or(self, cond: Any, state: Any) -> Any:
        """Alternatives; equal tests of one field become one IN list."""
        return self._joined(cond, state, " OR ")

    def convert_condition_and(self, cond: Any, state: Any) -> Any:
        """All of the parts."""
        return self._joined(cond, state, " AND ")

    def _joined(self, cond: Any, state: Any, token: str) -> str | None:
        converted = (self.convert_condition(arg, state) for arg in cond.args)
        parts = [str(part) for part in converted if part is not None]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else "(" + token.join(parts) + ")"

    # -- fields

    def convert_condition_field_eq_val(self, cond: Any, state: Any) -> Any:
        """Dispatch by the value's type, without pySigma's bookkeeping for engines that need it."""
        return super(TextQueryBackend, self).convert_condition_field_eq_val(cond, state)

    def convert_condition_field_eq_val_str(self, cond: Any, state: Any) -> str:
        """A string, with or without wildcards, whatever its case."""
        return match_string(self.columns.column("f", cond.field), cond.value, fold=True)

    def convert_condition_field_eq_val_str_case_sensitive(self, cond: Any, state: Any) -> str:
        """The `cased` modifier."""
        return match_string(self.columns.column("c", cond.field), cond.value, fold=False)

    def convert_condition_field_eq_val_num(self, cond: Any, state: Any) -> str:
        """A number, as the text it is stored as."""
        return f"{self.columns.column('f', cond.field)} = {literal(number_text(cond.value.number).lower())}"

    def convert_condition_field_eq_val_bool(self, cond: Any, state: Any) -> str:
        """True or false, stored as a truth value or as the word."""
        return f"{self.columns.column('f', cond.field)} = '{'true' if cond.value.boolean else 'false'}'"

    def convert_condition_field_eq_val_re(self, cond: Any, state: Any) -> str:
        """A regular expression found anywhere in the value, in RE2's linear time."""
        return f"regexp_matches({self.columns.column('c', cond.field)}, {regex_literal(cond.value)})"

    def convert_condition_field_eq_val_cidr(self, cond: Any, state: Any) -> str:
        """An address within a network, IPv4 or IPv6."""
        first, last = network_keys(cond.value.network)
        return f"{self.columns.column('i', cond.field)} BETWEEN '{first}' AND '{last}'"

    def convert_condition_field_compare_op_val(self, cond: Any, state: Any) -> str:
        """A numeric comparison; a value that is no number does not match."""
        column = self.columns.column("f", cond.field)
        number = float(cond.value.number.number)
        return f"TRY_CAST({column} AS DOUBLE) {COMPARISONS[cond.value.op]} {number!r}"

    def convert_condition_field_eq_field(self, cond: Any, state: Any) -> str:
        """Two fields of one event compared, whatever their case."""
        ours, other = self.columns.column("f", cond.field), self.columns.column("f", cond.value.field)
        if cond.value.starts_with and cond.value.ends_with:
            return f"contains({ours}, {other})"
        if cond.value.starts_with:
            return f"starts_with({ours}, {other})"
        if cond.value.ends_with:
            return f"ends_with({ours}, {other})"
        return f"{ours} = {other}"

    def convert_condition_field_eq_val_null(self, cond: Any, state: Any) -> str:
        """Null: the field is not there."""
        return f"{self.columns.column('f', cond.field)} IS NULL"

    def convert_condition_field_exists(self, cond: Any, state: Any) -> str:
        """The field is there, even if empty."""
        return f"{self.columns.column('f', cond.field)} IS NOT NULL"

    def convert_condition_field_not_exists(self, cond: Any, state: Any) -> str:
        """The field is not there."""
        return f"{self.columns.column('f', cond.field)} IS NULL"

    def convert_condition_field_eq_val_timestamp_part(self, cond: Any, state: Any) -> str:
        """Hour, day and so on of a time stored in a field."""
        part = PARTS[cond.value.timestamp_part]
        return f"date_part('{part}', TRY_CAST({self.columns.column('c', cond.field)} AS TIMESTAMP)) = {cond.value}"

    def convert_condition_field_eq_query_expr(self, cond: Any, state: Any) -> str:
        """Query text inside a rule is never run."""
        raise SigmaFeatureNotSupportedByBackendError("query expressions inside rules are not run")

    # -- keywords

    def convert_condition_val_str(self, cond: Any, state: Any) -> str:
        """A keyword anywhere in the event's text."""
        column = self.columns.keywords()
        parts = list(cond.value.s)
        while parts and parts[0] == MULTI:
            parts.pop(0)
        while parts and parts[-1] == MULTI:
            parts.pop()
        return _match(column, [MULTI, *parts, MULTI], fold=True)

    def convert_condition_val_num(self, cond: Any, state: Any) -> str:
        """A number anywhere in the event's text."""
        return f"contains({self.columns.keywords()}, {literal(number_text(cond.value.number).lower())})"

    def convert_condition_val_re(self, cond: Any, state: Any) -> str:
        """A regular expression found anywhere in the event's text."""
        return f"regexp_matches({self.columns.keywords(cased=True)}, {regex_literal(cond.value)})"

    def convert_condition_query_expr(self, cond: Any, state: Any) -> str:
        """Query text inside a rule is never run."""
        raise SigmaFeatureNotSupportedByBackendError("query expressions inside rules are not run")


def number_text(number: float) -> str:
    """A rule's number as events hold it: whole numbers without a fraction."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def match_string(column: str, value: SigmaString, *, fold: bool) -> str:
    """The whole value matches the pattern. Raises a pySigma error if a placeholder was left in it."""
    return _match(column, list(value.s), fold=fold)


def _match(column: str, parts: list[Any], *, fold: bool) -> str:
    parts = [part for at, part in enumerate(parts) if not (part == MULTI and at and parts[at - 1] == MULTI)]
    texts = [part for part in parts if isinstance(part, str)]
    unknown = next((part for part in parts if not isinstance(part, str | SpecialChars)), None)
    if unknown is not None:
        raise SigmaFeatureNotSupportedByBackendError(f"the placeholder %{unknown.name}% has no value here")
    shape = "".join("*" if part == MULTI else "?" if part == SINGLE else "t" for part in parts)
    if not shape:
        return f"{column} = ''"
    if not shape.strip("*"):
        return f"{column} IS NOT NULL"
    quoted = _folded("".join(texts), fold=fold)
    if shape.strip("*") == "t":
        function = {"t": None, "t*": "starts_with", "*t": "ends_with", "*t*": "contains"}[shape]
        return f"{column} = {quoted}" if function is None else f"{function}({column}, {quoted})"
    pattern = "".join("%" if part == MULTI else "_" if part == SINGLE else _like_text(part) for part in parts)
    return f"{column} LIKE {_folded(pattern, fold=fold)} ESCAPE '!'"


def _folded(text: str, *, fold: bool) -> str:
    """The literal; the database folds it itself, as it folds the column, unless folding cannot change it."""
    if not fold:
        return literal(text)
    return literal(text.lower()) if text.isascii() else f"lower({literal(text)})"


def _like_text(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def regex_literal(value: SigmaRegularExpression) -> str:
    """The pattern with its flags in front, otherwise as written. What RE2 cannot match was refused by pySigma."""
    return literal(value.escape([], escape_escape_char=False))
