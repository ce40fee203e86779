"""Counts of a run: what both engines return and everything else is estimated from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

Z, X = 0, 1


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by intensity i, Alice's basis a and Bob's basis b (0 is Z, 1 is X).

    `sent[i, a]`; `detected[i, a, b, n]` and `errors[i, a, b, n]` with n the photons Alice sent (0, 1, 2 for two or
    more: only the simulation knows that, no bound may use it); `known[i, a, b]` are the detections whose bit Eve has.
    """

    sent: Counts = field(repr=False)
    detected: Counts = field(repr=False)
    errors: Counts = field(repr=False)
    known: Counts = field(repr=False)

    @classmethod
    def empty(cls, intensities: int) -> Tally:
        """All zero."""
        cells = (intensities, 2, 2, 3)
        return cls(*(np.zeros(shape, dtype=np.int64) for shape in (cells[:2], cells, cells, cells[:3])))

    def __add__(self, other: Tally) -> Tally:
        """Both runs together."""
        return Tally(
            self.sent + other.sent,
            self.detected + other.detected,
            self.errors + other.errors,
            self.known + other.known,
        )

    @property
    def pulses(self) -> int:
        """Pulses sent."""
        return int(self.sent.sum())

    def sifted(self, basis: int) -> Counts:
        """Detections in which both chose `basis`, by intensity."""
        return np.asarray(self.detected[:, basis, basis].sum(axis=-1))

    def sifted_errors(self, basis: int) -> Counts:
        """Those of `sifted` in which the bits differ."""
        return np.asarray(self.errors[:, basis, basis].sum(axis=-1))

    @property
    def gains(self) -> NDArray[np.float64]:
        """Q: detections per pulse sent, by intensity; 0 where nothing was sent."""
        return _ratio(self.detected.sum(axis=(1, 2, 3)), self.sent.sum(axis=1))

    @property
    def error_rates(self) -> NDArray[np.float64]:
        """E: errors per sifted detection, both bases together, by intensity; 0 where nothing was detected."""
        return _ratio(
            self.sifted_errors(Z) + self.sifted_errors(X),
            self.sifted(Z) + self.sifted(X),
        )

    @property
    def eve_knows(self) -> float:
        """Part of all sifted bits that Eve knows."""
        known = self.known[:, Z, Z].sum() + self.known[:, X, X].sum()
        return float(known) / max(int(self.sifted(Z).sum() + self.sifted(X).sum()), 1)


def _ratio(part: Counts, whole: Counts) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
