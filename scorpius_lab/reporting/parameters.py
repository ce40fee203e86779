"""Report parameters, checked before any kernel starts, because papermill takes unknown names and wrong types."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Union, get_args, get_origin

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo  # noqa: TC002 (kept importable like the types of records)

from scorpius_lab.core.secrets import PREFIX, is_reference
from scorpius_lab.errors import ParameterError, UsageError
from scorpius_lab.reporting.notebook_spec import COMPUTED, SNAPSHOT_PARAMETER
from scorpius_lab.reporting.snapshot import recorded
from scorpius_lab.reporting.spec import ReportParameters, ReportSpec


def split_pairs(pairs: Collection[str]) -> dict[str, str]:
    """`key=value` strings as a mapping. Raises UsageError for one without `=` or a key given twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"a parameter is given as name=value; {key!r} has no value")
        if key.strip() in found:
            raise UsageError(f"parameter {key.strip()} is given twice")
        found[key.strip()] = value
    return found


def from_text(spec: ReportSpec, given: Mapping[str, str]) -> dict[str, object]:
    """Texts from a command line or a schedule as values of the declared types; names are not checked here.

    Lists and mappings are written as JSON, a list of words also with commas; nothing at all means None where the type
    allows it. Numbers, truths and times are left to `validated`, which reads their text.
    """
    fields = spec.parameters.model_fields
    return {name: _from_text(fields[name], text) if name in fields else text for name, text in given.items()}


def validated(spec: ReportSpec, given: Mapping[str, object], *, now: datetime) -> ReportParameters:
    """The parameters of one report, typed, with `as_of` resolved to `now` if it is not given.

    Raises ParameterError naming the parameter, the type of the value given (never the value of a secret) and, for an
    unknown name, the nearest known one.
    """
    fields = spec.parameters.model_fields
    for name, value in given.items():
        _check_name(spec, name)
        if holds_secret(fields[name]):
            _check_reference(spec, name, value)
    try:
        parameters = spec.parameters.model_validate(dict(given))
    except ValidationError as error:
        raise ParameterError(_explain(spec, given, error)) from None  # the cause would show the values
    return parameters.model_copy(update={"as_of": resolved(spec, parameters.as_of, now)})


def resolved(spec: ReportSpec, as_of: datetime | None, now: datetime) -> datetime:
    """The moment a report shows: as given (UTC if it has no zone), else now. Raises ParameterError for the future."""
    if as_of is None:
        return now.astimezone(UTC)
    moment = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of.astimezone(UTC)
    if moment > now:
        raise ParameterError(f"parameter as_of of {spec.name} is in the future; nobody knows that state yet")
    return moment


def injected(parameters: ReportParameters, names: Collection[str], snapshot: str) -> dict[str, object]:
    """What is written into the notebook: the snapshot's path, and every parameter its cell declares, as JSON data.

    A parameter whose default only the kernel can compute is left alone unless it was given.
    """
    values: dict[str, object] = {SNAPSHOT_PARAMETER: snapshot}
    data = recorded(parameters)
    for name, field in type(parameters).model_fields.items():
        if name in names and (name in parameters.model_fields_set or not _computed(field)):
            values[name] = data[name]
    return values


def secret_names(parameters: ReportParameters) -> tuple[str, ...]:
    """Names of the secrets the parameters refer to."""
    values = (getattr(parameters, name) for name in type(parameters).model_fields)
    return tuple(v.get_secret_value().removeprefix(PREFIX) for v in values if isinstance(v, SecretStr))


def holds_secret(field: FieldInfo) -> bool:
    """True for a field of type SecretStr, alone or in a union."""
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def _check_name(spec: ReportSpec, name: str) -> None:
    known = spec.parameters.model_fields
    if name in known:
        return
    if name == SNAPSHOT_PARAMETER:
        raise ParameterError(f"parameter snapshot of {spec.name} is set by the runner and cannot be given")
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
    raise ParameterError(f"report {spec.name} has no parameter {name}; {hint}")


def _check_reference(spec: ReportSpec, name: str, value: object) -> None:
    if value is None:
        return
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not is_reference(text):
        raise ParameterError(
            f"parameter {name} of {spec.name} is a secret: give its name as secret:NAME and put the value in the "
            "environment variable NAME; a value would be written into the report"
        )


def _explain(spec: ReportSpec, given: Mapping[str, object], error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    name = str(first["loc"][0])
    if name not in given:
        return f"report {spec.name} needs parameter {name}: {first['msg'].lower()}"
    return f"parameter {name} of {spec.name} does not fit: {first['msg']} (given: {type(given[name]).__name__})"


def _computed(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(COMPUTED))


def _from_text(field: FieldInfo, text: str) -> object:
    kinds = _kinds(field.annotation)
    if not text and type(None) in kinds and str not in kinds:
        return None
    containers = [kind for kind in kinds if kind in (list, dict, tuple, set, frozenset)]
    if not containers or str in kinds:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return [part.strip() for part in text.split(",") if part.strip()] if dict not in containers else text


def _kinds(annotation: Any) -> set[Any]:
    """The plain types of an annotation, unions taken apart and generics bare."""
    if get_origin(annotation) in (Union, types.UnionType):
        return set[Any]().union(*map(_kinds, get_args(annotation)))
    return {get_origin(annotation) or annotation}
