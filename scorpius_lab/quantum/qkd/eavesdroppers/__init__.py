"""Eavesdroppers, one a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.qkd.eavesdroppers.attack import Eavesdropper
from scorpius_lab.quantum.qkd.eavesdroppers.beam_splitting import BeamSplitting
from scorpius_lab.quantum.qkd.eavesdroppers.intercept_resend import InterceptResend
from scorpius_lab.quantum.qkd.eavesdroppers.nobody import Nobody
from scorpius_lab.quantum.qkd.eavesdroppers.photon_number_splitting import PhotonNumberSplitting

EAVESDROPPERS: Final[tuple[Callable[..., Eavesdropper], ...]] = (
    Nobody,
    InterceptResend,
    PhotonNumberSplitting,
    BeamSplitting,
)


def eavesdropper(name: str, **settings: float) -> Eavesdropper:
    """The eavesdropper called `name`, with its settings (`rate`, `blocking` …). Raises UsageError for unknown ones."""
    kinds = {kind().name: kind for kind in EAVESDROPPERS}
    if name not in kinds:
        raise UsageError(f"there is no eavesdropper called {name}; there are {', '.join(kinds)}")
    try:
        return kinds[name](**settings)
    except TypeError:
        raise UsageError(f"eavesdropper {name} has no setting called {' or '.join(settings)}") from None


__all__ = [
    "EAVESDROPPERS",
    "BeamSplitting",
    "Eavesdropper",
    "InterceptResend",
    "Nobody",
    "PhotonNumberSplitting",
    "eavesdropper",
]
