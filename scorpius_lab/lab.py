"""The lab: what a notebook and the command line hold. Every verb of the command line is a method here.

A `Lab` keeps no connection and no lock between calls, so it may stay open all day.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scorpius_lab import __version__
from scorpius_lab.assembly import build_store, components_sections, first_file, load_components
from scorpius_lab.core.audit import AuditSink, FileAuditSink
from scorpius_lab.core.components import Component, EngineFunction
from scorpius_lab.core.config import FILE_NAME, Configuration, load_configuration
from scorpius_lab.core.evidence_register import EvidenceRegister
from scorpius_lab.core.executors import open_executor
from scorpius_lab.core.finding_register import FindingRegister
from scorpius_lab.core.frame_files import given_paths, readable_files
from scorpius_lab.core.identity import canonical_json
from scorpius_lab.core.observation_list import OBSERVATIONS_OF_RUN
from scorpius_lab.core.recorder import LabRecorder, recorded_run
from scorpius_lab.core.runs import Clock, Progress, RunContext, silent, utc_now
from scorpius_lab.core.store import BlobFolder, Store
from scorpius_lab.core.yaml_document import nearest
from scorpius_lab.errors import StoreMissing, UsageError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from scorpius_lab.integration.schedule import ScheduleRegister
    from scorpius_lab.quantum.workbench import QuantumWorkbench
    from scorpius_lab.reporting.trust_register import TrustRegister

    Bundles = Path | str | Sequence[Path | str] | pl.DataFrame | pd.DataFrame
    Logs = Path | str | pl.DataFrame | pd.DataFrame | Sequence[Path | str | pl.DataFrame | pd.DataFrame]


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of one call of an engine function."""

    function: str
    run_id: str
    summary: Mapping[str, object]
    seconds: float


