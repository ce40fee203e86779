"""Find and read pipeline files; every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from scorpius_lab.core.yaml_document import YamlDocument, YamlProblem, expectation, nearest, parse_yaml, read_yaml
from scorpius_lab.errors import PipelineError
from scorpius_lab.integration.pipelines.model import NAME, CallStep, Pipeline, ReportStep, Step

_FIELDS = ("name", "description", "steps")
_PACKAGE = Path(__file__).resolve().parents[2]


def supplied_folder() -> Path:
    """Where the supplied pipelines lie: beside the package in a clone, inside it when installed."""
    installed = _PACKAGE / "supplied" / "pipelines"
    return installed if installed.is_dir() else _PACKAGE.parent / "pipelines"


def known_pipelines(lab: Path | None = None) -> dict[str, Path]:
    """Pipelines that can be called by name: those beside the lab folder win over the supplied ones."""
    folders = [supplied_folder(), *([lab.resolve().parent / "pipelines"] if lab else [])]
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.yaml"))}


def find_pipeline(name: str | Path, lab: Path | None = None) -> Path:
    """The file of a pipeline given as path or name. Raises PipelineError with the names that are known."""
    path = Path(name)
    if path.is_file():
        return path
    known = known_pipelines(lab)
    if str(name) in known:
        return known[str(name)]
    raise PipelineError(f"there is no pipeline {str(name)!r}{nearest(str(name), list(known))}")


def load_pipeline(path: str | Path) -> Pipeline:
    """The pipeline in this file. Raises PipelineError naming file and line."""
    file = Path(path)
    try:
        document = read_yaml(file)
    except YamlProblem as error:
        raise PipelineError(str(error)) from error
    return _pipeline(document, file)


def parse_pipeline(text: str, source: str = "pipeline") -> Pipeline:
    """The pipeline in this text. Raises PipelineError naming `source` and line."""
    try:
        document = parse_yaml(text, source)
    except YamlProblem as error:
        raise PipelineError(str(error)) from error
    return _pipeline(document, None)


def _pipeline(document: YamlDocument, path: Path | None) -> Pipeline:
    root = document.value
    if not isinstance(root, Mapping):
        raise PipelineError(f"{document.place()}: a pipeline is `name`, `description` and a list of `steps`")
    _refuse_unknown(root, _FIELDS, document, ())
    name = root.get("name")
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise PipelineError(f"{document.place(('name',))}: `name` must be lower-case letters, digits, - and _")
    description = root.get("description") or ""
    if not isinstance(description, str):
        raise PipelineError(f"{document.place(('description',))}: `description` must be text")
    raw = root.get("steps")
    if not isinstance(raw, list) or not raw:
        raise PipelineError(f"{document.place(('steps',))}: `steps` must be a list of at least one step")
    steps = tuple(_step(item, index, document) for index, item in enumerate(raw))
    _check_ids_and_needs(steps, document)
    return Pipeline(name, description.strip(), steps, document, path)


def _step(raw: object, index: int, document: YamlDocument) -> Step:
    place = document.place(("steps", index))
    if not isinstance(raw, Mapping):
        raise PipelineError(f"{place}: a step is `id` and `call` or `report`, with `with` and `needs` as needed")
    is_report = bool({"report", "reports"} & set(raw))
    if is_report == ("call" in raw):
        raise PipelineError(f"{place}: a step has either `call` or `report` (or `reports`)")
    model: type[Step] = ReportStep if is_report else CallStep
    _refuse_unknown(raw, _known_fields(model), document, ("steps", index))
    try:
        return model.model_validate(_without_nulls(raw))
    except ValidationError as error:
        first = error.errors()[0]
        keys = _document_keys(first["loc"], raw)
        field = ".".join(map(str, keys)) or "this step"
        message = f"{document.place(('steps', index, *keys))}: {field}: {expectation(first)}"
        raise PipelineError(message) from error


def _without_nulls(raw: Mapping[str, Any]) -> dict[str, Any]:
    """`with:` and `needs:` with nothing behind them mean that there is nothing."""
    return {key: value for key, value in raw.items() if value is not None}


def _document_keys(location: tuple[int | str, ...], raw: Mapping[str, Any]) -> tuple[int | str, ...]:
    """Where an error of the model is in the file, in which one report or format may stand alone."""
    if location[:1] == ("reports",) and "report" in raw:
        return ("report",)
    return tuple(location)


def _known_fields(model: type[BaseModel]) -> tuple[str, ...]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return (*names, "report") if model is ReportStep else tuple(names)


def _refuse_unknown(
    raw: Mapping[str, Any], known: Iterable[str], document: YamlDocument, keys: tuple[str | int, ...]
) -> None:
    names = list(known)
    for key in raw:
        if key not in names:
            raise PipelineError(f"{document.place((*keys, key))}: unknown key {key!r}{nearest(key, names)}")


def _check_ids_and_needs(steps: tuple[Step, ...], document: YamlDocument) -> None:
    seen: dict[str, int] = {}
    for index, step in enumerate(steps):
        if step.id in seen:
            place = document.place(("steps", index, "id"))
            raise PipelineError(f"{place}: the id {step.id!r} is used twice; each step needs its own")
        for position, need in enumerate(step.needs or ()):
            if need not in seen:
                place = document.place(("steps", index, "needs", position))
                raise PipelineError(f"{place}: {step.id!r} needs {need!r}, which is not a step above it")
        seen[step.id] = index
