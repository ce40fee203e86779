"""Each check against its passing, failing and erroring host, and its canary: by the code that judges real hosts."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from scorpius_lab.analytics.compliance import checks
from scorpius_lab.analytics.compliance.checks import CHECKS
from scorpius_lab.analytics.compliance.evaluation import canary_outcome, evaluate
from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Verdict, passed
from scorpius_lab.core.observations import State

HERE = Path(__file__).parent
MODULES = sorted(path.stem for path in Path(checks.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.fixture(autouse=True)
def _case_modules(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))


def check_of(name: str) -> Check:
    found: Check = importlib.import_module(f"scorpius_lab.analytics.compliance.checks.{name}").CHECK
    return found


def cases_of(name: str) -> ModuleType:
    key = f"compliance_cases_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, HERE / "cases" / f"{name}.py")
        sys.modules[key] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[key])
    return sys.modules[key]


def test_every_check_is_registered_once_and_has_cases():
    assert len(MODULES) >= 34
    assert [check_of(name) for name in MODULES] == list(CHECKS)
    assert len({check.rule.id for check in CHECKS}) == len(CHECKS)
    assert sorted(path.stem for path in (HERE / "cases").glob("*.py")) == MODULES


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(("case", "wanted"), [("PASSING", "pass"), ("FAILING", "fail"), ("ERRORING", "error")])
def test_case(name, case, wanted):
    result = evaluate(check_of(name), getattr(cases_of(name), case))
    verdict = result.verdict
    assert verdict.state == wanted, verdict.reason
    assert result.canary_caught, result.canary_word
    assert verdict.reason.endswith(".")
    assert bool(verdict.offenders) == (wanted == "fail")
    assert all(offender.message.endswith(".") for offender in verdict.offenders)


@pytest.mark.parametrize("name", MODULES)
def test_a_check_that_always_passes_is_caught_by_its_canary(name):
    def blind(view) -> Verdict:
        del view
        return passed("All is well.")

    result = evaluate(replace(check_of(name), judge=blind), cases_of(name).PASSING)
    assert result.verdict.state == State.ERROR
    assert "planted violation" in result.verdict.reason


@pytest.mark.parametrize("name", MODULES)
def test_an_empty_host_never_passes(name):
    """Nothing there to look at is not a pass."""
    verdict = evaluate(check_of(name), FakeHost(environment={"repository": "/r"})).verdict
    assert verdict.state in ("not_applicable", "not_evaluated", "manual", "fail"), (verdict.state, verdict.reason)


@pytest.mark.parametrize("name", MODULES)
def test_a_host_that_may_not_be_read_never_passes(name):
    case = cases_of(name).PASSING
    shut = replace(case, denied=("/",), commands={}, euid=1000)
    verdict = evaluate(check_of(name), shut).verdict
    assert verdict.state in ("not_evaluated", "not_applicable", "manual", "fail"), verdict.reason
    if case.files:
        assert verdict.state != "not_applicable"


@pytest.mark.parametrize("name", MODULES)
def test_another_operating_system_is_not_applicable_or_judged_without_breaking(name):
    check = check_of(name)
    verdict = evaluate(check, FakeHost(system="Darwin", environment={"repository": "/r"})).verdict
    assert verdict.state not in ("pass", "error"), verdict.reason
    if "Darwin" not in check.systems:
        assert verdict.state == "not_applicable"


def test_canaries_are_judged_within_a_second_together():
    for check in CHECKS:
        assert canary_outcome(check, 5.0)[0], check.rule.id
