"""Which algorithms may be used: what lets a house move on to better ones without being led back to weaker ones.

A policy is checked where keys are made and imported, and where an envelope or a signature names its algorithm: the
name alone decides, before any key is tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scorpius_lab.errors import SuiteNotAllowed, UsageError
from scorpius_lab.quantum.algorithms import ALGORITHMS, Algorithm, Kind, Status, algorithm

HIGHEST_LEVEL: Final = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """The algorithms that are allowed.

    `encryption` and `signature`, when given, are the whole list of names allowed for that kind, whatever their status
    and level. Where they are None, every algorithm of the table with one of `statuses` and at least `minimum_level`
    (1 to 5) is allowed. Raises UsageError: unknown name, a name of the other kind, a level out of range.
    """

    encryption: frozenset[str] | None = None
    signature: frozenset[str] | None = None
    minimum_level: int = 1
    statuses: frozenset[Status] = frozenset({"recommended", "allowed"})

    def __post_init__(self) -> None:
        if not 1 <= self.minimum_level <= HIGHEST_LEVEL:
            raise UsageError(f"minimum_level must be 1 to {HIGHEST_LEVEL}, not {self.minimum_level}")
        object.__setattr__(self, "encryption", _checked(self.encryption, "kem"))
        object.__setattr__(self, "signature", _checked(self.signature, "signature"))

    def allowed_names(self, kind: Kind) -> frozenset[str]:
        """The names allowed for `"kem"` or for `"signature"`."""
        listed = self.encryption if kind == "kem" else self.signature
        if listed is not None:
            return listed
        return frozenset(row.name for row in ALGORITHMS if row.kind == kind and self._suffices(row))

    def require(self, name: str) -> Algorithm:
        """The row of an allowed algorithm. Raises SuiteNotAllowed, or UsageError if there is no such algorithm."""
        row = algorithm(name)
        if row.name not in self.allowed_names(row.kind):
            raise SuiteNotAllowed(
                f"{row.name} (level {row.level}, {row.status}) is not allowed by the policy in force; "
                "use an allowed algorithm, or name this one in the policy"
            )
        return row

    def _suffices(self, row: Algorithm) -> bool:
        return row.status in self.statuses and row.level >= self.minimum_level


def _checked(names: frozenset[str] | None, kind: Kind) -> frozenset[str] | None:
    if names is None:
        return None
    rows = [algorithm(name) for name in names]
    wrong = sorted(row.name for row in rows if row.kind != kind)
    if wrong:
        raise UsageError(f"{wrong[0]} is not a {kind} algorithm, so it cannot be listed as one in a policy")
    return frozenset(row.name for row in rows)
