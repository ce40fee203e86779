"""Keep one slow import out of the way of every report.

`jsonschema` (which nbformat and altair import) loads `rfc3987_syntax`, if it is installed, and that compiles a
grammar for a second or more only to validate IRIs. A stand-in loads the real module at the first validation.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType

_SLOW = "rfc3987_syntax"


def defer_iri_grammar() -> None:
    """Put the stand-in in place, unless the real module is loaded already or not installed."""
    if _SLOW in sys.modules or importlib.util.find_spec(_SLOW) is None:
        return
    module = ModuleType(_SLOW, "Stand-in until the first use.")

    def is_valid_syntax(*arguments: object, **named: object) -> object:
        return _real().is_valid_syntax(*arguments, **named)

    def load_attribute(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_real(), name)

    module.is_valid_syntax = is_valid_syntax  # type: ignore[attr-defined]
    module.__getattr__ = load_attribute  # type: ignore[method-assign]
    module.stand_in = True  # type: ignore[attr-defined]
    sys.modules[_SLOW] = module


def _real() -> ModuleType:
    if getattr(sys.modules.get(_SLOW), "stand_in", False):
        del sys.modules[_SLOW]
    return importlib.import_module(_SLOW)
