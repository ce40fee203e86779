"""Verify a bundle offline: every byte, both signatures, and that manifest, notebook and evidence agree.

Nothing of the bundle is executed, imported or rendered. Whatever is in the folder, the answer is a `Verification`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from scorpius_lab.core.signing import ALGORITHMS, DetachedSignature, Signer, short_signer_id
from scorpius_lab.errors import BundleError, FormatError, InvalidSignature, KeyStoreError, UnknownSigner, UsageError
from scorpius_lab.reporting.bundle import OUTSIDE_SUMS, key_file, signature_file, signer_entry, verify_commands
from scorpius_lab.reporting.bundle_files import BundleFolder, Problems, most_entries, parse_sums
from scorpius_lab.reporting.displayed import displayed_results, source_hash
from scorpius_lab.reporting.manifest import (
    ANCHOR,
    ENVIRONMENT,
    EVIDENCE_FOLDER,
    MANIFEST,
    NOTEBOOK,
    REPORT_HTML,
    SNAPSHOT,
    SUMS,
    WITHHELD,
    WITHHELD_COLUMNS,
    FileEntry,
    Manifest,
    Sha256,
    shown,
)
from scorpius_lab.reporting.trusted import TrustedSigners

REQUIRED: Final = (REPORT_HTML, NOTEBOOK, SNAPSHOT, ENVIRONMENT, MANIFEST, WITHHELD, *(key_file(a) for a in ALGORITHMS))
UNPROVEN_TIME: Final = "unproven time"
CORE: Final = (SUMS, MANIFEST, *(key_file(a) for a in ALGORITHMS), *(signature_file(a) for a in ALGORITHMS))
SMALL: Final = 64 * 1024
PROVES: Final = (
    "Every file is byte for byte what the holder of both keys signed.",
    "The recorded results are those of the executed notebook, and every bundled piece of evidence has its hash.",
)
DOES_NOT_PROVE: Final = (
    "That the sources told the truth, or that what was collected was all there was.",
    "When it was signed: the times inside are what the lab's own clock said.",
    "Who holds the keys, unless the signer's id was compared with one had from its owner.",
    "That the numbers follow from the data: `scorpius replay` computes them again.",
)


class Status(StrEnum):
    """What verification found."""

    GOOD = "good"
    BROKEN = "broken"
    UNKNOWN_SIGNER = "unknown_signer"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking one bundle.

    `problems` are sentences that each name a file; empty unless the status is broken. `signer_id` is None when the
    signature does not hold. `self_asserted` is True unless the signer was imported into the trusted signers file.
    """

    folder: Path
    status: Status
    problems: tuple[str, ...]
    signer_id: str | None
    signer_name: str
    self_asserted: bool
    time_statement: str
    files_checked: int
    bytes_checked: int
    manifest: Manifest | None = None
    proves: tuple[str, ...] = ()
    does_not_prove: tuple[str, ...] = DOES_NOT_PROVE

    @property
    def good(self) -> bool:
        """True if everything holds and the signer is known."""
        return self.status is Status.GOOD

    @property
    def exit_code(self) -> int:
        """0 good, 1 broken, 4 good but signed by somebody unknown."""
        return {Status.GOOD: 0, Status.BROKEN: 1, Status.UNKNOWN_SIGNER: 4}[self.status]

    @property
    def report_failed(self) -> str:
        """What the report failed with, in one line; "" if the manifest says it is complete. Not a flaw of the bytes."""
        if self.manifest is None or self.manifest.state != "failed":
            return ""
        line = " ".join(self.manifest.error.split())
        return "".join(letter if letter.isprintable() else "?" for letter in line) or "a cell failed"

    @property
    def signer_statement(self) -> str:
        """One line about the signer and the time: `self-asserted signer, unproven time`."""
        if self.signer_id is None:
            return "no signer: the signature does not hold"
        who = "self-asserted signer" if self.self_asserted else f"trusted signer {ascii(self.signer_name)[1:-1]}"
        unknown = ", not in the trusted signers file" if self.status is Status.UNKNOWN_SIGNER else ""
        return f"{who} {short_signer_id(self.signer_id)}{unknown}, {self.time_statement}"

    def require_good(self) -> None:
        """Return if good. Raises BundleError (what is broken) or UnknownSigner."""
        if self.status is Status.BROKEN:
            raise BundleError(f"{self.folder} does not hold: {'; '.join(self.problems)}")
        if self.status is Status.UNKNOWN_SIGNER:
            raise UnknownSigner(
                f"{self.folder} is intact but signed by {self.signer_id}, who is not in the trusted signers file"
            )


