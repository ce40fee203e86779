"""The commented `scorpius.yaml` that `scorpius init` writes, generated from the section models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.configuration_layers import branch_model

if TYPE_CHECKING:
    from pydantic import BaseModel

_HEAD = """\
# The configuration of this lab. Every line below shows a default; remove the `#` in front of one to change it.
# An environment variable wins over this file: SCORPIUS_QUANTUM_CONFIG__SECURITY_LEVEL=5
# `scorpius config show` tells each value and where it came from.
"""


def template(models: Mapping[str, type[BaseModel]], values: Mapping[str, object]) -> str:
    """The text of the file for these sections, with the given values (by dotted name) set."""
    return _HEAD + "".join(f"{line}\n" for name, model in models.items() for line in _section(name, model, values))


def _section(name: str, model: type[BaseModel], values: Mapping[str, object]) -> Iterator[str]:
    yield ""
    if model.__doc__:
        yield f"# {model.__doc__.strip().splitlines()[0]}"
    yield f"{name}:"
    yield from _fields(model, name, values)


def _fields(model: type[BaseModel], path: str, values: Mapping[str, object]) -> Iterator[str]:
    indent = "  " * (path.count(".") + 1)
    for name, field in model.model_fields.items():
        branch = branch_model(field)
        if branch is not None:
            yield f"{indent}{name}:"
            yield from _fields(branch, f"{path}.{name}", values)
            continue
        extra = field.json_schema_extra
        reloads = isinstance(extra, Mapping) and extra.get("reloads", False)
        yield f"{indent}# {field.description or name}{'' if reloads else ' Needs a restart.'}"
        if f"{path}.{name}" in values:
            yield f"{indent}{name}: {_text(model, name, values[f'{path}.{name}'])}"
        else:
            yield f"{indent}# {name}: {default_text(model, name)}"


def default_text(model: type[BaseModel], name: str) -> str:
    """The default of a field as it would stand in the file; empty for a required one."""
    field = model.model_fields[name]
    return "" if field.is_required() else _text(model, name, field.get_default(call_default_factory=True))


def _text(model: type[BaseModel], name: str, value: object) -> str:
    given: dict[str, Any] = {name: value}
    dumped = model.model_construct(**given).model_dump(mode="json", include={name})[name]
    return json.dumps(dumped, ensure_ascii=False)
