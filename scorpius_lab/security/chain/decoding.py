"""Raw logs and calls into event frames, by the rules of the protocols; whole columns at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import polars as pl

from scorpius_lab.security.chain.frames import EVENTS, NATIVE, Raw, conform, empty
from scorpius_lab.security.chain.layouts import decode_inputs, decode_logs, partitioned
from scorpius_lab.security.chain.protocol import CallRule, EventRule, Protocol
from scorpius_lab.security.chain.protocols import PROTOCOLS

Events = Mapping[str, pl.DataFrame]
"""Event frames by name, see `frames.EVENTS`. Each has the keys `block` and `at` as well, and `first_inside`, null
for a log."""

_KEYS = {"block": pl.Int64(), "at": pl.Int64(), "first_inside": pl.Int64()}
_PLACE = ("block_number", "block_hash", "transaction_index", "position", *_KEYS)


def decode(raw: Raw) -> dict[str, pl.DataFrame]:
    """The events of blocks: from their logs where they have logs, from their calls where they have only calls.

    Calls are those of blocks without a log only; `blocks.prefer_receipts` sees to it.
    """
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in EVENTS}
    for makes, frame in [*_from_logs(raw["logs"]), *_from_calls(raw["calls"])]:
        parts[makes].append(frame)
    return {name: _ordered(parts[name], name) for name in EVENTS}


def _from_logs(logs: pl.DataFrame) -> Iterable[tuple[str, pl.DataFrame]]:
    rules = _event_rules()
    for topic, part in partitioned(logs, "topic0", rules).items():
        with_inside = part.with_columns(pl.lit(None, pl.Int64).alias("first_inside"))
        for protocol, rule in rules[topic]:
            rows = rule.rows(with_inside, rule.layout) if rule.rows else decode_logs(with_inside, rule.layout)
            if not rows.is_empty():
                yield rule.makes, _made(rows, protocol, rule)


def _from_calls(calls: pl.DataFrame) -> Iterable[tuple[str, pl.DataFrame]]:
    live = calls.filter(~pl.col("reverted"), pl.col("kind").is_in(["call", "create", "selfdestruct"]))
    if live.is_empty():
        return
    yield "transfers", _native(live)
    rules = _call_rules()
    named = live.filter(pl.col("kind") == "call").with_columns(
        pl.col("input").str.slice(0, 10).alias("selector"),
        # parameters may have these names
        call_sender=pl.col("sender"),
        call_receiver=pl.col("receiver"),
        call_value=pl.col("value"),
    )
    for selector, part in partitioned(named, "selector", rules).items():
        for protocol, rule in rules[selector]:
            rows = decode_inputs(part, rule.layout)
            if not rows.is_empty():
                read = rows.with_columns(expression.alias(name) for name, expression in rule.outputs.items())
                yield rule.makes, _made(read, protocol, rule)


def _native(calls: pl.DataFrame) -> pl.DataFrame:
    moved = calls.filter(pl.col("value") != "0")
    place = [pl.col(name) for name in _PLACE]
    return _conform(
        moved.select(
            *place,
            "sender",
            "receiver",
            standard=pl.lit("native"),
            token=pl.lit(NATIVE),
            amount="value",
        ),
        "transfers",
    )


def _made(rows: pl.DataFrame, protocol: Protocol, rule: EventRule | CallRule) -> pl.DataFrame:
    chosen = rows if rule.where is None else rows.filter(rule.where)
    schema = EVENTS[rule.makes]
    columns = dict(rule.columns)
    if "protocol" in schema:
        columns.setdefault("protocol", pl.lit(protocol.name))
    made = [expression.cast(schema[name], strict=False).alias(name) for name, expression in columns.items()]
    return _conform(chosen.select(*_PLACE, *made), rule.makes)


def _conform(frame: pl.DataFrame, makes: str) -> pl.DataFrame:
    return conform(frame, {**EVENTS[makes], **_KEYS})


def _ordered(parts: list[pl.DataFrame], name: str) -> pl.DataFrame:
    if not parts:
        return empty({**EVENTS[name], **_KEYS})
    return pl.concat(parts).sort("at", "position", maintain_order=True)


@lru_cache(maxsize=1)
def _event_rules() -> dict[str, list[tuple[Protocol, EventRule]]]:
    rules: dict[str, list[tuple[Protocol, EventRule]]] = {}
    for protocol in PROTOCOLS:
        for rule in protocol.events:
            rules.setdefault(rule.topic, []).append((protocol, rule))
    return rules


@lru_cache(maxsize=1)
def _call_rules() -> dict[str, list[tuple[Protocol, CallRule]]]:
    rules: dict[str, list[tuple[Protocol, CallRule]]] = {}
    for protocol in PROTOCOLS:
        for rule in protocol.calls:
            rules.setdefault(rule.layout.selector, []).append((protocol, rule))
    return rules
