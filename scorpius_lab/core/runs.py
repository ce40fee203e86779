"""A run: one invocation of an engine function, and the context every engine function is given."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from scorpius_lab.errors import Cancelled, DeadlineExceeded

Progress = Callable[[int, int | None, str], None]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def silent(done: int, total: int | None, text: str) -> None:
    """Show nothing."""


def never() -> bool:
    """Nobody asked to stop."""
    return False


class Outcome(StrEnum):
    """How a run ended; `started` is what remains of a run whose process died."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a caller (command line, notebook, pipeline, worker) gives an engine function to run under.

    `deadline` is in `time.monotonic()` seconds. `executor` is None for "in this thread". `seed` is recorded with the
    run; take randomness from `random()` only.
    """

    progress: Progress = silent
    cancelled: Callable[[], bool] = never
    deadline: float | None = None
    executor: Executor | None = None
    clock: Clock = utc_now
    seed: int = 0

    def check(self, what: str = "the run") -> None:
        """Return if the work may go on. Raises Cancelled or DeadlineExceeded."""
        if self.cancelled():
            raise Cancelled(f"{what} was cancelled")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise DeadlineExceeded(f"{what} did not finish before its deadline; allow more time or less scope")

    def remaining(self, at_most: float) -> float:
        """Seconds a step may take: `at_most`, or what is left until the deadline if that is less (never below 0)."""
        if self.deadline is None:
            return at_most
        return max(0.0, min(at_most, self.deadline - time.monotonic()))

    def random(self) -> random.Random:
        """A generator seeded with the run's seed."""
        return random.Random(self.seed)  # noqa: S311 (simulation, not keys)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run looked at. A finding is closed only by a later run whose scope covers its rule and its asset."""

    rules: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()

    def covers(self, rule_id: str, asset_id: str) -> bool:
        """True if a run with this scope would have seen the finding if it were still there."""
        return rule_id in self.rules and asset_id in self.assets


@dataclass(frozen=True, slots=True)
class Run:
    """The record of one invocation, as stored."""

    id: str
    function: str
    version: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    seed: int = 0
    actor: str = ""
    host: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.STARTED
    error: str | None = None
