"""The lab's configuration: defaults < `scorpius.yaml` < environment < explicit overrides.

Every value knows where it came from, so that `scorpius config show` can say so and an error can name the file and
line, or the variable. Environment names are `SCORPIUS_<SECTION>__<FIELD>`; other `SCORPIUS_*` variables are not
configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError

from scorpius_lab.core.configuration_layers import (
    PREFIX,
    Layer,
    Leaves,
    SectionModel,
    environment_layer,
    file_layer,
    leaves_of,
    nested,
    override_layer,
    read_document,
)
from scorpius_lab.core.configuration_sections import (
    BUILT_IN,
    ExecutionConfig,
    MonitoringConfig,
    QuantumConfig,
    ReportingConfig,
    SecurityConfig,
    StoreConfig,
)
from scorpius_lab.core.masking import MASK, masked, origin_of_address
from scorpius_lab.core.yaml_document import YamlDocument, expectation, nearest
from scorpius_lab.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

FILE_NAME = "scorpius.yaml"
LINE = 60


class OriginKind(StrEnum):
    """Which layer a value came from, weakest first."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from. `place` is `file:line`, the variable's name, or empty."""

    kind: OriginKind
    place: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.place}".strip()


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of `scorpius config show`; `value` is JSON data with secrets masked."""

    name: str
    value: object
    origin: str
    place: str
    reloads: bool
    description: str


@dataclass(frozen=True)
class Configuration:
    """All sections of a lab's configuration, each a frozen model: `configuration.security_config.enable_ai_detection`.

    `path` is the file it was read from, if any.
    """

    sections: Mapping[str, BaseModel]
    origins: Mapping[str, Origin]
    path: Path | None = None

    @property
    def quantum_config(self) -> QuantumConfig:
        """Cryptography."""
        return cast("QuantumConfig", self.sections["quantum_config"])

    @property
    def security_config(self) -> SecurityConfig:
        """Detection."""
        return cast("SecurityConfig", self.sections["security_config"])

    @property
    def monitoring_config(self) -> MonitoringConfig:
        """The lab's own health."""
        return cast("MonitoringConfig", self.sections["monitoring_config"])

    @property
    def execution(self) -> ExecutionConfig:
        """Where work fans out to."""
        return cast("ExecutionConfig", self.sections["execution"])

    @property
    def store(self) -> StoreConfig:
        """The lab's database."""
        return cast("StoreConfig", self.sections["store"])

    @property
    def reporting(self) -> ReportingConfig:
        """Reports."""
        return cast("ReportingConfig", self.sections["reporting"])

    def __getattr__(self, name: str) -> Any:
        """The section an engine added under this name."""
        sections = self.__dict__.get("sections", {})
        if name in sections:
            return sections[name]
        raise AttributeError(f"the configuration has no section {name!r}{nearest(name, list(sections))}")

    @property
    def _leaves(self) -> Leaves:
        return leaves_of((name, type(section)) for name, section in self.sections.items())

    def value(self, name: str) -> object:
        """The value under a dotted name such as `quantum_config.security_level`. Raises ConfigurationError."""
        keys = tuple(name.split("."))
        known = self._leaves
        if keys not in known:
            raise ConfigurationError(f"there is no setting {name!r}{nearest(name, ['.'.join(k) for k in known])}")
        value: object = self.sections[keys[0]]
        for key in keys[1:]:
            value = getattr(value, key)
        return value

    def origin(self, name: str) -> Origin:
        """Where the value under this dotted name came from. Raises ConfigurationError for an unknown name."""
        self.value(name)
        return self.origins.get(name, Origin(OriginKind.DEFAULT))

    def rows(self) -> list[Setting]:
        """Every setting with its value (secrets masked), origin and whether it reloads, in the order of sections."""
        dumped = {name: section.model_dump(mode="json") for name, section in self.sections.items()}
        result = []
        for keys, field in self._leaves.items():
            name = ".".join(keys)
            value: Any = dumped
            for key in keys:
                value = value[key]
            is_secret = hasattr(self.value(name), "get_secret_value") and bool(value)
            shown = MASK if is_secret else _shown(name, value, field)
            origin = self.origin(name)
            reloads = bool(_extra(field).get("reloads", False))
            result.append(Setting(name, shown, str(origin.kind), origin.place, reloads, field.description or ""))
        return result

    def reloaded(self, previous: Configuration) -> Configuration:
        """This configuration as a running service may take it over: fields that need a restart stay as they were."""
        values: dict[tuple[str, ...], object] = {}
        origins: dict[str, Origin] = {}
        for keys, field in self._leaves.items():
            name = ".".join(keys)
            keeps = not _extra(field).get("reloads", False) and keys in previous._leaves
            source = previous if keeps else self
            values[keys] = source.value(name)
            origins[name] = source.origin(name)
        sections = {}
        for name, section in self.sections.items():
            sections[name] = type(section).model_validate(nested(values, name))
        return Configuration(sections, origins, self.path)

    def held_back(self, previous: Configuration) -> tuple[str, ...]:
        """Names of the settings that differ from `previous` and take effect only after a restart."""
        known = previous._leaves
        return tuple(
            ".".join(keys)
            for keys, field in self._leaves.items()
            if keys in known
            and not _extra(field).get("reloads", False)
            and self.value(".".join(keys)) != previous.value(".".join(keys))
        )


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    extra = field.json_schema_extra
    return extra if isinstance(extra, Mapping) else {}


