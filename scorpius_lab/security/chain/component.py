"""What the chain engine hands to the lab."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.components import Component, EngineFunction, Recorder
from scorpius_lab.errors import MissingExtra
from scorpius_lab.security.chain.parameters import DetectParameters, IngestParameters, ThreatParameters
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


def _threats(recorder: Recorder, parameters: Any) -> Mapping[str, object]:
    require_libraries()
    from scorpius_lab.security.chain.watching import watch

    return watch(recorder, parameters)


def _rules() -> Iterable[Rule]:
    from scorpius_lab.security.chain.attacks import Kind
    from scorpius_lab.security.chain.results import BLOCKS_WHOLE, rule_of
    from scorpius_lab.security.chain.threats import THREATS
    from scorpius_lab.security.chain.watching import rule_of as rule_of_threat

    return [BLOCKS_WHOLE, *(rule_of(kind) for kind in Kind), *(rule_of_threat(threat) for threat in THREATS)]


def require_libraries() -> None:
    """Raises MissingExtra where what the chain engine reads with is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("msgspec", "Crypto")):
        raise MissingExtra("reading blocks needs msgspec and pycryptodome; install scorpius-lab[chain]")


def require_simulation() -> None:
    """Raises MissingExtra where what signed transactions are read and run with is not installed."""
    require_libraries()
    if any(importlib.util.find_spec(name) is None for name in ("coincurve", "pyrevm")):
        raise MissingExtra("reading signed transactions needs coincurve and pyrevm; install scorpius-lab[chain]")


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
        EngineFunction(
            name="chain.threats",
            version="1",
            summary="Look for poisoned addresses, abused approvals, emptied pools and other threats in stored blocks.",
            call=_threats,
            parameters=ThreatParameters,
        ),
    ),
    migrations="scorpius_lab.security.chain.migrations",
    tables=TABLES,
    rules=_rules,
)
