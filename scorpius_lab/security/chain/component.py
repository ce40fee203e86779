"""What the chain engine hands to the lab."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.components import Component, EngineFunction, Recorder
from scorpius_lab.errors import MissingExtra
from scorpius_lab.security.chain.parameters import DetectParameters, IngestParameters
from scorpius_lab.security.chain.tables import TABLES

if TYPE_CHECKING:
    from scorpius_lab.core.rules import Rule


def _ingest(recorder: Recorder, parameters: Any) -> Mapping[str, object]:
    require_libraries()
    from scorpius_lab.security.chain.ingest import ingest

    return ingest(recorder, parameters)


def _detect(recorder: Recorder, parameters: Any) -> Mapping[str, object]:
    require_libraries()
    from scorpius_lab.security.chain.search import search

    return search(recorder, parameters)


def _rules() -> Iterable[Rule]:
    from scorpius_lab.security.chain.attacks import Kind
    from scorpius_lab.security.chain.results import BLOCKS_WHOLE, rule_of

    return [BLOCKS_WHOLE, *(rule_of(kind) for kind in Kind)]


def require_libraries() -> None:
    """Raises MissingExtra where what the chain engine reads with is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("msgspec", "Crypto")):
        raise MissingExtra("reading blocks needs msgspec and pycryptodome; install scorpius-lab[chain]")


COMPONENT = Component(
    name="chain",
    functions=(
        EngineFunction(
            name="chain.ingest",
            version="1",
            summary="Read blocks, receipts, logs and traces into the store; says what is missing or was rejected.",
            call=_ingest,
            parameters=IngestParameters,
            observes_world=True,
        ),
        EngineFunction(
            name="chain.detect",
            version="1",
            summary="Look for sandwiches, arbitrage, liquidations and just-in-time liquidity in stored blocks.",
            call=_detect,
            parameters=DetectParameters,
        ),
    ),
    migrations="scorpius_lab.security.chain.migrations",
    tables=TABLES,
    rules=_rules,
)
