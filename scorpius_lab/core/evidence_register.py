"""The register of evidence: what was collected, and handing files in and out by hand."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.evidence import Classification, Evidence
from scorpius_lab.core.frame_files import frame_lines
from scorpius_lab.core.recorder import LabRecorder
from scorpius_lab.core.store import BlobFolder, Store
from scorpius_lab.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pandas as pd
    import polars as pl

LARGEST_FILE = 256 * 1024 * 1024
SHORTEST_PREFIX = 6

_LIST = """
SELECT c.id, c.sha256, b.size, b.media_type, c.source, c.collector, c.query, c.outcome, c.classification,
       c.collected_by, c.effective_at, c.collected_at, c.recorded_at, c.run_id
FROM collections c LEFT JOIN blobs b USING (sha256)
"""


@dataclass(frozen=True, slots=True)
class EvidenceRegister:
    """`lab.evidence`. `recording` opens a run for evidence that a person hands in."""

    store: Store
    blobs: BlobFolder
    audit: AuditSink
    recording: Callable[[str, dict[str, object]], AbstractContextManager[LabRecorder]] = field(repr=False)

    def list(self, *, source: str | None = None) -> pl.DataFrame:
        """Collections, newest first; `source` narrows to one source."""
        where, parameters = ("WHERE c.source = $source", {"source": source}) if source else ("", None)
        return self.store.sql(
            f"{_LIST} {where} ORDER BY c.collected_at DESC, c.id", parameters, purpose="list evidence"
        )

    def show(self, evidence: str) -> pl.DataFrame:
        """The collections of one piece of evidence, by id or hash or a unique beginning of either."""
        if len(evidence) < SHORTEST_PREFIX:
            raise EvidenceError(f"{evidence!r} names no evidence; give at least {SHORTEST_PREFIX} digits of id or hash")
        found = self.store.sql(
            f"{_LIST} WHERE starts_with(c.id, $name) OR starts_with(c.sha256, $name) ORDER BY c.collected_at, c.id",
            {"name": evidence},
            purpose="show evidence",
        )
        if found.is_empty():
            raise EvidenceError(f"no evidence's id or hash begins with {evidence}; see `scorpius evidence list`")
        return found

    def content(self, evidence: str) -> bytes:
        """The bytes, checked against their hash. Raises EvidenceError."""
        hashes = self.show(evidence)["sha256"].unique().to_list()
        if len(hashes) > 1:
            raise EvidenceError(f"{len(hashes)} pieces of evidence begin with {evidence}; give more digits")
        return self.blobs.get(hashes[0])

    def add(
        self,
        given: Path | str | pl.DataFrame | pd.DataFrame,
        *,
        source: str = "",
        effective_at: datetime | None = None,
        classification: Classification | str = Classification.INTERNAL,
        note: str = "",
    ) -> pl.DataFrame:
        """Take a file, or a frame as JSON lines, in as evidence and return its collection.

        `effective_at` is when its content was true (default: the file's own modification time). A frame has neither
        name nor time of its own, so it needs `source` and `effective_at`. Raises UsageError.
        """
        if isinstance(given, Path | str):
            file = Path(given)
            content, modified = _read(file)
        elif source and effective_at is not None:
            file, content, modified = Path(f"{source}.jsonl"), frame_lines(given), effective_at
        else:
            raise UsageError("a frame does not say where it is from and when it was true: give source and effective_at")
        if effective_at is not None and effective_at.tzinfo is None:
            raise UsageError(f"the time {effective_at.isoformat()} has no time zone; give an aware UTC time")
        item = Evidence(
            content=content,
            source=source or file.name,
            collector="by hand",
            query=note or str(file),
            media_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
            classification=_classification(classification),
            effective_at=effective_at or modified,
        )
        with self.recording("evidence.add", {"file": str(file)}) as recorder:
            (collection,) = recorder.add_evidence([item])
        self.audit.record("evidence.added", collection, detail={"file": file.name, "source": item.source})
        return self.show(collection)

    def export(self, evidence: str, path: Path | str) -> Path:
        """Write the bytes of one piece of evidence to a new file and return its path."""
        target, content = Path(path), self.content(evidence)
        try:
            with target.open("xb") as file:
                file.write(content)
        except FileExistsError as error:
            raise UsageError(f"{target} is there already; name a new file") from error
        except OSError as error:
            raise UsageError(f"{target} cannot be written ({error.strerror})") from error
        self.audit.record("evidence.exported", evidence, detail={"to": str(target)})
        return target


def _read(file: Path) -> tuple[bytes, datetime]:
    from datetime import UTC

    try:
        status = file.stat()
        if status.st_size > LARGEST_FILE:
            raise UsageError(f"{file} is larger than {LARGEST_FILE // 2**20} MiB; hand in an extract or its manifest")
        return file.read_bytes(), datetime.fromtimestamp(status.st_mtime, UTC)
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}); give the path of a file") from error


def _classification(name: Classification | str) -> Classification:
    try:
        return Classification(name)
    except ValueError as error:
        raise UsageError(f"{name!r} is no classification; it is one of {', '.join(Classification)}") from error
