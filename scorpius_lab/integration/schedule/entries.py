"""The entries of a lab's schedule, kept in `state/schedule.yaml`, and what became of each time they ran."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.yaml_document import YamlProblem, expectation, read_yaml
from scorpius_lab.errors import ScheduleError
from scorpius_lab.integration.pipelines.model import Name
from scorpius_lab.integration.schedule.cron import Cron, parse_cron
from scorpius_lab.integration.state_files import write_whole

KEPT_RUNS = 100
_HEAD = "# Written by `scorpius schedule add` and `remove`. Times are UTC.\n"


class Entry(BaseModel):
    """One line of the schedule: a name, when (five cron fields, UTC), and which pipeline."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    cron: str
    pipeline: Annotated[str, Field(min_length=1, description="Name of a pipeline, or absolute path of its file.")]
    added_at: AwareDatetime

    @property
    def times(self) -> Cron:
        """When it runs."""
        return parse_cron(self.cron)


def read_entries(path: Path) -> dict[str, Entry]:
    """The entries by name; none if there is no file. Raises ScheduleError naming file and line."""
    if not path.exists():
        return {}
    try:
        document = read_yaml(path)
    except YamlProblem as error:
        raise ScheduleError(str(error)) from error
    root = document.value if document.value is not None else []
    if not isinstance(root, list):
        raise ScheduleError(f"{document.place()}: the schedule must be a list of entries")
    entries: dict[str, Entry] = {}
    for index, item in enumerate(root):
        try:
            entry = Entry.model_validate(item)
            parse_cron(entry.cron)
        except ValidationError as error:
            first = error.errors()[0]
            place = document.place((index, *first["loc"]))
            raise ScheduleError(f"{place}: {'.'.join(map(str, first['loc']))}: {expectation(first)}") from error
        except ScheduleError as error:
            raise ScheduleError(f"{document.place((index, 'cron'))}: {error}") from error
        if entry.name in entries:
            raise ScheduleError(f"{document.place((index,))}: {entry.name!r} is there twice; keep one")
        entries[entry.name] = entry
    return entries


def write_entries(path: Path, entries: Iterable[Entry]) -> None:
    """Replace the file."""
    import yaml

    content = [{**entry.model_dump(), "added_at": utc_text(entry.added_at)} for entry in entries]
    write_whole(path, _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


@dataclass(frozen=True, slots=True)
class Performance:
    """One time an entry ran; `outcome` is started, succeeded or failed."""

    started_at: datetime
    pid: int
    ended_at: datetime | None = None
    outcome: str = "started"
    error: str | None = None


class History:
    """What became of the last runs of one entry, in a file of its own."""

    def __init__(self, path: Path) -> None:
        """Name the file; it need not exist."""
        self._path = path

    def read(self) -> list[Performance]:
        """Oldest first. A damaged file counts as empty: it only says what was, and must not stop what is due."""
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return [_performance(item) for item in content]
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return []

    def begin(self, moment: datetime) -> None:
        """Note that a run starts now in this process."""
        self._write([*self.read(), Performance(moment, os.getpid())])

    def end(self, moment: datetime, outcome: str, error: str | None = None) -> None:
        """Note how the run begun last has ended."""
        *earlier, last = self.read()
        self._write([*earlier, replace(last, ended_at=moment, outcome=outcome, error=error)])

    def _write(self, runs: list[Performance]) -> None:
        content = [asdict(run) for run in runs[-KEPT_RUNS:]]
        write_whole(self._path, json.dumps(content, default=_text, indent=1) + "\n")


def _text(moment: object) -> str:
    return utc_text(moment) if isinstance(moment, datetime) else str(moment)


def _performance(item: dict[str, Any]) -> Performance:
    ended = item["ended_at"]
    return Performance(
        started_at=datetime.fromisoformat(item["started_at"]),
        pid=int(item["pid"]),
        ended_at=datetime.fromisoformat(ended) if ended else None,
        outcome=str(item["outcome"]),
        error=item["error"],
    )