@dataclass(frozen=True)
class Lab:
    """An opened workbench: folder, configuration, store, evidence, audit log. Made by `open_lab` and `init_lab`."""

    path: Path
    configuration: Configuration
    components: tuple[Component, ...]
    store: Store = field(repr=False)
    blobs: BlobFolder = field(repr=False)
    audit: AuditSink = field(repr=False)
    clock: Clock = field(default=utc_now, repr=False)

    @property
    def name(self) -> str:
        """The name of the lab's folder."""
        return self.path.resolve().name

    @property
    def key_folder(self) -> Path:
        """Where the lab's keys lie."""
        return self.path / self.configuration.store.keys

    @property
    def report_folder(self) -> Path:
        """Where bundles go unless another folder is named."""
        return self.path.resolve().parent / self.configuration.reporting.folder

    @property
    def data_key(self) -> bytes | None:
        """The key of an encrypted lab; None for a plain one."""
        key = self.store.backend.key
        return bytes.fromhex(key) if key else None

    def _snapshot_key(self, snapshot_sha256: str) -> str | None:
        from scorpius_lab.core.snapshot_keys import find_snapshot_key

        return find_snapshot_key(self.key_folder, snapshot_sha256, self.data_key) if self.data_key else None

    # -- reading

    def sql(self, query: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """The result of a query over the lab's tables, as polars; named parameters are written `$name`."""
        return self.store.sql(query, parameters)

    def pandas(self, query: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        """As `sql`, as a pandas frame."""
        with self.store.read("query") as connection:
            return connection.sql(query, params=dict(parameters) if parameters else None).df()

    def runs(self, *, function: str | None = None, limit: int | None = None) -> pl.DataFrame:
        """Runs, newest first."""
        where = "WHERE function = $function" if function else ""
        take = f"LIMIT {int(limit)}" if limit is not None else ""
        return self.store.sql(
            f"SELECT * EXCLUDE (effective_at, collected_at) FROM runs {where} "  # noqa: S608 (bound, or an integer)
            f"ORDER BY started_at DESC, id {take}",
            {"function": function} if function else None,
            purpose="list runs",
        )

    @cached_property
    def findings(self) -> FindingRegister:
        """Listing findings and deciding about them."""
        return FindingRegister(self.store, self.audit, self.clock)

    @cached_property
    def evidence(self) -> EvidenceRegister:
        """Listing, adding and exporting evidence."""
        return EvidenceRegister(self.store, self.blobs, self.audit, self._record_by_hand)

    def settings(self) -> pl.DataFrame:
        """Every setting with its value as JSON (secrets masked), where it came from, and whether it reloads."""
        import polars as pl

        rows = self.configuration.rows()
        return pl.DataFrame(
            {
                "name": [row.name for row in rows],
                "value": [canonical_json(row.value) for row in rows],
                "origin": [row.origin for row in rows],
                "place": [row.place for row in rows],
                "reloads": [row.reloads for row in rows],
            }
        )

    # -- engine functions

    def functions(self) -> dict[str, EngineFunction]:
        """Every engine function by name."""
        return {function.name: function for component in self.components for function in component.functions}

    def call(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        progress: Progress = silent,
        context: RunContext | None = None,
    ) -> CallResult:
        """Run one engine function and record the run. Raises UsageError, ParameterError or what the function raises."""
        function = self._function(name)
        given = function.validated(parameters or {})
        begun = time.perf_counter()
        chosen = self.configuration.execution
        with (
            open_executor(chosen.executor, chosen.workers, chosen.address) as executor,
            recorded_run(
                self.store,
                self.blobs,
                self.audit,
                context or RunContext(progress=progress, clock=self.clock, executor=executor),
                function=function.name,
                version=function.version,
                parameters=given.model_dump(mode="json"),
                configuration=self.configuration,
                own_tables={table.name: table for component in self.components for table in component.tables},
            ) as recorder,
        ):
            summary = function.call(recorder, given)
        return CallResult(name, recorder.run_id, summary, time.perf_counter() - begun)

    def check(
        self, only: Sequence[str] | None = None, *, progress: Progress = silent, **parameters: Any
    ) -> pl.DataFrame:
        """Check this host and return one row per check: rule, state, reason."""
        result = self.call("compliance.check", {"checks": only, **parameters}, progress=progress)
        return self.observations(result.run_id)

    def threats(self, logs: Logs = (), *, progress: Progress = silent, **parameters: Any) -> pl.DataFrame:
        """Scan logs (or this host's own) with rules and return one row per rule and log source.

        `logs` are paths of files and folders, or frames of events: a row is an event, its columns are its fields.
        """
        with readable_files(logs, self.path / "frames") as paths:
            result = self.call("threats.scan", {"paths": paths, **parameters}, progress=progress)
        return self.observations(result.run_id)

    def contracts(
        self, paths: Sequence[Path | str] = (), *, progress: Progress = silent, **parameters: Any
    ) -> pl.DataFrame:
        """Scan Solidity files, folders and projects, or `source=` text, and return one row per file.

        The findings are in the store: `lab.store`, the report `contracts`.
        """
        result = self.call("contracts.scan", {"paths": [str(p) for p in paths], **parameters}, progress=progress)
        return self.observations(result.run_id)

    def benchmark(self, *, progress: Progress = silent, **parameters: Any) -> pl.DataFrame:
        """Measure what the product promises on this machine and return one row per measurement."""
        result = self.call("benchmark.run", parameters, progress=progress)
        return self.observations(result.run_id)

    def observations(self, run_id: str) -> pl.DataFrame:
        """What one run observed, with titles, worst first."""
        return self.store.sql(
            OBSERVATIONS_OF_RUN,
            {"run": run_id},
            purpose="list observations",
        )

    def rules(self) -> list[Any]:
        """Every rule the lab's engines can apply."""
        return [rule for component in self.components for rule in component.rules()]

    @cached_property
    def quantum(self) -> QuantumWorkbench:
        """Encrypting, signing, keys, and simulated QKD links."""
        from scorpius_lab.quantum.component import KEYSET_FOLDER
        from scorpius_lab.quantum.workbench import QuantumWorkbench

        return QuantumWorkbench(
            self.key_folder / KEYSET_FOLDER,
            self.configuration.quantum_config,
            self.audit,
            self.clock,
            self.call,
            self.observations,
        )

    # -- reports

    def report_names(self) -> tuple[str, ...]:
        """Names of the supplied reports."""
        from scorpius_lab.reporting.reports import REPORTS

        return tuple(REPORTS)

    def report(
        self,
        names: str | Path | Sequence[str | Path],
        parameters: Mapping[str, Any] | None = None,
        *,
        out: Path | str | None = None,
        format: Sequence[str] | str | None = None,  # noqa: A002 (the word users type)
        redact: bool = False,
        progress: Progress = silent,
    ) -> pl.DataFrame:
        """Make one or several reports, in parallel, and return a row for each.

        Columns: name, state, headline, path, signer, rows read, and the open findings among them by severity.

        A name is a supplied report or the path of a notebook. Raises ParameterError before a kernel starts and
        NotebookFailed after all others are done.
        """
        from scorpius_lab.reporting.contents import with_contents
        from scorpius_lab.reporting.runner import report_frame

        wanted = [names] if isinstance(names, str | Path) else list(names)
        formats = (format,) if isinstance(format, str) else tuple(format or self.configuration.reporting.formats)
        made = report_frame(
            self,
            wanted,
            dict(parameters or {}),
            out=Path(out) if out else self.report_folder,
            formats=formats,
            redact=redact,
            progress=progress,
        )
        return with_contents(made, self._snapshot_key)

    def verify(self, bundles: Bundles, *, trusted: Path | str | None = None) -> pl.DataFrame:
        """Check bundles against the lab's trusted signers, or those in another file; a row for each.

        `bundles` are paths, or a frame with the column `path`, such as `report` returns.
        """
        from scorpius_lab.reporting.contents import verified

        return verified(given_paths(bundles), self.trust.signers(trusted))

    def replay(self, bundles: Bundles, *, run_unknown_signer: bool = False) -> pl.DataFrame:
        """Compute bundles again from their snapshots and compare every displayed result; a row for each.

        `bundles` are paths, or a frame with the column `path`. The code of a bundle whose signer is unknown is run
        only when `run_unknown_signer` says so.
        """
        from scorpius_lab.reporting.contents import replayed

        return replayed(
            given_paths(bundles),
            trusted=self.trust.signers(),
            run_unknown_signer=run_unknown_signer,
            snapshot_key=self._snapshot_key if self.data_key else None,
        )

    @cached_property
    def trust(self) -> TrustRegister:
        """Whose bundles this lab believes."""
        from scorpius_lab.reporting.trust_register import TrustRegister

        return TrustRegister(self.trusted_signers_file, self.audit, self.clock)

    @property
    def trusted_signers_file(self) -> Path:
        """The file of the signers this lab trusts."""
        return self.path / "trusted_signers.json"

    # -- pipelines and schedules

    def run_pipeline(self, name: str | Path, *, fresh: bool = False, progress: Progress = silent) -> pl.DataFrame:
        """Run a pipeline given by path or name and return one row per step."""
        from scorpius_lab.integration.pipelines import find_pipeline, load_pipeline, run_pipeline

        pipeline = load_pipeline(find_pipeline(name, self.path))
        return run_pipeline(self, pipeline, progress=progress, fresh=fresh, clock=self.clock)

    def pipelines(self) -> pl.DataFrame:
        """The pipelines that can be run by name: those beside the lab and the supplied ones."""
        import polars as pl

        from scorpius_lab.integration.pipelines import known_pipelines

        known = known_pipelines(self.path)
        return pl.DataFrame({"name": list(known), "path": [str(path) for path in known.values()]})

    @cached_property
    def schedule(self) -> ScheduleRegister:
        """What runs when."""
        from scorpius_lab.integration.schedule import ScheduleRegister

        return ScheduleRegister(self)

    def quickstart(self, *, progress: Progress = silent) -> pl.DataFrame:
        """Check this host, scan its logs, measure it, and write the three reports; one row per step."""
        return self.run_pipeline("quickstart", fresh=True, progress=progress)

    # -- inside

    def _function(self, name: str) -> EngineFunction:
        functions = self.functions()
        if name not in functions:
            raise UsageError(f"there is no engine function {name!r}{nearest(name, sorted(functions))}")
        return functions[name]

    @contextmanager
    def _record_by_hand(self, function: str, parameters: dict[str, object]) -> Iterator[LabRecorder]:
        with recorded_run(
            self.store,
            self.blobs,
            self.audit,
            RunContext(clock=self.clock),
            function=function,
            version=__version__,
            parameters=parameters,
            configuration=self.configuration,
        ) as recorder:
            yield recorder


def open_lab(
    path: Path | str = "lab", *, overrides: Mapping[str, object] | None = None, notify: Progress = silent
) -> Lab:
    """Open the lab in a folder. Raises StoreMissing if there is none, ConfigurationError, StoreError.

    `overrides` are settings that win over file and environment (`{"store.lock_timeout": 5}`); `notify` is told when a
    section of the store has to be waited for.
    """
    folder = Path(path)
    if not (folder / FILE_NAME).is_file():
        raise StoreMissing(f"there is no lab in {folder.resolve()}; create one with `scorpius init {folder}`")
    lab = _assemble(folder, overrides, notify)
    lab.store.upgrade()
    return lab


def init_lab(path: Path | str = "lab", *, overrides: Mapping[str, object] | None = None) -> Lab:
    """Make a lab in a folder (or complete one whose making was interrupted) and open it.

    Explicit `overrides` that must hold for the lab's whole life (encryption, backend) are written to its file.
    """
    from scorpius_lab.core.keys import load_or_create_signing_identity
    from scorpius_lab.reporting.trusted import add_trusted_signer

    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / FILE_NAME
    if not file.exists():
        file.write_text(first_file(overrides or {}), encoding="utf-8")
    lab = _assemble(folder, overrides, silent)
    identity = load_or_create_signing_identity(lab.key_folder)
    lab.store.create()
    add_trusted_signer(lab.trusted_signers_file, identity.signer, lab.name, origin="self", at=lab.clock())
    lab.audit.record("lab.created", lab.name, detail={"version": __version__, "signer": identity.signer.id})
    return lab


def _assemble(folder: Path, overrides: Mapping[str, object] | None, notify: Progress) -> Lab:
    components = load_components()
    configuration = load_configuration(
        folder / FILE_NAME, overrides=overrides, sections=components_sections(components)
    )
    store, blobs = build_store(folder, configuration, components, notify=lambda text: notify(0, None, text))
    return Lab(folder, configuration, components, store, blobs, FileAuditSink(folder / "audit.jsonl"))
