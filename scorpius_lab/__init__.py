"""scorpius_lab: a workbench for proving that cryptography, contracts, transactions, logs and controls are sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scorpius_lab.engine import Engine, initialize_scorpius
    from scorpius_lab.lab import Lab, init_lab, open_lab

__version__ = "0.1.0"
__all__ = ["Engine", "Lab", "__version__", "init_lab", "initialize_scorpius", "open_lab"]


def __getattr__(name: str) -> object:
    """Load the public names where they are first used, so that `import scorpius_lab` stays quick."""
    if name in ("Engine", "initialize_scorpius"):
        from scorpius_lab import engine

        return getattr(engine, name)
    if name in __all__:
        from scorpius_lab import lab

        return getattr(lab, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
