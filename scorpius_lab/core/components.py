"""What a room of the house hands to the lab: its functions, migrations, rules and configuration section.

A component is one module with a `COMPONENT`; `lab.py` lists them. A later engine adds its own module and one line
there, and edits nothing of its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from scorpius_lab.core.rules import Rule
from scorpius_lab.core.store.tables import Table
from scorpius_lab.core.yaml_document import expectation, nearest
from scorpius_lab.errors import ParameterError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from scorpius_lab.core.audit import AuditSink
    from scorpius_lab.core.evidence import Evidence
    from scorpius_lab.core.findings import Finding
    from scorpius_lab.core.observations import Observation
    from scorpius_lab.core.runs import RunContext, Scope


class NoParameters(BaseModel):
    """For engine functions that take none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Recorder(Protocol):
    """What an engine function is given: its context, the store to read, and the places its results go.

    Each `add_*` takes a batch of any size, commits it whole (a killed process leaves whole batches only) and returns
    how many rows were new. Call it with many records at once, never in a loop with one.
    """

    @property
    def run_id(self) -> str:
        """The id of the run being recorded."""

    @property
    def context(self) -> RunContext:
        """Progress, cancellation, deadline, executor, clock, seed."""

    @property
    def configuration(self) -> Any:
        """The lab's configuration: `configuration.security_config.enable_ai_detection`."""

    @property
    def lab_folder(self) -> Path:
        """The folder of the lab, where relative paths of its settings start."""

    @property
    def audit(self) -> AuditSink:
        """Where changes outside the store are recorded."""

    @property
    def workdir(self) -> Path:
        """A scratch folder of this run, deleted when it ends."""

    def sql(self, query: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Read from the store; named parameters are written `$name`."""

    def add_evidence(self, items: Iterable[Evidence]) -> list[str]:
        """Store blobs and their collections; returns the collection ids in the order given."""

    def add_observations(self, items: Iterable[Observation]) -> int:
        """Store observations, with their assets and rules."""

    def add_findings(self, items: Iterable[Finding]) -> int:
        """Store findings, with their assets and rules; opens or reopens them."""

    def add_findings_frame(self, frame: pl.DataFrame, rules: Iterable[Rule]) -> int:
        """Store many findings at once from columns named as in the table `findings` (see `core/store/tables.py`)."""

    def add_rows(self, table: str, frame: pl.DataFrame) -> int:
        """Append rows to a table of the engine's own (made by its migrations)."""

    def add_rows_together(self, rows: Mapping[str, pl.DataFrame]) -> dict[str, int]:
        """Append to several of the engine's own tables in one transaction: all of it or nothing."""

    def add_input(self, name: str, sha256: str) -> None:
        """Record that this run read an input with this hash."""

    def set_scope(self, scope: Scope) -> None:
        """Say what the run looked at, so that findings it covered and no longer saw are closed when it succeeds."""

    def now(self) -> datetime:
        """The context's clock."""


@dataclass(frozen=True, slots=True)
class EngineFunction:
    """One thing an engine can do, callable from a notebook, the command line and a pipeline alike.

    `call` gets the recorder and an instance of `parameters`, and returns a small JSON-able summary. A function that
    `observes_world` is never skipped when a pipeline resumes.
    """

    name: str
    version: str
    summary: str
    call: Callable[[Recorder, Any], Mapping[str, object]]
    parameters: type[BaseModel] = NoParameters
    observes_world: bool = False

    def validated(self, parameters: Mapping[str, Any]) -> BaseModel:
        """The parameters as the function takes them. Raises ParameterError: an unknown name, a wrong type or value."""
        try:
            return self.parameters.model_validate(dict(parameters))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            if first["type"] == "extra_forbidden":
                known = nearest(name, sorted(self.parameters.model_fields))
                raise ParameterError(f"{self.name} has no parameter {name!r}{known}") from error
            raise ParameterError(f"{self.name}: {name}: {expectation(first)}") from error


@dataclass(frozen=True, slots=True)
class Component:
    """One engine's contribution to the lab.

    `migrations` is the importable package whose `0001.sql`, `0002.sql` … are applied in order, or None; `tables`
    describes the tables they make, for `Recorder.add_rows`. `section` is the name and model of the engine's
    configuration section, or None. `rules` lists every rule it can apply (called only when somebody asks).
    """

    name: str
    functions: tuple[EngineFunction, ...] = ()
    migrations: str | None = None
    tables: tuple[Table, ...] = ()
    section: tuple[str, type[BaseModel]] | None = None
    rules: Callable[[], Iterable[Rule]] = field(default=tuple)
