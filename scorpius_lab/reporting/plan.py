"""Before anything runs: which notebook, which data, which typed parameters, and where the bundle will lie."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.errors import ParameterError, ReportError, UsageError
from scorpius_lab.reporting.execute import read_notebook
from scorpius_lab.reporting.notebook_spec import notebook_spec
from scorpius_lab.reporting.parameters import from_text, validated
from scorpius_lab.reporting.reports import load_spec, notebook_path

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from scorpius_lab.reporting.spec import ReportParameters, ReportSpec

FORMATS = ("html", "pdf", "ipynb")
NOTEBOOK_SUFFIX = ".ipynb"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One report to make. `name` is a supplied report or the path of an .ipynb file; `out` the folder bundles go into.

    A bundle always holds HTML and notebook; `formats` with `pdf` adds report.pdf. Texts in `parameters` are read by the
    parameter's type, as on the command line.
    """

    name: str | Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    out: Path | None = None
    formats: Sequence[str] = ("html",)
    redact: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A request that can be carried out."""

    spec: ReportSpec
    notebook: Path
    node: NotebookNode
    parameters: ReportParameters
    as_of: datetime
    folder: Path
    pdf: bool
    redact: bool
    supplied: bool


def plan_reports(requests: Sequence[ReportRequest], *, out: Path, now: datetime) -> list[Plan]:
    """Check every request; nothing has been started or written when this raises.

    `now` becomes `as_of` where none is given: one moment for all. Raises UsageError (unknown report, missing notebook,
    unknown format), FormatError (not a notebook), ParameterError, MissingProgram (a PDF without Chromium) and
    ReportError (a folder that cannot be written to).
    """
    if not requests:
        raise UsageError("no report was named; give a supplied report's name or the path of an .ipynb file")
    taken: set[Path] = set()
    plans = [_plan(request, out, now, taken) for request in requests]
    if any(one.pdf for one in plans):
        from scorpius_lab.reporting.pdf import find_chromium

        find_chromium()
    for one in plans:
        _require_writable(one)
    return plans


def shared_parameters(names: Iterable[str | Path], given: Mapping[str, object]) -> list[dict[str, object]]:
    """For each report those of the given parameters that it has; one that no report has is left to all (and refused).

    So `report compliance threat -p organisation=X` means both, and a parameter of one of them only that one.
    """
    known = [set(find(name)[0].parameters.model_fields) for name in names]
    anywhere = set[str]().union(*known)
    return [{key: value for key, value in given.items() if key in own or key not in anywhere} for own in known]


def find(name: str | Path) -> tuple[ReportSpec, Path, NotebookNode]:
    """The specification, path and content of a supplied report or of a user's notebook."""
    if Path(name).suffix == NOTEBOOK_SUFFIX:
        path = Path(name)
        node = read_notebook(path)
        return notebook_spec(path, node), path, node
    spec = load_spec(str(name))
    path = notebook_path(spec)
    return spec, path, read_notebook(path)


def _plan(request: ReportRequest, out: Path, now: datetime, taken: set[Path]) -> Plan:
    unknown = [word for word in request.formats if word not in FORMATS]
    if unknown:
        raise UsageError(f"there is no report format {unknown[0]}; choose of {', '.join(FORMATS)}")
    spec, path, node = find(request.name)
    texts = from_text(spec, {key: value for key, value in request.parameters.items() if isinstance(value, str)})
    parameters = validated(spec, {**request.parameters, **texts}, now=now)
    if parameters.as_of is None:
        raise ParameterError(f"parameter as_of of {spec.name} could not be resolved")
    supplied = Path(request.name).suffix != NOTEBOOK_SUFFIX
    folder = _free(request.out or out, spec.name, parameters.as_of, taken)
    return Plan(
        spec, path, node, parameters, parameters.as_of, folder, "pdf" in request.formats, request.redact, supplied
    )


def _require_writable(one: Plan) -> None:
    """Raise ReportError unless the bundle's folder can be made, without making anything."""
    place = one.folder.parent
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    reason = ""
    if not place.is_dir():
        reason = f"{place} is not a folder"
    elif not os.access(place, os.W_OK | os.X_OK):
        reason = f"no permission to write in {place}"
    if reason:
        raise ReportError(f"report {one.spec.name} could not be written to {one.folder}: {reason}")


def _free(out: Path, name: str, as_of: datetime, taken: set[Path]) -> Path:
    """`<name>-<as_of>` in `out`, with a number if it is taken; bundles are never overwritten."""
    stem = f"{name}-{as_of:%Y%m%dT%H%M%SZ}"
    number = 1
    folder = out / stem
    while folder in taken or folder.exists():
        number += 1
        folder = out / f"{stem}-{number}"
    taken.add(folder)
    return folder
