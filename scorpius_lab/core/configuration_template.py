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


def template(models: Mapping[str, type[BaseModel]]) -> str:
    """The text of the file for these sections."""
    return _HEAD + "".join(f"{line}\n" for name, model in models.items() for line in _section(name, model))


def _section(name: str, model: type[BaseModel]) -> Iterator[str]:
    yield ""
    if model.__doc__:
        yield f"# {model.__doc__.strip().splitlines()[0]}"
    yield f"{name}:"
    yield from _fields(model, "  ")


def _fields(model: type[BaseModel], indent: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        branch = branch_model(field)
        if branch is not None:
            yield f"{indent}{name}:"
            yield from _fields(branch, f"{indent}  ")
            continue
        extra = field.json_schema_extra
        reloads = isinstance(extra, Mapping) and extra.get("reloads", False)
        yield f"{indent}# {field.description or name}{'' if reloads else ' Needs a restart.'}"
        yield f"{indent}# {name}: {default_text(model, name)}"


def default_text(model: type[BaseModel], name: str) -> str:
    """The default of a field as it would stand in the file; empty for a required one."""
    field = model.model_fields[name]
    if field.is_required():
        return ""
    alone = model.model_construct(**{name: field.get_default(call_default_factory=True)})
    value: Any = alone.model_dump(mode="json", include={name})[name]
    return json.dumps(value, ensure_ascii=False)
