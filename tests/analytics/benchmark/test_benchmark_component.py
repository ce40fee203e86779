"""The engine function end to end, on a recorder in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pytest
from pydantic import ValidationError

from scorpius_lab.analytics.benchmark import measurements
from scorpius_lab.analytics.benchmark.component import COMPONENT, RunParameters, choose, run
from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared
from scorpius_lab.analytics.benchmark.promises import PROMISES
from scorpius_lab.core.observations import State
from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import Cancelled, NothingEvaluated, ParameterError


def quick(name: str, call: Call, unit: str = "ms") -> Measurement:
    return Measurement("kem", name, name, "nobody", (Operation("op", "op", (unit,)),), lambda _: Prepared({"op": call}))


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    def put(*chosen: Measurement) -> None:
        monkeypatch.setattr(measurements, "MEASUREMENTS", chosen)

    return put


def test_a_run_records_figures_promises_and_conditions(recorder) -> None:
    counts = run(recorder, RunParameters(only=("ml-kem-768", "hpke-x-wing-1k"), repeat=3))
    found = recorder.by_rule()
    assert recorder.batches == 1
    assert {f"benchmark.kem.ml-kem-768-{o}" for o in ("keygen", "encaps", "decaps")} < set(found)
    assert {p.id for p in PROMISES} < set(found)
    keygen = found["benchmark.kem.ml-kem-768-keygen"]
    assert keygen.state is State.NOT_APPLICABLE
    assert keygen.reason == "A measurement, not a judgment."
    assert keygen.unit == "ms"
    assert keygen.detail["n"] == 3
    assert keygen.detail["p5"] <= keygen.value <= keygen.detail["p95"]
    assert keygen.asset.kind == "host"
    assert counts["kept"] == 1
    assert counts["not_measured"] == len(PROMISES) - 1
    conditions = found["benchmark.machine.conditions"]
    assert conditions.detail["seed"] == 7
    assert conditions.detail["repeat"] == 3
    assert 0 < conditions.value < 1.5


def test_only_promises_are_judged(recorder) -> None:
    run(recorder, RunParameters(only=("ed25519",), repeat=2))
    judged = {one.rule.id for one in recorder.observations if one.state.judged}
    assert not judged
    assert found_states(recorder, "benchmark.promise.") == {State.NOT_EVALUATED}


def found_states(recorder, prefix: str) -> set[State]:
    return {one.state for one in recorder.observations if one.rule.id.startswith(prefix)}


def test_a_rate_is_work_by_time(recorder, use) -> None:
    use(quick("rate", Call(lambda: None, work={"rows/s": 1000}), "rows/s"))
    run(recorder, RunParameters(repeat=3))
    found = recorder.by_rule()["benchmark.kem.rate-op"]
    assert found.value == pytest.approx(1000 / (found.detail["cpu_ms"] / 1000), rel=3)
    assert found.detail["better"] == "higher"


def test_the_threat_promise_is_answered_by_recorded_runs(recorder) -> None:
    recorder.runs = pl.DataFrame({"function": ["threats.scan"] * 3, "seconds": [0.2, 0.3, 0.4]})
    run(recorder, RunParameters(only=("ed25519",), repeat=1))
    verdict = recorder.by_rule()["benchmark.promise.threat-detection"]
    assert verdict.state is State.PASS
    assert verdict.value == pytest.approx(0.3)


def test_one_that_cannot_be_prepared_is_an_error_and_the_rest_is_measured(recorder, use) -> None:
    def broken(_: Bench) -> Prepared:
        raise RuntimeError("no device")

    def absent(_: Bench) -> Prepared:
        raise ImportError("no module")

    good = quick("good", Call(lambda: None))
    use(
        replace(good, name="bad", title="bad", prepare=broken),
        replace(good, name="gone", title="gone", prepare=absent),
        good,
    )
    counts = run(recorder, RunParameters(repeat=1))
    found = recorder.by_rule()
    assert found["benchmark.kem.bad-op"].state is State.ERROR
    assert "no device" in found["benchmark.kem.bad-op"].reason
    assert found["benchmark.kem.gone-op"].state is State.NOT_EVALUATED
    assert found["benchmark.kem.good-op"].value is not None
    assert counts["figures_failed"] == 1


def test_a_measurement_too_slow_for_the_budget_is_left_out_and_said_so(recorder, use) -> None:
    def never(_: Bench) -> Prepared:
        raise AssertionError("it must not be begun")

    good = quick("good", Call(lambda: None))
    use(good, replace(good, name="slow", title="slow", prepare=never, seconds=13.3, level=5, sizes={"public key": 9}))
    counts = run(recorder, RunParameters(budget_seconds=0.1))
    found = recorder.by_rule()["benchmark.kem.slow-op"]
    assert found.state is State.NOT_EVALUATED
    assert "budget of 0.1 s" in found.reason
    assert "--budget 200" in found.reason
    assert "--only slow" in found.reason
    assert (found.detail["level"], found.detail["sizes"]) == (5, {"public key": 9})
    assert counts["figures_failed"] == 0


@pytest.mark.parametrize(
    "wanted", [{"only": ("slow",), "budget_seconds": 0.1}, {"repeat": 1}], ids=["named", "counted"]
)
def test_what_is_named_or_counted_is_measured_whatever_it_takes(recorder, use, wanted) -> None:
    use(replace(quick("slow", Call(lambda: None)), seconds=30))
    run(recorder, RunParameters(**wanted))
    assert recorder.by_rule()["benchmark.kem.slow-op"].value is not None


def test_nothing_measured_is_said_after_it_was_recorded(recorder, use) -> None:
    def boom() -> None:
        raise OSError("gone")

    use(quick("bad", Call(boom)))
    with pytest.raises(NothingEvaluated, match="gone"):
        run(recorder, RunParameters(repeat=1))
    assert recorder.by_rule()["benchmark.kem.bad-op"].state is State.ERROR


def test_cancelling_records_nothing(recorder) -> None:
    recorder.context = RunContext(cancelled=lambda: True)
    with pytest.raises(Cancelled):
        run(recorder, RunParameters(only=("ed25519",)))
    assert recorder.observations == []


def test_progress_is_told_and_reaches_the_end(recorder) -> None:
    told: list[tuple[int, int | None, str]] = []
    recorder.context = RunContext(progress=lambda *step: told.append(step))
    run(recorder, RunParameters(only=("ed25519",), repeat=2))
    assert told[-1][:2] == (1000, 1000)
    assert any("Ed25519" in text for _, _, text in told)


def test_an_unknown_name_is_refused_with_the_nearest_known() -> None:
    with pytest.raises(ParameterError, match="did you mean ml-kem-768"):
        choose(("ml-kem-786",))


def test_groups_and_names_choose() -> None:
    assert {one.group for one in choose(("kem",))} == {"kem"}
    assert [one.name for one in choose(("rsa-2048",))] == ["rsa-2048"]
    assert len(choose(())) == len(measurements.MEASUREMENTS)


@pytest.mark.parametrize("wrong", [{"budget_seconds": 0}, {"repeat": 0}, {"seconds": 3}, {"budget_seconds": "long"}])
def test_wrong_parameters_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RunParameters(**wrong)


def test_the_component_lists_every_rule_it_records(recorder) -> None:
    run(recorder, RunParameters(only=("section",), repeat=1))
    known = {rule.id for rule in COMPONENT.rules()}
    assert {one.rule.id for one in recorder.observations} <= known
    assert COMPONENT.functions[0].observes_world
