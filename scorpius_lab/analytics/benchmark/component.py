"""The benchmark engine's function for the lab."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scorpius_lab.analytics.benchmark.engine import CONDITIONS, Reading, measure, observations, readings, verdicts
from scorpius_lab.analytics.benchmark.measurement import Bench, Measurement
from scorpius_lab.analytics.benchmark.promises import PROMISES, Verdict
from scorpius_lab.analytics.benchmark.sampling import Plan
from scorpius_lab.analytics.benchmark.statistics import Spread, spread
from scorpius_lab.core.components import Component, EngineFunction, Recorder
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Rule
from scorpius_lab.errors import NothingEvaluated, ParameterError

PROGRESS_STEPS = 1000
RUN_DURATIONS = """
SELECT function, epoch(ended_at - started_at) AS seconds FROM runs
WHERE outcome = 'succeeded' AND ended_at IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY function ORDER BY started_at DESC) <= 20
"""


class RunParameters(BaseModel):
    """How long to measure, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget_seconds: Annotated[float, Field(gt=0, le=86_400, description="Time to measure for, seconds.")] = 8.0
    only: Annotated[
        tuple[str, ...], Field(description="Groups (kem, store) or measurements (ml-dsa-65) to run; default all.")
    ] = ()
    repeat: Annotated[
        int | None, Field(ge=1, le=100_000, description="Exactly this many samples of each, whatever the time.")
    ] = None


def run(recorder: Recorder, parameters: RunParameters) -> Mapping[str, object]:
    """Measure, judge the promises and store the observations.

    Returns the counts of promises kept, partly kept, not kept and not measured, and of figures. Raises ParameterError
    for an unknown name in `only`, Cancelled when the user stops it, and NothingEvaluated when nothing at all could be
    measured. A deadline ends the measuring early; what was measured until then is kept.
    """
    context = recorder.context
    chosen = choose(parameters.only)
    plan = Plan(context.remaining(parameters.budget_seconds), parameters.repeat, context.seed)
    sampled = measure(
        chosen,
        Bench(context.random(), recorder.workdir, recorder.configuration),
        plan,
        check=lambda: context.check("the benchmark"),
        progress=lambda share, text: context.progress(round(share * PROGRESS_STEPS), PROGRESS_STEPS, text),
        named=parameters.only,
    )
    found = readings(chosen, sampled)
    judged = verdicts(found, recorded_runs(recorder))
    recorder.add_observations(observations(sampled, found, judged, plan))
    if not any(one.spread for one in found):
        raise NothingEvaluated(f"none of {len(found)} figures could be measured; the first: {found[0].reason}")
    return summary(found, judged)


def choose(only: Sequence[str]) -> tuple[Measurement, ...]:
    """The measurements of these groups or names, all of them for none. Raises ParameterError for an unknown name."""
    from scorpius_lab.analytics.benchmark.measurements import MEASUREMENTS

    if not only:
        return MEASUREMENTS
    names = {name for one in MEASUREMENTS for name in (one.group, one.name)}
    for name in only:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ParameterError(
                f"benchmark.run: there is no measurement {name!r}{hint} (known: {', '.join(sorted(names))})"
            )
    return tuple(one for one in MEASUREMENTS if one.group in only or one.name in only)


def recorded_runs(recorder: Recorder) -> dict[str, Spread]:
    """Seconds taken by the last finished runs of each engine function, from the store."""
    durations: dict[str, list[float]] = {}
    for function, seconds in recorder.sql(RUN_DURATIONS).select("function", "seconds").iter_rows():
        durations.setdefault(function, []).append(float(seconds))
    return {function: spread(values) for function, values in durations.items()}


def summary(found: Sequence[Reading], judged: Sequence[Verdict]) -> dict[str, object]:
    """The counts a caller is shown."""
    states = [one.state for one in judged]
    return {
        "promises": len(judged),
        "kept": states.count(State.PASS),
        "partly_kept": states.count(State.PARTIAL),
        "not_kept": states.count(State.FAIL),
        "not_measured": states.count(State.NOT_EVALUATED),
        "figures": sum(1 for one in found if one.spread),
        "figures_failed": sum(1 for one in found if one.state is State.ERROR),
    }


def rules() -> Iterable[Rule]:
    """Every rule this engine records under."""
    from scorpius_lab.analytics.benchmark.measurements import MEASUREMENTS

    yield CONDITIONS
    yield from (promise.rule for promise in PROMISES)
    yield from (figure.rule for one in MEASUREMENTS for figure in one.figures())


COMPONENT = Component(
    name="benchmark",
    functions=(
        EngineFunction(
            name="benchmark.run",
            version="1",
            summary="Measure cryptography and store on this machine and hold them against the product's promises",
            call=run,
            parameters=RunParameters,
            observes_world=True,
        ),
    ),
    rules=rules,
)
