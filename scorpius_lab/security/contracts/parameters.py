"""What `contracts.scan` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class ScanParameters(BaseModel):
    """What `contracts.scan` takes: paths or source text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: Annotated[list[Path], Field(description="Solidity files, folders and projects.")] = []
    source: Annotated[str, Field(description="Source text to look at instead of files.")] = ""
    include: Annotated[list[str], Field(description="Only these detectors, by id.")] = []
    exclude: Annotated[list[str], Field(description="Not these detectors, by id.")] = []
    ai: Annotated[bool, Field(description="Put findings in the order of the ranking model.")] = False
    file_seconds: Annotated[float, Field(gt=0, description="Seconds for one file at most.")] = 20.0

    @field_validator("paths", mode="before")
    @classmethod
    def _none_is_empty(cls, given: object) -> object:
        if isinstance(given, list | tuple) and any(isinstance(path, str) and not path.strip() for path in given):
            raise ValueError("a path is empty; give Solidity files or folders, '.' for the current one")
        return given

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.paths) == bool(self.source):
            raise ValueError("give either paths of Solidity files or source text")
        return self
