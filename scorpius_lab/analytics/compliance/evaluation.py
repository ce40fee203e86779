"""Running one check on one host, with its canary, so that nothing it does can count as a pass by accident."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from scorpius_lab.analytics.compliance.host import Host, monotonic
from scorpius_lab.analytics.compliance.verdict import Check, Verdict, not_applicable, not_evaluated
from scorpius_lab.analytics.compliance.view import CheckOverrun, HostView, Look
from scorpius_lab.core.observations import State
from scorpius_lab.errors import Cancelled, DeadlineExceeded, ScorpiusError

_NAMED_AT_MOST = 3
_GRACE = 0.25


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A check's verdict on one subject, what it looked at, what became of its canary, and how long it took."""

    check: Check
    verdict: Verdict
    looks: tuple[Look, ...]
    canary_caught: bool
    canary_word: str
    seconds: float
    repository: str = ""


def evaluate(
    check: Check,
    host: Host,
    *,
    time_limit: float | None = None,
    go_on: Callable[[], None] = lambda: None,
    repository: str = "",
) -> Evaluation:
    """Judge the canary, then the host.

    `go_on` is called before everything that is read and may raise Cancelled or DeadlineExceeded, which pass through.
    Any other exception makes the verdict *error*; being denied makes it *not evaluated*; a missed canary makes it
    *error* whatever was said about the host.
    """
    limit = check.time_limit if time_limit is None else min(check.time_limit, time_limit)
    started = monotonic()
    caught, word = canary_outcome(check, limit)
    if host.system not in check.systems:
        wanted = " or ".join(sorted(check.systems))
        verdict, looks = not_applicable(f"This check speaks of {wanted}; this host runs {host.system}."), []
    else:
        view = HostView(host, deadline=monotonic() + limit, check=go_on)
        verdict, looks = _guarded(check, view, limit), view.looks
    if not caught:
        verdict = Verdict(State.ERROR, f"The check did not catch its planted violation ({word}).", covered=False)
    return Evaluation(check, verdict, tuple(looks), caught, word, monotonic() - started, repository)


def canary_outcome(check: Check, limit: float) -> tuple[bool, str]:
    """Whether the planted violation was caught by the very same code, and what was said about it."""
    view = HostView(check.canary, deadline=monotonic() + limit)
    verdict = _guarded(check, view, limit)
    caught = verdict.state in (State.FAIL, State.PARTIAL) and bool(verdict.offenders)
    return caught, f"{verdict.state.value}: {verdict.reason}"


def _guarded(check: Check, view: HostView, limit: float) -> Verdict:
    """The judge's verdict, made in a thread of its own because one that hangs cannot be ended, only left behind."""
    outcome: list[Verdict | BaseException] = []

    def work() -> None:
        try:
            outcome.append(_settled(check.judge(view), view))
        except BaseException as problem:  # noqa: BLE001 (handed to the caller, who turns it into a state)
            outcome.append(problem)

    thread = threading.Thread(target=work, name=check.rule.id, daemon=True)
    thread.start()
    thread.join(limit + _GRACE)
    if not outcome:
        view.closed = True
        return _overrun(f"The check did not finish within {limit:g} s and was left behind.")
    return outcome[0] if isinstance(outcome[0], Verdict) else _state_of(outcome[0])


def _settled(verdict: object, view: HostView) -> Verdict:
    """A verdict that takes into account what could not be seen: it can be a fail, but never a pass."""
    if not isinstance(verdict, Verdict):
        raise TypeError("a check returned no verdict")
    if not view.denied:
        return verdict
    if verdict.state in (State.PASS, State.NOT_APPLICABLE):
        return not_evaluated(f"Not everything could be seen without root: {_list(view.denied)}.")
    return replace(verdict, covered=False)


def _state_of(problem: BaseException) -> Verdict:
    if isinstance(problem, Cancelled | DeadlineExceeded):
        raise problem
    if isinstance(problem, PermissionError):
        return not_evaluated(f"Reading {problem.filename or 'what is needed'} takes root.")
    if isinstance(problem, CheckOverrun):
        return _overrun(f"{str(problem)[:1].upper()}{str(problem)[1:]}.")
    if isinstance(problem, ScorpiusError):
        return _broken(f"{problem}.")
    # The message of a foreign exception could quote what was read, so only its type and place are kept.
    return _broken(f"The check broke with {type(problem).__name__} at {_place(problem)}.")


def _overrun(reason: str) -> Verdict:
    return Verdict(State.ERROR, reason, covered=False)


def _broken(reason: str) -> Verdict:
    return Verdict(State.ERROR, reason, covered=False)


def _place(problem: BaseException) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [frame for frame in frames if "scorpius_lab" in frame.filename and Path(frame.filename) != Path(__file__)]
    ours = ours or list(frames)
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"


def _list(places: list[str]) -> str:
    known = list(dict.fromkeys(places))
    more = len(known) - _NAMED_AT_MOST
    return ", ".join(known[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
