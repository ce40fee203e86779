"""The manifest of a bundle: what the report is, what it was made from, and the hash of every file and result."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from scorpius_lab.errors import BundleError

FORMAT: Final = "scorpius report bundle"
FORMAT_VERSION: Final = 1

REPORT_HTML: Final = "report.html"
REPORT_PDF: Final = "report.pdf"
NOTEBOOK: Final = "report.ipynb"
SNAPSHOT: Final = "data.duckdb"
EVIDENCE_FOLDER: Final = "evidence"
WITHHELD: Final = "evidence/withheld.csv"
ENVIRONMENT: Final = "environment.json"
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
ANCHOR: Final = "anchor.json"
WITHHELD_COLUMNS: Final = ("sha256", "size", "media_type", "classification", "reason", "holder")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SAFE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,3}\Z")


class ReportState(StrEnum):
    """Whether the notebook ran to its end; a failed report still has its partial bundle."""

    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the runner says about a report for its manifest.

    `name` is the report, `title` the sentence with the result, `as_of` the moment it speaks of (aware). `runs` are the
    ids of the runs whose rows it read. `redaction` says what was masked (empty: nothing was). `error` is what a failed
    report failed with.
    """

    name: str
    title: str
    as_of: datetime
    code_version: str
    headline: str = ""
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)
    runs: Sequence[str] = ()
    state: ReportState = ReportState.COMPLETE
    error: str = ""
    sample: bool = False
    redaction: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileEntry(_Part):
    """One file of the bundle."""

    name: str
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class NotebookEntry(_Part):
    """The executed notebook: hash of the file, and of its source without outputs and injected parameters."""

    name: Literal["report.ipynb"] = NOTEBOOK
    sha256: Sha256
    source_sha256: Sha256


class ResultEntry(_Part):
    """One displayed table or chart."""

    name: str
    kind: str
    sha256: str
    rows: int | None
    columns: list[str]


class EvidenceEntry(_Part):
    """One cited blob, in the bundle or kept back (then it is listed in withheld.csv)."""

    sha256: Sha256
    media_type: str
    size: Annotated[int, Field(ge=0)]
    withheld: bool


class SignerEntry(_Part):
    """Who signed: the id that binds both public keys, which lie beside the manifest."""

    id: Sha256
    short_id: str
    keys: list[str]
    signatures: list[str]


class Manifest(_Part):
    """The whole manifest. Its file has one form only (`to_json`), so that two readers cannot read it differently."""

    format: Literal["scorpius report bundle"] = FORMAT
    format_version: Literal[1] = FORMAT_VERSION
    report: str
    title: str
    headline: str
    state: Literal["complete", "failed"]
    error: str
    sample: bool
    as_of: str
    parameters: dict[str, JsonValue]
    code_version: str
    runs: list[str]
    inputs: dict[str, str]
    redaction: str
    notebook: NotebookEntry
    results: list[ResultEntry]
    evidence: list[EvidenceEntry]
    files: list[FileEntry]
    signer: SignerEntry
    verify_commands: list[str]

    def sha256_of(self, name: str) -> str:
        """The hash of one of the bundle's files. Raises BundleError if the manifest does not list it."""
        found = next((entry.sha256 for entry in self.files if entry.name == name), None)
        if found is None:
            raise BundleError(f"{MANIFEST} does not list {name}")
        return found

    def to_json(self) -> bytes:
        """The bytes of manifest.json."""
        text = json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode()

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """The manifest in these bytes. Raises BundleError: damaged, of a newer format, or not in its one form."""
        try:
            manifest = cls.model_validate_json(content)
        except ValidationError as error:
            raise BundleError(f"{MANIFEST} is not a manifest: {_first_reason(content, error)}") from None
        try:
            same = manifest.to_json() == content
        except (ValueError, RecursionError):
            same = False
        if not same:
            raise BundleError(f"{MANIFEST} is not in its one form (repeated keys, spaces or order were changed)")
        return manifest


def _first_reason(content: bytes, error: ValidationError) -> str:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return "it is not JSON"
    version = value.get("format_version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        return f"its format {version} is newer than {FORMAT_VERSION}, which this version reads; update scorpius_lab"
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(ascii(part)[:40] for part in first["loc"]) or "the whole"
    return f"{place}: {first['msg']}"


def shown(name: str) -> str:
    """A name as it may be printed: as it is if harmless, else with every odd character escaped."""
    return name if SAFE_NAME.match(name) else ascii(name)[:200]
