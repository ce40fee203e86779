"""Requirements as data: which ids a framework has, and our own words for those the checks speak to."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from scorpius_lab.errors import FormatError, UsageError

FRAMEWORKS: tuple[str, ...] = ("soc2", "iso27001", "pci_dss", "hipaa", "gdpr")
_RANGE = re.compile(r"^(?P<stem>(?:.*[.A-Z])?)(?P<first>\d+)-(?P<last>\d+)$")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a framework. `counted` is False for what is listed but not part of coverage."""

    framework: str
    id: str
    kind: str
    title: str
    counted: bool = True

    @property
    def key(self) -> str:
        """`framework:id`, as rules name it."""
        return f"{self.framework}:{self.id}"


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework in one edition, its requirements in the order of the publication."""

    id: str
    name: str
    edition: str
    requirements: tuple[Requirement, ...]

    @property
    def counted(self) -> tuple[Requirement, ...]:
        """The requirements that coverage is taken over."""
        return tuple(one for one in self.requirements if one.counted)

    def find(self, requirement_id: str) -> Requirement:
        """The requirement with this id. Raises UsageError for an unknown one."""
        for one in self.requirements:
            if one.id == requirement_id:
                return one
        raise UsageError(
            f"{self.name} {self.edition} has no requirement {requirement_id!r}; ids are written as published"
        )


class _File(BaseModel):
    """The content of a framework's file: ids by kind, blank-separated, `A.8.1-34` for a run of last numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    edition: str
    order: int
    requirements: Mapping[str, str]
    not_counted: Mapping[str, str] = {}
    titles: Mapping[str, str] = {}


@functools.cache
def load_framework(name: str) -> Framework:
    """A framework by its short name. Raises UsageError for an unknown one, FormatError for an unsound file."""
    if name not in FRAMEWORKS:
        raise UsageError(f"there is no framework {name!r}; there are {', '.join(FRAMEWORKS)}")
    from pydantic import ValidationError

    path = files(__package__) / f"{name}.yaml"
    try:
        content = _File.model_validate(_read_yaml(path.read_text(encoding="utf-8")))
    except ValidationError as problem:
        raise FormatError(f"{name}.yaml is not a framework: {problem.errors()[0]['msg']}") from problem
    return _framework(content)


def all_frameworks() -> tuple[Framework, ...]:
    """Every framework, in the order reports show them."""
    return tuple(load_framework(name) for name in FRAMEWORKS)


def requirement(key: str) -> Requirement:
    """The requirement a rule names as `framework:id`. Raises UsageError for an unknown one."""
    name, _, requirement_id = key.partition(":")
    return load_framework(name).find(requirement_id)


def expand(ids: str) -> Iterator[str]:
    """Single ids from blank-separated ids and runs: `A.8.1-3` gives A.8.1, A.8.2 and A.8.3."""
    for word in ids.split():
        found = _RANGE.match(word)
        if found is None:
            yield word
            continue
        for number in range(int(found["first"]), int(found["last"]) + 1):
            yield f"{found['stem']}{number}"


def _read_yaml(text: str) -> object:
    import yaml

    # Every scalar stays text: `8.2` and `8.20` are different ids.
    return yaml.load(text, Loader=_text_loader())  # noqa: S506 (a loader that makes nothing but text)


@functools.cache
def _text_loader() -> type:
    import yaml

    class TextLoader(yaml.SafeLoader):
        """Makes mappings, lists and text only."""

    TextLoader.yaml_implicit_resolvers = {}
    return TextLoader


def _framework(content: _File) -> Framework:
    found = [
        Requirement(content.id, one, kind, content.titles.get(one, ""), counted)
        for group, counted in ((content.requirements, True), (content.not_counted, False))
        for kind, ids in group.items()
        for one in expand(ids)
    ]
    known = {one.id for one in found}
    if len(known) != len(found):
        raise FormatError(f"{content.id}.yaml lists an id twice")
    strange = sorted(set(content.titles) - known)
    if strange:
        raise FormatError(f"{content.id}.yaml gives a title to {strange[0]!r}, which it does not list")
    return Framework(content.id, content.name, content.edition, tuple(found))
