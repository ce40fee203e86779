"""The layers of the configuration: what a file, the environment and a caller give, by the path of each setting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError, create_model

from scorpius_lab.core.yaml_document import (
    Keys,
    YamlDocument,
    YamlProblem,
    nearest,
    parse_yaml,
    plain_scalar,
    read_yaml,
)
from scorpius_lab.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PREFIX = "SCORPIUS_"

SectionModel = tuple[str, type[BaseModel]]
Layer = dict[tuple[str, ...], tuple[object, str]]
Leaves = Mapping[tuple[str, ...], "FieldInfo"]


def leaves_of(models: Iterable[SectionModel]) -> Leaves:
    """Every setting by its path, through nested models, in the order it is declared."""
    return {keys: field for name, model in models for keys, field in _walk(model, (name,))}


def _walk(model: type[BaseModel], keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, field in model.model_fields.items():
        branch = branch_model(field)
        if branch is None:
            yield (*keys, name), field
        else:
            yield from _walk(branch, (*keys, name))


def branch_model(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that groups settings, or None for a setting."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def nested(values: Mapping[tuple[str, ...], object], section: str) -> dict[str, object]:
    """The given values of one section as the nested mapping its model reads."""
    result: dict[str, object] = {}
    for keys, value in values.items():
        if keys[0] != section:
            continue
        place = result
        for key in keys[1:-1]:
            place = place.setdefault(key, {})  # type: ignore[assignment]
        place[keys[-1]] = value
    return result


def read_document(path: Path) -> YamlDocument:
    """The file's document. Raises ConfigurationError."""
    if not path.is_file():
        raise ConfigurationError(f"{path}: there is no such configuration file; `scorpius config template` prints one")
    try:
        return read_yaml(path)
    except YamlProblem as error:
        raise ConfigurationError(str(error)) from error


def file_layer(document: YamlDocument, leaves: Leaves) -> Layer:
    """What the file says. Raises ConfigurationError naming file, line and the nearest known key."""
    layer: Layer = {}
    _collect(document.value, (), leaves, document.place, layer)
    return layer


def override_layer(overrides: Mapping[str, object], leaves: Leaves) -> Layer:
    """What the caller says, nested or dotted. Raises ConfigurationError."""
    layer: Layer = {}
    for name, value in overrides.items():
        nested_value = value
        for key in reversed(name.split(".")[1:]):
            nested_value = {key: nested_value}
        root = {name.split(".")[0]: nested_value}
        _collect(root, (), leaves, lambda keys: f"override {'.'.join(map(str, keys))}", layer)
    return {keys: (value, "") for keys, (value, _) in layer.items()}


def _collect(
    value: object,
    keys: tuple[str, ...],
    leaves: Leaves,
    place: Callable[[Keys], str],
    layer: Layer,
) -> None:
    if value is None and len(keys) < 2:  # noqa: PLR2004 (a section whose settings are all commented out)
        return
    if not isinstance(value, Mapping):
        what = ".".join(keys) or "the file"
        raise ConfigurationError(f"{place(keys)}: {what} must be a group of `name: value` lines")
    below = _names_below(keys, leaves)
    for key, item in value.items():
        path = (*keys, str(key))
        if str(key) not in below:
            raise ConfigurationError(f"{place(path)}: unknown key {'.'.join(path)!r}{_suggestion(path, below, leaves)}")
        if path in leaves:
            layer[path] = (item, place(path))
        else:
            _collect(item, path, leaves, place, layer)


def _names_below(keys: tuple[str, ...], leaves: Leaves) -> list[str]:
    size = len(keys)
    return list(dict.fromkeys(leaf[size] for leaf in leaves if leaf[:size] == keys and len(leaf) > size))


def _suggestion(path: tuple[str, ...], below: list[str], leaves: Leaves) -> str:
    elsewhere = [".".join(leaf) for leaf in leaves if leaf[-1] == path[-1]]
    if elsewhere:
        return f"; did you mean {elsewhere[0]!r}?"
    return nearest(path[-1], below)


def environment_layer(environ: Mapping[str, str], leaves: Leaves) -> Layer:
    """What the environment says. Raises ConfigurationError naming the variable."""
    known = {PREFIX + "__".join(keys).upper(): keys for keys in leaves}
    layer: Layer = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or "__" not in variable.removeprefix(PREFIX):
            continue
        keys = known.get(variable)
        if keys is None:
            raise ConfigurationError(f"environment variable {variable}: unknown setting{_closest(variable, known)}")
        layer[keys] = (_from_text(text, leaves[keys]), variable)
    return layer


def _closest(variable: str, known: Mapping[str, tuple[str, ...]]) -> str:
    by_lower = {name.lower(): name for name in known}
    suggestion = nearest(variable, list(by_lower))
    for lower, name in by_lower.items():
        suggestion = suggestion.replace(f"'{lower}'", name)
    return suggestion


def _from_text(text: str, field: FieldInfo) -> object:
    """The first reading of the text that fits the field: as it stands, as YAML, or as a comma-separated list.

    If none fits, the one whose items are at fault, so that the message is about them.
    """
    reading = create_model("Reading", value=(cast("Any", field.annotation), field))
    nearest_fit: object = text
    for candidate in _readings(text):
        try:
            reading.model_validate({"value": candidate})
        except ValidationError as error:
            inside = len(error.errors()[0]["loc"]) > 1
            nearest_fit = candidate if inside and nearest_fit is text else nearest_fit
            continue
        return candidate
    return nearest_fit


def _readings(text: str) -> Iterator[object]:
    yield text
    yield plain_scalar(text)
    if text[:1] in ("[", "{"):
        try:
            yield parse_yaml(text, "").value
        except YamlProblem:
            return
    yield [part.strip() for part in text.split(",") if part.strip()]
