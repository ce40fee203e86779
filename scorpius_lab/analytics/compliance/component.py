"""The compliance engine's functions: what the lab can call."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scorpius_lab.analytics.compliance.collected import Origin, evidence_of
from scorpius_lab.analytics.compliance.evaluation import Evaluation, evaluate
from scorpius_lab.analytics.compliance.host import Host, RealHost, python_path
from scorpius_lab.analytics.compliance.verdict import Check, Offender, not_applicable
from scorpius_lab.core.components import Component, EngineFunction, Recorder
from scorpius_lab.core.evidence import Evidence
from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.identity import content_id
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.rules import Rule
from scorpius_lab.core.runs import Scope
from scorpius_lab.errors import ParameterError


class CheckParameters(BaseModel):
    """What to check and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checks: Annotated[tuple[str, ...] | None, Field(description="Ids of the checks to run; default all.")] = None
    root: Annotated[Path | None, Field(description="Folder of a mounted host image; default this machine.")] = None
    repositories: Annotated[
        tuple[Path, ...] | None, Field(description="Git repositories to look at; default the one worked in, if any.")
    ] = None
    time_limit: Annotated[float, Field(gt=0, le=3600, description="Seconds one check may take at most.")] = 30.0


def run_checks(recorder: Recorder, parameters: CheckParameters) -> Mapping[str, object]:
    """Evaluate host checks and record observations, evidence and findings; returns counts by state.

    Raises ParameterError for an unknown check or a root or repository that is not there, before anything is read.
    """
    checks = chosen_checks(parameters.checks)
    host = real_host(parameters.root, recorder)
    repositories = _repositories(parameters.repositories)
    try:
        evaluations = _evaluate_all(checks, host, repositories, recorder, parameters.time_limit)
        record(recorder, host, evaluations)
    finally:
        host.close()
    return summary(evaluations)


def chosen_checks(wanted: Sequence[str] | None) -> tuple[Check, ...]:
    """The checks with these ids, or all. Raises ParameterError naming the nearest known id."""
    from scorpius_lab.analytics.compliance.checks import CHECKS

    if wanted is None:
        return CHECKS
    known = {check.rule.id: check for check in CHECKS}
    for one in wanted:
        if one not in known:
            near = difflib.get_close_matches(one, known, 1)
            hint = f"; did you mean {near[0]}?" if near else "; `scorpius check --list` names them all"
            raise ParameterError(f"there is no check {one!r}{hint}")
    return tuple(known[one] for one in dict.fromkeys(wanted))


def real_host(root: Path | None, recorder: Recorder) -> RealHost:
    """This machine or the image at `root`. Raises ParameterError if there is no such folder."""
    if root is not None and not root.is_dir():
        raise ParameterError(f"root: there is no folder {root}; give the place where the image is mounted")
    image = root is not None and root.resolve() != Path("/")
    facts = {} if image else {"python_path": python_path(), "certifi": _certifi()}
    return RealHost(root.resolve() if image and root else Path("/"), recorder.now(), facts)


def _certifi() -> str:
    try:
        import certifi
    except ImportError:
        return ""
    return certifi.where()


def _repositories(given: Sequence[Path] | None) -> tuple[Path, ...]:
    if given is None:
        here = Path.cwd()
        return tuple(folder for folder in (here, *here.parents) if (folder / ".git").exists())[:1]
    for folder in given:
        if not (folder / ".git").exists() and not (folder / "HEAD").is_file():
            raise ParameterError(f"repositories: {folder} is not a git repository; give the folder that holds .git")
    return tuple(dict.fromkeys(folder.resolve() for folder in given))


def _evaluate_all(
    checks: Sequence[Check], host: RealHost, repositories: Sequence[Path], recorder: Recorder, limit: float
) -> list[Evaluation]:
    context = recorder.context
    if any("walk" in check.rule.tags for check in checks):
        host.start_walk()
    # Slow ones start first, and those that wait for the walk come last, so that it runs beside all others.
    ordered = sorted(checks, key=lambda check: ("walk" in check.rule.tags) - ("slow" in check.rule.tags))
    tasks = [
        partial(_evaluate_one, check, host, repository, recorder, limit)
        for check in ordered
        for repository in (repositories if check.subject == "repository" and repositories else (None,))
    ]
    done: list[Evaluation] = []
    # Half of the time is spent waiting for other programs; three at a time fill two cores.
    with ThreadPoolExecutor(3, thread_name_prefix="check") as pool:
        running = [pool.submit(task) for task in tasks]
        try:
            for number, future in enumerate(running):
                context.check("compliance.check")
                done.append(future.result())
                context.progress(number + 1, len(running), done[-1].check.rule.title)
        finally:
            for future in running:
                future.cancel()
    return done


def _evaluate_one(
    check: Check, host: RealHost, repository: Path | None, recorder: Recorder, limit: float
) -> Evaluation:
    context = recorder.context
    allowed = context.remaining(limit)
    if check.subject != "repository":
        return evaluate(check, host, time_limit=allowed, go_on=context.check)
    if repository is None:
        return _without_repository(check, host, allowed)
    seen = replace(host, extra={**host.extra, "repository": str(repository)})
    return evaluate(check, seen, time_limit=allowed, go_on=context.check, repository=str(repository))


def _without_repository(check: Check, host: RealHost, limit: float) -> Evaluation:
    """The canary is met even when there is no repository."""
    none = replace(
        check, judge=lambda view: check.judge(view) if view.environment.get("repository") else _NO_REPOSITORY
    )
    return replace(evaluate(none, host, time_limit=limit), check=check)


