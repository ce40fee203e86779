"""What the contract engine hands to the lab."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.components import Component, EngineFunction, Recorder
from scorpius_lab.errors import MissingExtra
from scorpius_lab.security.contracts.parameters import ScanParameters

if TYPE_CHECKING:
    from scorpius_lab.core.rules import Rule


def _scan(recorder: Recorder, parameters: Any) -> Mapping[str, object]:
    require_parser()
    from scorpius_lab.security.contracts.scan import scan

    return scan(recorder, parameters)


def _rules() -> Iterable[Rule]:
    from scorpius_lab.security.contracts.detectors import DETECTORS
    from scorpius_lab.security.contracts.results import FILE_READ, rule_of

    return [FILE_READ, *(rule_of(detector) for detector in DETECTORS)]


def require_parser() -> None:
    """Raises MissingExtra where the parser is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("tree_sitter", "tree_sitter_solidity")):
        raise MissingExtra("scanning contracts needs the tree-sitter parser; install scorpius-lab[contracts]")


COMPONENT = Component(
    name="contracts",
    functions=(
        EngineFunction(
            name="contracts.scan",
            version="1",
            summary="Look for flaws in Solidity source; says which files could not be looked at.",
            call=_scan,
            parameters=ScanParameters,
            observes_world=True,
        ),
    ),
    rules=_rules,
)