def section_models(sections: Sequence[SectionModel] = ()) -> dict[str, type[BaseModel]]:
    """The built-in sections and those of components. A component may extend a built-in one by deriving from it."""
    models: dict[str, type[BaseModel]] = dict(BUILT_IN)
    for name, model in sections:
        present = models.get(name)
        if present is not None and not issubclass(model, present):
            raise ConfigurationError(f"two components bring a section {name!r}; let {model.__name__} derive from it")
        models[name] = model
    return models


def load_configuration(
    path: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
    sections: Sequence[SectionModel] = (),
) -> Configuration:
    """Read the configuration from its four layers.

    `path` is a `scorpius.yaml` that must exist, or None for none; `environ` defaults to the process's environment;
    `overrides` may be nested or dotted (`{"store.encryption": True}`); `sections` come from components.
    Raises ConfigurationError for unknown keys and wrong values, naming file and line or the variable.
    """
    models = section_models(sections)
    leaves = leaves_of(models.items())
    file = None if path is None else Path(path)
    document = None if file is None else read_document(file)
    layers: list[tuple[OriginKind, Layer]] = [
        (OriginKind.FILE, {} if document is None else file_layer(document, leaves)),
        (OriginKind.ENVIRONMENT, environment_layer(os.environ if environ is None else environ, leaves)),
        (OriginKind.OVERRIDE, override_layer(overrides or {}, leaves)),
    ]
    given = _Given({}, {}, leaves, document)
    for kind, layer in layers:
        for keys, (value, place) in layer.items():
            given.values[keys] = value
            given.origins[".".join(keys)] = Origin(kind, place)
    return Configuration(_validated(models, given), given.origins, file)


@dataclass(frozen=True, slots=True)
class _Given:
    """What all layers together say, and where each value is from."""

    values: dict[tuple[str, ...], object]
    origins: dict[str, Origin]
    leaves: Leaves
    document: YamlDocument | None


def _validated(models: Mapping[str, type[BaseModel]], given: _Given) -> dict[str, BaseModel]:
    result: dict[str, BaseModel] = {}
    problems: list[str] = []
    for name, model in models.items():
        try:
            result[name] = model.model_validate(nested(given.values, name))
        except ValidationError as error:
            problems += [_problem(name, item, given) for item in error.errors()]
    if problems:
        raise ConfigurationError("\n".join(dict.fromkeys(problems)))
    return result


def _problem(section: str, error: ErrorDetails, given: _Given) -> str:
    location = (section, *(str(part) if isinstance(part, str) else part for part in error["loc"]))
    keys = _setting_at(location, given)
    name = ".".join(keys)
    origin = given.origins.get(name)
    if origin is None:
        variable = PREFIX + "__".join(keys).upper()
        return f"{name}: {expectation(error)}; set it in {FILE_NAME} or as {variable}"
    place = f"{origin.kind} {origin.place}".strip()
    if origin.kind is OriginKind.FILE and given.document is not None:
        place = given.document.place(location)
    return f"{place}: {name} is {_brief(_shown(name, given.values[keys], given.leaves[keys]))}; {expectation(error)}"


def _setting_at(location: tuple[str | int, ...], given: _Given) -> tuple[str, ...]:
    """The setting an error is in: the given one its location leads to, else what the location names."""
    for end in range(len(location), 0, -1):
        keys = tuple(str(part) for part in location[:end])
        if keys in given.values:
            return keys
    return tuple(str(part) for part in location[:2])


def _shown(name: str, value: object, field: FieldInfo) -> object:
    """The value as people may see it."""
    if _extra(field).get("only_host", False):
        several = value if isinstance(value, list | tuple) else [value]
        return [origin_of_address(str(item)) for item in several]
    return masked(name, value)


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LINE else f"{text[: LINE - 1]}…"


def default_yaml(sections: Sequence[SectionModel] = (), values: Mapping[str, object] | None = None) -> str:
    """A `scorpius.yaml` with every setting commented out beside its meaning, so that defaults stay defaults.

    `values` by dotted name are written as set. Raises ConfigurationError for values that are not valid.
    """
    from scorpius_lab.core.configuration_template import template

    given = load_configuration(environ={}, overrides=values, sections=sections)
    return template(section_models(sections), {name: given.value(name) for name in given.origins})