_NO_REPOSITORY = not_applicable("No git repository was given and none is worked in.")


@dataclass(frozen=True, slots=True)
class _Assets:
    host: Asset
    name: str

    def of(self, evaluation: Evaluation) -> Asset:
        if not evaluation.repository:
            return self.host
        return Asset("repository", evaluation.repository, {"host": self.name})


def record(recorder: Recorder, host: Host, evaluations: Sequence[Evaluation]) -> None:
    """Write evidence, then observations and findings that cite it, each in one batch, and the run's scope."""
    assets = _Assets(Asset("host", host.name, host_attributes(host)), host.name)
    cited = _store_evidence(recorder, host, evaluations)
    recorder.add_observations(
        [_observation(one, assets.of(one), ids) for one, ids in zip(evaluations, cited, strict=True)]
    )
    recorder.add_findings(
        [
            _finding(one, offender, assets.of(one), ids, recorder)
            for one, ids in zip(evaluations, cited, strict=True)
            for offender in one.verdict.offenders
        ]
    )
    recorder.set_scope(scope_of(evaluations, assets.of))


def scope_of(evaluations: Sequence[Evaluation], asset_of: Callable[[Evaluation], Asset]) -> Scope:
    """Rules that were judged and saw everything on each of their subjects; only these may close a finding."""
    blind = {one.check.rule.id for one in evaluations if not (one.verdict.state.judged and one.verdict.covered)}
    seen = [one for one in evaluations if one.check.rule.id not in blind]
    rules = dict.fromkeys(one.check.rule.id for one in seen)
    return Scope(tuple(rules), tuple(dict.fromkeys(asset_of(one).id for one in seen)))


def host_attributes(host: Host) -> dict[str, object]:
    """What is said about the host itself: operating system and whether it was seen as root."""
    attributes: dict[str, object] = {"system": host.system}
    released = host.read_bytes("/etc/os-release") or b""
    for line in released.decode(errors="replace").splitlines():
        if line.startswith("PRETTY_NAME="):
            attributes["os"] = line.partition("=")[2].strip('"')
    return attributes


def _store_evidence(recorder: Recorder, host: Host, evaluations: Sequence[Evaluation]) -> list[tuple[str, ...]]:
    """Store each distinct piece once, whichever checks cite it; returns the collection ids of each evaluation."""
    user = "root" if host.geteuid() == 0 else f"user {host.geteuid()}"
    origin = Origin(f"host {host.name}", user, recorder.now())
    distinct: dict[str, Evidence] = {}
    keys: list[list[str]] = []
    for evaluation in evaluations:
        pieces = {content_id(piece.query, piece.content.hex()): piece for piece in evidence_of(evaluation, origin)}
        distinct |= pieces
        keys.append(list(pieces))
    ids = dict(zip(distinct, recorder.add_evidence(distinct.values()), strict=True))
    return [tuple(dict.fromkeys(ids[key] for key in wanted)) for wanted in keys]


def _observation(evaluation: Evaluation, asset: Asset, evidence: tuple[str, ...]) -> Observation:
    verdict = evaluation.verdict
    canary = {
        "caught": evaluation.canary_caught,
        "planted": evaluation.check.planted,
        "said": evaluation.canary_word,
    }
    detail = {**verdict.detail, "canary": canary, "seconds": round(evaluation.seconds, 3), "covered": verdict.covered}
    return Observation(
        rule=evaluation.check.rule,
        asset=asset,
        state=verdict.state,
        reason=verdict.reason,
        evidence=evidence,
        value=verdict.value,
        unit=verdict.unit,
        detail=detail,
    )


def _finding(
    evaluation: Evaluation, offender: Offender, asset: Asset, evidence: tuple[str, ...], recorder: Recorder
) -> Finding:
    if offender.path:
        location = Location(LocationKind.FILE, offender.subject, {"path": offender.path})
    else:
        location = Location(LocationKind.HOST, offender.subject, {"host": asset.name, "subject": offender.subject})
    return Finding(
        rule=evaluation.check.rule,
        asset=asset,
        location=location,
        message=offender.message,
        severity=evaluation.check.severity_of(offender),
        evidence=evidence,
        detail=offender.detail,
        effective_at=recorder.now(),
        collected_at=recorder.now(),
    )


def summary(evaluations: Sequence[Evaluation]) -> dict[str, object]:
    """Counts by state, how many were judged, findings, and the checks whose canary got through."""
    states = Counter(one.verdict.state for one in evaluations)
    return {
        "checks": len(evaluations),
        "states": {state.value: states[state] for state in State if states[state]},
        "judged": sum(count for state, count in states.items() if state.judged),
        "findings": sum(len(one.verdict.offenders) for one in evaluations),
        "canaries_missed": [one.check.rule.id for one in evaluations if not one.canary_caught],
        "as_root": os.geteuid() == 0,
        "seconds": round(sum(one.seconds for one in evaluations), 2),
    }


def all_rules() -> Iterable[Rule]:
    """Every rule this engine can apply."""
    from scorpius_lab.analytics.compliance.checks import CHECKS

    return tuple(check.rule for check in CHECKS)


COMPONENT = Component(
    name="compliance",
    functions=(
        EngineFunction(
            name="compliance.check",
            version="1",
            summary="Evaluate the host checks of this machine and record what was seen.",
            call=run_checks,
            parameters=CheckParameters,
            observes_world=True,
        ),
    ),
    rules=all_rules,
)
