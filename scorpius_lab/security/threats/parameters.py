"""What `threats.scan` takes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ScanParameters(BaseModel):
    """What `threats.scan` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: Annotated[list[Path], Field(description="Log files and folders; empty: this host's own logs.")] = []
    since: Annotated[datetime | None, Field(description="Leave out records older than this, UTC.")] = None
    rules: Annotated[list[Path], Field(description="More Sigma rules: folders, .yml files or .zip archives.")] = []
    own_rules: Annotated[bool, Field(description="Run the rules that come with this package.")] = True
    sample: Annotated[bool, Field(description="Read the bundled sample, marked as such, instead of real logs.")] = False
    sample_when_empty: Annotated[bool, Field(description="Show the sample if there is nothing to read.")] = True
    journal: Annotated[bool, Field(description="Read the systemd journal with this host's own logs.")] = True
    time_limit: Annotated[float, Field(gt=0, description="Seconds for reading and matching together.")] = 120.0
    timezone: Annotated[
        str, Field(description="Zone of times that carry none, such as Europe/Berlin; empty: this machine's.")
    ] = ""

    @field_validator("since")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(f"{value!r} is not a time zone; give a name such as Europe/Berlin") from None
        return value
