"""What a check may do wrong, and what becomes of it."""

import time
from dataclasses import replace

import pytest

from scorpius_lab.analytics.compliance.checks import account_uid_zero
from scorpius_lab.analytics.compliance.evaluation import evaluate
from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.host import CommandResult
from scorpius_lab.analytics.compliance.verdict import Check, Offender, judged, not_applicable, passed
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.observations import State
from scorpius_lab.errors import Cancelled, DeadlineExceeded, FormatError

PLANTED = FakeHost({"/planted": "x"})


def check(judge, **changes) -> Check:
    """A check whose canary is always caught, and that does `judge` on other hosts."""

    def either(view):
        if view.host is PLANTED:
            return judged([Offender("planted", "It is planted.")], good="", bad="Planted")
        return judge(view)

    return replace(account_uid_zero.CHECK, judge=either, canary=PLANTED, **changes)


def state_of(judge, host=None, **options):
    return evaluate(check(judge), host or FakeHost(), **options).verdict


def test_exception_becomes_error_with_type_and_place_and_without_its_message():
    def judge(view):
        raise ValueError("hunter2 was in the file")

    verdict = state_of(judge)
    assert verdict.state == State.ERROR
    assert "ValueError at test_evaluation.py:" in verdict.reason
    assert "hunter2" not in verdict.reason


def test_our_own_errors_keep_their_sentence():
    def judge(view):
        raise FormatError("/etc/x:3 is not a line")

    assert state_of(judge).reason == "/etc/x:3 is not a line."


def test_a_check_that_hangs_is_left_behind():
    started = time.monotonic()
    forever = []

    def judge(view):
        while not forever:
            time.sleep(0.01)

    verdict = state_of(judge, time_limit=0.1)
    forever.append(1)
    assert verdict.state == State.ERROR
    assert "left behind" in verdict.reason
    assert time.monotonic() - started < 5


def test_a_check_that_reads_too_long_is_stopped_at_its_next_look():
    def judge(view):
        while True:
            view.read_text("/etc/passwd")
            time.sleep(0.01)

    assert "time limit" in state_of(judge, time_limit=0.1).reason


def test_a_program_that_overruns_is_an_error_unless_a_part_will_do():
    slow = FakeHost(commands={"slow": CommandResult(("slow",), None, "half")})
    assert state_of(lambda view: passed(view.run(["slow"]).stdout), slow).state == State.ERROR
    assert state_of(lambda view: passed(view.run(["slow"], partial=True).stdout), slow).reason == "half"


@pytest.mark.parametrize("verdict", [passed("Fine."), not_applicable("Not here.")])
def test_whoever_was_denied_anything_does_not_pass(verdict):
    def judge(view):
        view.try_read("/secret/a")
        return verdict

    result = state_of(judge, FakeHost({"/secret/a": "x"}, denied=("/secret",)))
    assert result.state == State.NOT_EVALUATED
    assert "/secret/a" in result.reason
    assert not result.covered


def test_a_fail_stands_though_something_was_denied_but_covers_nothing():
    def judge(view):
        view.try_list("/secret")
        return judged([Offender("a", "A is wrong.")], good="", bad="Wrong")

    result = state_of(judge, FakeHost({"/secret/a": "x"}, denied=("/secret",)))
    assert result.state == State.FAIL
    assert not result.covered


def test_denied_outright_is_not_evaluated():
    result = state_of(lambda view: passed(view.read_text("/shut")), FakeHost({"/shut": ""}, denied=("/shut",)))
    assert (result.state, result.reason) == (State.NOT_EVALUATED, "Reading /shut takes root.")


@pytest.mark.parametrize("signal", [Cancelled, DeadlineExceeded])
def test_cancelling_passes_through(signal):
    def stop():
        raise signal("stop")

    with pytest.raises(signal):
        evaluate(check(lambda view: passed(view.read_text("/x") or "")), FakeHost(), go_on=stop)


def test_hidden_processes_are_not_absent_ones():
    """With hidepid a user sees only their own processes."""
    hidden = FakeHost({"/proc/77/comm": "bash"}, euid=1000)
    assert state_of(lambda view: passed(str(view.processes())), hidden).state == State.NOT_EVALUATED


def test_reachability_ends_at_a_closed_folder():
    view = HostView(FakeHost({"/root": FakeFile(mode=0o700, kind="folder"), "/root/a/b": "", "/srv/a": ""}))
    assert not view.reachable_by_others("/root/a/b")
    assert view.reachable_by_others("/srv/a")


def test_a_check_without_a_verdict_is_an_error():
    assert state_of(lambda view: view.stat("/x")).state == State.ERROR
