"""What a measurement says about itself, beside the code it times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from scorpius_lab.core.rules import Rule, Severity

DURATION = "ms"
LEAST_SAMPLES = 5


class WrongAnswer(Exception):
    """The code to be timed does not do what it should, so its speed means nothing."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that is timed. `units` are the units it is reported in: `ms`, or rates such as `rows/s`.

    A rate needs the work of one call, which `prepare` gives as `Call.work`.
    """

    name: str
    title: str
    units: tuple[str, ...] = (DURATION,)


@dataclass(frozen=True, slots=True)
class Call:
    """What runs: `run` is timed; `before`, if given, is run untimed ahead of every sample and each sample is one call.

    `work` says for each rate how much one call does: a rate is `work / seconds`. `at_least` is the number of calls in a
    sample of what takes a random time, such as signing by rejection.
    """

    run: Callable[[], object]
    before: Callable[[], object] | None = None
    work: Mapping[str, float] = field(default_factory=dict)
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """Ready to be timed: a call for every operation, and facts worth showing (sizes in bytes)."""

    calls: Mapping[str, Call]
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a measurement is prepared with: seeded randomness for its inputs, a scratch folder, the configuration."""

    random: Random
    workdir: Path
    configuration: Any = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One subject and the operations timed on it. Copy a neighbor to add one, and list it in `measurements`.

    `prepare` imports the library, builds the inputs and checks that the answers are right (raises WrongAnswer).
    `threads` is True where several threads may work at once, so that CPU time may exceed wall time. `family` and
    `level` are what cryptography is grouped by, `sizes` the bytes known before anything is measured. `seconds` is about
    what one call of each operation takes together on a common machine, where that is long (see `affordable`);
    `long_samples` are the samples that a long operation of it must get.
    """

    group: str
    name: str
    title: str
    library: str
    operations: tuple[Operation, ...]
    prepare: Callable[[Bench], Prepared]
    standard: str = ""
    note: str = ""
    threads: bool = False
    family: str = ""
    level: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    long_samples: int = LEAST_SAMPLES

    def figures(self) -> tuple[Figure, ...]:
        """Every number this measurement reports, in a fixed order."""
        return tuple(
            Figure(self, operation, unit, suffix=index > 0)
            for operation in self.operations
            for index, unit in enumerate(operation.units)
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One number reported: an operation in a unit. `suffix` marks a second unit of the same operation."""

    measurement: Measurement
    operation: Operation
    unit: str
    suffix: bool = False

    @property
    def better(self) -> str:
        """`lower` for durations, `higher` for rates."""
        return "lower" if self.unit == DURATION else "higher"

    @property
    def id(self) -> str:
        """The rule id: `benchmark.<group>.<name>-<operation>`, with the unit added where there are two."""
        unit = "-" + self.unit.lower().replace("/", "-per-") if self.suffix else ""
        return f"benchmark.{self.measurement.group}.{self.measurement.name}-{self.operation.name}{unit}"

    @property
    def title(self) -> str:
        """For people: `ML-DSA-65, sign 1 KiB`."""
        return f"{self.measurement.title}, {self.operation.title}"

    @property
    def rule(self) -> Rule:
        """The rule an observation of this figure is recorded under."""
        return Rule(
            id=self.id,
            version=1,
            title=self.title,
            severity=Severity.INFO,
            remedy="None: this is a measurement, not a judgement.",
            description=self.measurement.note,
            references=(self.measurement.standard,) if self.measurement.standard else (),
            tags=("benchmark", "measurement", self.measurement.group),
        )


def expect(correct: bool, what: str) -> None:
    """Raise WrongAnswer naming `what` unless `correct`."""
    if not correct:
        raise WrongAnswer(f"{what} gave a wrong answer")
