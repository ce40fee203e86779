"""What the threat engine hands to the lab."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.components import Component, EngineFunction, Recorder
from scorpius_lab.errors import MissingExtra
from scorpius_lab.security.threats.parameters import ScanParameters

if TYPE_CHECKING:
    from scorpius_lab.core.rules import Rule


def _scan(recorder: Recorder, parameters: Any) -> Mapping[str, object]:
    _require_sigma()
    from scorpius_lab.security.threats.scan import scan

    return scan(recorder, parameters)


def _rules() -> Iterable[Rule]:
    _require_sigma()
    from scorpius_lab.security.threats.results import LOG_READ
    from scorpius_lab.security.threats.sigma.rules import load_rules

    return [LOG_READ, *(rule.rule for rule in load_rules().rules)]


def _require_sigma() -> None:
    if importlib.util.find_spec("sigma") is None:
        raise MissingExtra("scanning logs needs the pysigma package; install scorpius-lab[threats]")


COMPONENT = Component(
    name="threats",
    functions=(
        EngineFunction(
            name="threats.scan",
            version="1",
            summary="Read logs and run Sigma rules over them; says which logs and rules could not be looked at.",
            call=_scan,
            parameters=ScanParameters,
            observes_world=True,
        ),
    ),
    rules=_rules,
)
