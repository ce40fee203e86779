"""What a pipeline file may say.

    name: nightly
    description: One sentence.
    steps:
      - id: checks
        call: compliance.check
        with: {timeout: 20}
      - id: pages
        reports: [compliance, threat]
        needs: [checks]
        format: html

A step runs when every step it needs has succeeded. Without `needs` it waits for every call above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scorpius_lab.core.identity import content_id
from scorpius_lab.core.yaml_document import Keys, YamlDocument

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME)]


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Annotated[Name, Field(description="Names the step in messages, in `needs` and in the state file.")]
    with_: Annotated[dict[str, Any], Field(alias="with", description="Parameters.")] = {}
    needs: Annotated[tuple[Name, ...] | None, Field(description="Steps that must succeed first.")] = None
    phase: Annotated[str | None, Field(max_length=40, description="What its time is counted as.")] = None


class CallStep(_Step):
    """A step that calls an engine function."""

    call: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", description="Name of the function.")]

    @property
    def what(self) -> str:
        """What is shown for it."""
        return self.call


class ReportStep(_Step):
    """A step that makes reports, together and in parallel. Steps next to each other with equal settings join."""

    reports: Annotated[tuple[str, ...], Field(min_length=1, description="Supplied reports or paths of notebooks.")]
    out: Annotated[Path | None, Field(description="Folder of the bundles; default: the configuration's.")] = None
    format: Annotated[tuple[Literal["html", "pdf", "ipynb"], ...] | None, Field(min_length=1)] = None
    redact: Annotated[bool, Field(description="Mask columns marked personal.")] = False

    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, data: Any) -> Any:
        """`report: x` is `reports: [x]`, and one format may stand without brackets."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if "report" in data:
            if "reports" in data:
                raise ValueError("give either `report` or `reports`")
            data["reports"] = [data.pop("report")]
        if isinstance(data.get("format"), str):
            data["format"] = [data["format"]]
        return data

    @property
    def what(self) -> str:
        """What is shown for it."""
        return ", ".join(Path(name).stem if name.endswith(".ipynb") else name for name in self.reports)

    @property
    def settings(self) -> str:
        """Equal for steps that can be made in one call."""
        return content_id(self.with_, str(self.out), list(self.format or ()), self.redact)


Step = CallStep | ReportStep


@dataclass(frozen=True)
class Pipeline:
    """A pipeline as read: its steps in the order of the file, and the file for messages."""

    name: str
    description: str
    steps: tuple[Step, ...]
    document: YamlDocument
    path: Path | None = None

    def place(self, *keys: str | int) -> str:
        """`file:line` of an entry, for messages: `place("steps", 2, "call")`."""
        return self.document.place(tuple(keys))

    def needs(self, step: Step) -> tuple[str, ...]:
        """Ids of the steps that must have succeeded before this one."""
        if step.needs is not None:
            return step.needs
        above = self.steps[: self.steps.index(step)]
        return tuple(other.id for other in above if isinstance(other, CallStep))

    def key(self, versions: Mapping[str, str]) -> str:
        """Names what this pipeline would do: equal for equal steps and parameters run by equal function versions."""
        steps = [step.model_dump(mode="json", by_alias=True) for step in self.steps]
        return content_id("pipeline", self.name, steps, dict(versions))


def keys_of_step(index: int, *more: str | int) -> Keys:
    """The path of a step, or of something in it, in the document."""
    return ("steps", index, *more)
