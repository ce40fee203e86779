"""`scorpius contracts`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import print_json, progress, show, show_record
from scorpius_lab.cli.session import FailOn, JsonOption, LabOption, end, find_lab, say, session, the_lab, verb
from scorpius_lab.core.rules import Severity
from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.detection import ScanOutcome
    from scorpius_lab.security.contracts.exchange.baseline import Baseline, Comparison

NOTHING_EVALUATED = 3
_COLUMNS = {
    "severity": "severity",
    "confidence": "confidence",
    "detector": "detector",
    "at": "at",
    "in": "in",
    "message": "message",
}

group = typer.Typer(no_args_is_help=True, help="Look for flaws in smart contracts.")


class Format(StrEnum):
    """How a scan is written."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "markdown"


@group.callback()
def contracts() -> None:
    """Look for flaws in smart contracts."""


def _path(given: str) -> Path:
    if not given.strip():  # as Path("") it would be the current folder
        raise UsageError("a path to scan is empty; give Solidity files or folders, `.` for the current one")
    return Path(given)


Ids = Annotated[list[str] | None, typer.Option(metavar="ID", help="May be given several times, or as a list a,b.")]


@verb(group, "scan")
def scan(  # noqa: PLR0917 - options of a command line, all by name
    given: Annotated[list[str], typer.Argument(metavar="PATH...", help="Solidity files, folders, projects.")],
    form: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to a file instead.")] = None,
    severity: Annotated[Severity, typer.Option("--severity", help="Show only what is at least this severe.")] = (
        Severity.INFO
    ),
    include: Ids = None,
    exclude: Ids = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="JSON or SARIF of an earlier scan.")
    ] = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="Exit 1 if something is at least this severe.")] = (
        FailOn.HIGH
    ),
    ai: Annotated[bool, typer.Option("--ai", help="Put the likeliest findings first, by a model.")] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scan Solidity source. Exits 1 when a new finding reaches --fail-on, 3 when nothing could be looked at.

    With a lab the findings are stored in it too.
    """
    del lab, as_json
    if session().as_json and form not in {Format.TABLE, Format.JSON}:
        raise UsageError(f"--json and --format {form} say two things; give one of them")
    form = Format.JSON if session().as_json else form
    paths = [_path(one) for one in given]
    chosen_ids = (_listed(include), _listed(exclude))
    known = _known(baseline)  # before the scan, which may take minutes
    scanned = _scanned(paths, *chosen_ids, ai=ai)
    comparison = _compared(scanned, known)
    outcome = _at_least(comparison.outcome if comparison else scanned, severity)
    _write(outcome, comparison, form, out)
    _store(scanned, paths, *chosen_ids, ai=ai)
    _exit(outcome, fail_on)


def _listed(given: list[str] | None) -> list[str]:
    return [name.strip() for text in given or () for name in text.split(",") if name.strip()]


def _scanned(paths: list[Path], include: list[str], exclude: list[str], *, ai: bool) -> ScanOutcome:
    from scorpius_lab.security.contracts.choice import chosen
    from scorpius_lab.security.contracts.component import require_parser

    require_parser()
    from scorpius_lab.security.contracts.exchange.suppressions import apply_suppressions
    from scorpius_lab.security.contracts.scanner import scan_paths

    with progress() as tell:
        outcome = apply_suppressions(scan_paths(paths, detectors=chosen(include, exclude), progress=tell))
    if not ai:
        return outcome
    from scorpius_lab.security.contracts.ranking.rank import ranked

    return ranked(outcome)


def _known(baseline: Path | None) -> Baseline | None:
    if baseline is None:
        return None
    from scorpius_lab.security.contracts.exchange.baseline import read_baseline

    return read_baseline(baseline)


def _compared(outcome: ScanOutcome, known: Baseline | None) -> Comparison | None:
    if known is None:
        return None
    from scorpius_lab.security.contracts.exchange.baseline import compare

    return compare(outcome, known)


def _at_least(outcome: ScanOutcome, severity: Severity) -> ScanOutcome:
    from dataclasses import replace

    kept = tuple(d for d in outcome.detections if d.severity.rank >= severity.rank)
    return replace(outcome, detections=kept)


def _write(outcome: ScanOutcome, comparison: Comparison | None, form: Format, out: Path | None) -> None:
    if form is Format.TABLE and out is None:
        _table(outcome)
        return
    text = _text(outcome, comparison, form)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}") from error
    say(f"written to {out}")


def _text(outcome: ScanOutcome, comparison: Comparison | None, form: Format) -> str:
    if form is Format.SARIF:
        from scorpius_lab.security.contracts.exchange.sarif import sarif

        return json.dumps(sarif(outcome, comparison), ensure_ascii=False, indent=2) + "\n"
    if form is Format.JSON:
        from scorpius_lab.security.contracts.exchange.document import document

        return json.dumps(document(outcome, comparison), ensure_ascii=False, indent=2) + "\n"
    from scorpius_lab.security.contracts.exchange.markdown import markdown

    return markdown(outcome, comparison)


def _table(outcome: ScanOutcome) -> None:
    ranked = outcome.ranking is not None and outcome.ranking.used
    found = [d for d in outcome.detections if d.suppression is None]
    rows = [
        {
            "severity": str(d.severity),
            "likely": "" if d.score is None else f"{d.score:.0%}",
            "confidence": str(d.confidence),
            "detector": d.detector.id,
            "at": f"{d.place.path}:{d.place.line}",
            "in": f"{d.contract}.{d.function}",
            "message": d.message,
        }
        for d in (found if ranked else sorted(found, key=lambda d: -d.severity.rank))
    ]
    show(rows, {"likely": "likely", **_COLUMNS} if ranked else _COLUMNS, empty="nothing was found")
    if outcome.ranking is not None:
        say(outcome.ranking.reason)


def _store(scanned: ScanOutcome, paths: list[Path], include: list[str], exclude: list[str], *, ai: bool) -> None:
    """Keep all that was found in the lab, if there is one."""
    if not (find_lab() / "scorpius.yaml").is_file():
        return
    from scorpius_lab.security.contracts.scan import handed_over

    chosen = {"include": include, "exclude": exclude, "ai": ai}
    with progress() as tell, handed_over(scanned):
        the_lab().contracts([str(path.absolute()) for path in paths], progress=tell, **chosen)


def _exit(outcome: ScanOutcome, fail_on: FailOn) -> None:
    from collections import Counter

    states = Counter(file.state.value for file in outcome.files)
    say(", ".join(f"{count} {state}" for state, count in states.items()) or "nothing was looked at")
    for file in outcome.files:
        if file.reason:
            say(f"{file.path}: {file.state.value}: {file.reason}")
    if not states["evaluated"] and not states["partial"]:
        say("error: nothing could be evaluated")
        end(NOTHING_EVALUATED)
    new = [d for d in outcome.detections if d.suppression is None]
    end(1 if any(fail_on.reached_by(d.severity) for d in new) else 0)


@verb(group, "detectors")
def detectors(
    identity: Annotated[str, typer.Option("--id", metavar="ID", help="Explain one detector.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List what is looked for."""
    del as_json
    from scorpius_lab.security.contracts.choice import chosen

    rows = [
        {
            "id": d.id,
            "class": d.dasp.value,
            "severity": str(d.severity),
            "confidence": str(d.confidence),
            "title": d.title,
            "swc": list(d.swc),
            "scwe": list(d.scwe),
            "cwe": list(d.cwe),
            "wrong": d.wrong,
            "fix": d.fix,
            "vulnerable": dedent(d.vulnerable).strip("\n"),
            "fixed": dedent(d.fixed).strip("\n"),
        }
        for d in chosen([identity] if identity else [], [])
    ]
    if identity and not session().as_json:
        show_record(rows[0])
    elif identity:
        print_json(rows[0])
    else:
        show(rows, {"id": "detector", "class": "class", "severity": "severity", "title": "title"}, empty="none")