class Anchor(BaseModel):
    """What this version understands of anchor.json: which sums it speaks of. It proves no time yet."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["scorpius anchor 1"]
    sums_sha256: Sha256


def verify_bundle(folder: Path, trusted: TrustedSigners | Path | None = None) -> Verification:
    """Check everything about a bundle and say what does not hold.

    In: the folder and the trusted signers (records, their file, or None for nobody). Raises FormatError if the trusted
    signers file is missing or damaged, UsageError if there is no such folder; whatever is wrong with the bundle is in
    the result. Nothing is hashed unless sums, manifest, keys and signatures are there.
    """
    known = TrustedSigners.load(trusted) if isinstance(trusted, Path) else trusted or TrustedSigners()
    problems = Problems()
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; give the folder of a report bundle")
    if not any(os.path.lexists(folder / name) for name in (SUMS, MANIFEST)):
        problems.add(f"{folder} is no report bundle: it has neither {SUMS} nor {MANIFEST}")
        return _verification(folder, problems, signer=None, known=known, found={}, manifest=None)
    bundle = BundleFolder.open(folder, problems, most=most_entries(folder))
    sums_content = bundle.read(SUMS, problems)
    signer = _check_signatures(bundle, sums_content, problems)
    sums = parse_sums(sums_content, problems) if sums_content is not None else {}
    if not _has_core(bundle, sums, problems):
        return _verification(folder, problems, signer=signer, known=known, found={}, manifest=None)
    found = _check_files(bundle, sums, problems)
    manifest = _check_manifest(bundle, found, signer, problems)
    _check_withheld(bundle, manifest, problems)
    _check_anchor(bundle, sums_content, problems)
    return _verification(folder, problems, signer=signer, known=known, found=found, manifest=manifest)


def _verification(
    folder: Path,
    problems: Problems,
    *,
    signer: Signer | None,
    known: TrustedSigners,
    found: Mapping[str, FileEntry],
    manifest: Manifest | None,
) -> Verification:
    entry = known.find(signer.id) if signer else None
    status = Status.GOOD if entry else Status.UNKNOWN_SIGNER
    if problems.sentences:
        status = Status.BROKEN
    return Verification(
        folder=folder,
        status=status,
        problems=tuple(problems.sentences),
        signer_id=signer.id if signer else None,
        signer_name=entry.name if entry else "",
        self_asserted=entry is None or entry.origin == "self",
        time_statement=UNPROVEN_TIME,
        files_checked=len(found),
        bytes_checked=sum(file.size for file in found.values()),
        manifest=manifest,
        proves=() if problems.sentences else PROVES,
    )


def _check_signatures(bundle: BundleFolder, sums: bytes | None, problems: Problems) -> Signer | None:
    """The signer, if both keys are readable and both halves hold over SHA256SUMS."""
    keys = [bundle.read(key_file(a), problems, SMALL) for a in ALGORITHMS]
    halves = [bundle.read(signature_file(a), problems, SMALL) for a in ALGORITHMS]
    if sums is None or any(part is None for part in (*keys, *halves)):
        return None
    first, second = (key.decode("ascii", "replace") if key is not None else "" for key in keys)
    try:
        signer = Signer.from_pem(first, second)
    except KeyStoreError as error:
        problems.add(f"{' or '.join(key_file(a) for a in ALGORITHMS)} is not usable: {error}")
        return None
    signature = DetachedSignature(halves[0] or b"", halves[1] or b"")
    try:
        signer.verify(sums, signature)
    except InvalidSignature:
        for algorithm in ALGORITHMS:
            if not signer.half_holds(algorithm, sums, signature.half(algorithm)):
                problems.add(
                    f"{signature_file(algorithm)}: the {algorithm.label} signature does not hold for {SUMS} "
                    f"and {key_file(algorithm)}"
                )
        return None
    return signer


def _has_core(bundle: BundleFolder, sums: Mapping[str, str], problems: Problems) -> bool:
    """True if all that a check begins with is there; else what is missing, and what is there without being listed."""
    missing = [name for name in CORE if name not in bundle.files]
    problems.add_some([f"{name} is missing" for name in missing])
    if missing:
        _name_extra_files(bundle, sums, problems)
    return not missing


def _name_extra_files(bundle: BundleFolder, sums: Mapping[str, str], problems: Problems) -> None:
    extra = sorted(bundle.files - sums.keys() - OUTSIDE_SUMS)
    problems.add_some([f"{name} is in the folder but not in {SUMS}" for name in extra])


def _check_files(bundle: BundleFolder, sums: Mapping[str, str], problems: Problems) -> dict[str, FileEntry]:
    """Hash what is there; every file must be in the sums and every sum must have its file."""
    _name_extra_files(bundle, sums, problems)
    for name in REQUIRED:
        if name not in sums:
            problems.add(f"{name} is not in {SUMS}, and every bundle has it")
    found: dict[str, FileEntry] = {}
    for name, expected in sums.items():
        if name not in bundle.files:
            problems.add(f"{name} is missing")
            continue
        entry = bundle.hash(name, problems)
        if entry is None:
            continue
        found[name] = entry
        if entry.sha256 != expected:
            problems.add(f"{name} was changed: its SHA-256 is not the one in {SUMS}")
    return found


def _check_manifest(
    bundle: BundleFolder, found: Mapping[str, FileEntry], signer: Signer | None, problems: Problems
) -> Manifest | None:
    content = bundle.read(MANIFEST, problems)
    if content is None:
        return None
    try:
        manifest = Manifest.from_json(content)
    except BundleError as error:
        problems.add(str(error))
        return None
    _check_listed(manifest, found, problems)
    if signer is not None and manifest.signer != signer_entry(signer):
        problems.add(f"{MANIFEST} names another signer than the keys beside it")
    if signer is not None and manifest.verify_commands != verify_commands(signer):
        problems.add(f"{MANIFEST} prints other verify commands than those of its signer")
    _check_evidence(manifest, bundle, found, problems)
    _check_notebook(manifest, bundle, problems)
    return manifest


def _check_listed(manifest: Manifest, found: Mapping[str, FileEntry], problems: Problems) -> None:
    listed = {entry.name: entry for entry in manifest.files}
    if len(listed) != len(manifest.files):
        problems.add(f"{MANIFEST} lists a file twice")
    for name in sorted((found.keys() | listed.keys()) - {MANIFEST}):
        if name not in listed:
            problems.add(f"{MANIFEST} does not list {name}")
        elif name not in found:
            problems.add(f"{MANIFEST} lists {shown(name)}, which is not in the bundle")
        elif listed[name] != found[name]:
            problems.add(f"{MANIFEST} states another size or hash for {name}")
    if MANIFEST in listed:
        problems.add(f"{MANIFEST} lists itself")


def _check_evidence(
    manifest: Manifest, bundle: BundleFolder, found: Mapping[str, FileEntry], problems: Problems
) -> None:
    """Each bundled blob is there under its hash and has it; nothing else lies in the folder."""
    prefix = f"{EVIDENCE_FOLDER}/"
    bundled = {f"{prefix}{entry.sha256}" for entry in manifest.evidence if not entry.withheld}
    there = {name for name in bundle.files if name.startswith(prefix) and name != WITHHELD}
    for name in sorted(bundled ^ there):
        where = "is missing" if name in bundled else f"is not among the evidence in {MANIFEST}"
        problems.add(f"{name} {where}")
    for name in sorted(there & found.keys()):
        if found[name].sha256 != name.removeprefix(prefix):
            problems.add(f"{name} does not have the content its name promises")
    for entry in manifest.evidence:
        file = found.get(f"{prefix}{entry.sha256}")
        if not entry.withheld and file is not None and file.size != entry.size:
            problems.add(f"{MANIFEST} states another size for the evidence {entry.sha256}")


def _check_notebook(manifest: Manifest, bundle: BundleFolder, problems: Problems) -> None:
    content = bundle.read(NOTEBOOK, problems)
    if content is None:
        return
    if hashlib.sha256(content).hexdigest() != manifest.notebook.sha256:
        problems.add(f"{MANIFEST} states another hash for {NOTEBOOK}")
    try:
        notebook: Any = json.loads(content)
        results = [result.record() for result in displayed_results(notebook)]
        source = source_hash(notebook)
    except (ValueError, RecursionError, FormatError) as error:
        problems.add(f"{NOTEBOOK} is not a readable notebook ({_reason(error)})")
        return
    if source != manifest.notebook.source_sha256:
        problems.add(f"{MANIFEST} states another hash for the source of {NOTEBOOK}")
    _check_results(manifest, results, problems)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, FormatError) else type(error).__name__


def _check_results(manifest: Manifest, results: list[dict[str, object]], problems: Problems) -> None:
    stated = {entry.name: entry.model_dump() for entry in manifest.results}
    if len(stated) != len(manifest.results):
        problems.add(f"{MANIFEST} lists a result twice")
    shown_results = {str(result["name"]): result for result in results}
    for name in sorted(stated.keys() | shown_results.keys()):
        if name not in shown_results:
            problems.add(f"{MANIFEST} states a result {name!a} that {NOTEBOOK} does not show")
        elif name not in stated:
            problems.add(f"{NOTEBOOK} shows a result {name!a} that {MANIFEST} does not state")
        elif stated[name] != shown_results[name]:
            problems.add(f"{MANIFEST} states another result {name!a} than {NOTEBOOK} shows")


def _check_withheld(bundle: BundleFolder, manifest: Manifest | None, problems: Problems) -> None:
    content = bundle.read(WITHHELD, problems)
    if content is None:
        return
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except (ValueError, csv.Error):
        problems.add(f"{WITHHELD} is not a readable table")
        return
    if not rows or tuple(rows[0]) != WITHHELD_COLUMNS or any(len(row) != len(WITHHELD_COLUMNS) for row in rows):
        problems.add(f"{WITHHELD} does not have the columns {', '.join(WITHHELD_COLUMNS)}")
        return
    names = [row[0] for row in rows[1:]]
    for name in names:
        if f"{EVIDENCE_FOLDER}/{name}" in bundle.files:
            problems.add(f"{WITHHELD} lists {shown(name)} as kept back, but it is in the bundle")
    stated = [entry.sha256 for entry in manifest.evidence if entry.withheld] if manifest else names
    if sorted(names) != sorted(stated):
        problems.add(f"{WITHHELD} does not list the evidence that {MANIFEST} says was kept back")


def _check_anchor(bundle: BundleFolder, sums: bytes | None, problems: Problems) -> None:
    if ANCHOR not in bundle.files:
        return
    content = bundle.read(ANCHOR, problems, SMALL)
    if content is None:
        return
    try:
        anchor = Anchor.model_validate_json(content)
    except ValidationError:
        problems.add(f"{ANCHOR} is not an anchor that this version can judge; update scorpius_lab or remove the file")
        return
    if sums is not None and hashlib.sha256(sums).hexdigest() != anchor.sums_sha256:
        problems.add(f"{ANCHOR} speaks of another {SUMS}")
