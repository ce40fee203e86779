"""Write a report bundle: all files, their sums, and two signatures over the sums, moved into place as one.

A bundle can be checked without this package: `sha256sum -c SHA256SUMS` and the `openssl` commands on the report's
cover. Two bundles of the same report differ in their signatures only as far as ML-DSA signing is randomized.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import secrets as randomness
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scorpius_lab.core.evidence import Classification
from scorpius_lab.core.identity import canonical_json, utc_text
from scorpius_lab.core.signing import ALGORITHMS, Algorithm, Signer, SigningIdentity, openssl_verify_command
from scorpius_lab.errors import BundleError
from scorpius_lab.reporting.displayed import displayed_results, source_hash
from scorpius_lab.reporting.manifest import (
    ANCHOR,
    ENVIRONMENT,
    EVIDENCE_FOLDER,
    MANIFEST,
    NOTEBOOK,
    REPORT_HTML,
    REPORT_PDF,
    SNAPSHOT,
    SUMS,
    WITHHELD,
    WITHHELD_COLUMNS,
    EvidenceEntry,
    FileEntry,
    Manifest,
    NotebookEntry,
    ReportFacts,
    ResultEntry,
    SignerEntry,
)

CHUNK: Final = 1 << 20
_SHOWABLE: Final = frozenset({Classification.PUBLIC, Classification.INTERNAL})
THE_LAB: Final = "the lab that made this report"
_STRICTNESS: Final = (
    Classification.PUBLIC,
    Classification.INTERNAL,
    Classification.PERSONAL,
    Classification.CONFIDENTIAL,
)


def key_file(algorithm: Algorithm) -> str:
    """The name of a public key in a bundle."""
    return f"signer-{algorithm}.pem"


def signature_file(algorithm: Algorithm) -> str:
    """The name of one half of the signature in a bundle."""
    return f"{SUMS}.{algorithm}.sig"


OUTSIDE_SUMS: Final = frozenset({SUMS, ANCHOR, *(signature_file(a) for a in ALGORITHMS)})


@dataclass(frozen=True, slots=True)
class CitedBlob:
    """A blob that a report cites. `content` reads it (called only if it may be shown); `holder` says who keeps it.

    `withhold` is a reason to keep it back beside its classification.
    """

    sha256: str
    media_type: str
    size: int
    classification: Classification
    content: Callable[[], bytes]
    holder: str = THE_LAB
    withhold: str = ""

    @property
    def kept_back(self) -> str:
        """Why it is listed in withheld.csv and not included; "" if it is included."""
        if self.classification not in _SHOWABLE:
            return f"classified {self.classification.value}"
        return self.withhold


@dataclass(frozen=True, slots=True)
class Bundle:
    """A written bundle. `results` is how many tables and charts it shows."""

    folder: Path
    manifest: Manifest
    files: int
    bytes: int

    @property
    def html(self) -> Path:
        """The page to open."""
        return self.folder / REPORT_HTML

    @property
    def complete(self) -> bool:
        """False for the partial bundle of a failed report."""
        return self.manifest.state == "complete"


def verify_commands(signer: Signer) -> list[str]:
    """What to type inside a bundle to check it, without and with this package; the same for every signer but the id.

    OpenSSL 3.5 or later for the second signature. The first line prints the signer's id, to be compared with one had
    from elsewhere.
    """
    keys = " ".join(key_file(a) for a in ALGORITHMS)
    return [
        f"cat {keys} | sha256sum  # {signer.id}",
        *(openssl_verify_command(key_file(a), SUMS, signature_file(a)) for a in ALGORITHMS),
        f"sha256sum -c {SUMS}",
        "scorpius verify .",
    ]


def write_bundle(
    folder: Path,
    *,
    html: str,
    notebook: Mapping[str, Any],
    snapshot_path: Path,
    evidence: Iterable[CitedBlob],
    environment: Mapping[str, Any],
    manifest_fields: ReportFacts,
    signer: SigningIdentity,
    pdf: bytes | None = None,
    secrets: Iterable[str] = (),
    snapshot_key: str | None = None,
) -> Bundle:
    """Write, check for `secrets`, sign, and move into place; returns the bundle.

    In: the finished page, the executed notebook (JSON), the snapshot file (and the key that opens it, if it is
    encrypted; the key is looked for like a secret), the cited blobs and the environment. Blobs
    classified personal or confidential, and those with a reason to `withhold` them, are listed in withheld.csv and not
    written. Raises BundleError: the folder
    exists, a blob does not hash to its name, or a secret is in a file (named; the secret is not). Nothing is left
    behind on an error.
    """
    if folder.exists() or folder.is_symlink():
        raise BundleError(f"{folder} exists already; a bundle is never overwritten, choose another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.with_name(f".{folder.name}.{randomness.token_hex(6)}.partial")
    staging.mkdir()
    try:
        entries = _write_content(
            staging,
            html=html,
            pdf=pdf,
            notebook=notebook,
            snapshot_path=snapshot_path,
            evidence=evidence,
            environment=environment,
        )
        for algorithm in ALGORITHMS:
            (staging / key_file(algorithm)).write_text(signer.signer.pem(algorithm), encoding="ascii", newline="\n")
        manifest = _manifest(staging, manifest_fields, notebook, entries, signer.signer)
        (staging / MANIFEST).write_bytes(manifest.to_json())
        _refuse_secrets(staging, secrets, snapshot_key)
        total = _seal(staging, manifest, signer)
        _sync(staging)
        staging.rename(folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    _sync_folder(folder.parent)
    return Bundle(folder, manifest, len(manifest.files) + 1, total)


def sign_again(folder: Path, signer: SigningIdentity) -> Bundle:
    """Write manifest, sums and signatures of an existing bundle anew over its present files, e.g. after moving keys.

    What the manifest says about the report stays; hashes, results and signer are computed again. Raises BundleError.
    """
    manifest = Manifest.from_json((folder / MANIFEST).read_bytes())
    for algorithm in ALGORITHMS:
        (folder / key_file(algorithm)).write_text(signer.signer.pem(algorithm), encoding="ascii", newline="\n")
    notebook = json.loads((folder / NOTEBOOK).read_bytes())
    files = tuple(entry for entry in list_files(folder) if entry.name != MANIFEST)
    manifest = manifest.model_copy(
        update={
            "notebook": _notebook_entry(folder, notebook),
            "results": _result_entries(notebook),
            "files": list(files),
            "signer": signer_entry(signer.signer),
            "verify_commands": verify_commands(signer.signer),
        }
    )
    (folder / MANIFEST).write_bytes(manifest.to_json())
    total = _seal(folder, manifest, signer)
    return Bundle(folder, manifest, len(manifest.files) + 1, total)


def signer_entry(signer: Signer) -> SignerEntry:
    """What a manifest says about its signer."""
    return SignerEntry(
        id=signer.id,
        short_id=signer.short_id,
        keys=[key_file(a) for a in ALGORITHMS],
        signatures=[signature_file(a) for a in ALGORITHMS],
    )


def hash_file(path: Path) -> FileEntry:
    """Size and SHA-256 of a file, read in chunks."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileEntry(name=path.name, size=size, sha256=digest.hexdigest())


def list_files(folder: Path) -> list[FileEntry]:
    """Every file that the sums cover, sorted by name."""
    entries = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in OUTSIDE_SUMS:
            entries.append(hash_file(path).model_copy(update={"name": name}))
    return sorted(entries, key=lambda entry: entry.name)


def sums_text(entries: Sequence[FileEntry]) -> bytes:
    """SHA256SUMS in the form `sha256sum -c` reads: sorted, two spaces, line feeds."""
    return "".join(f"{e.sha256}  {e.name}\n" for e in sorted(entries, key=lambda e: e.name)).encode("ascii")


def _write_content(
    staging: Path,
    *,
    html: str,
    pdf: bytes | None,
    notebook: Mapping[str, Any],
    snapshot_path: Path,
    evidence: Iterable[CitedBlob],
    environment: Mapping[str, Any],
) -> list[EvidenceEntry]:
    (staging / REPORT_HTML).write_bytes(html.encode("utf-8", "replace"))
    if pdf is not None:
        (staging / REPORT_PDF).write_bytes(pdf)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (staging / NOTEBOOK).write_bytes(text.encode("utf-8", "backslashreplace"))
    shutil.copyfile(snapshot_path, staging / SNAPSHOT)
    (staging / ENVIRONMENT).write_text(
        json.dumps(json.loads(canonical_json(environment)), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return _write_evidence(staging, evidence)


def _write_evidence(staging: Path, evidence: Iterable[CitedBlob]) -> list[EvidenceEntry]:
    blobs: dict[str, CitedBlob] = {}
    for blob in evidence:
        known = blobs.get(blob.sha256)
        if known is None or _STRICTNESS.index(blob.classification) > _STRICTNESS.index(known.classification):
            blobs[blob.sha256] = blob
    (staging / EVIDENCE_FOLDER).mkdir()
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(WITHHELD_COLUMNS)
    entries = []
    for sha256, blob in sorted(blobs.items()):
        reason = blob.kept_back
        withheld = bool(reason)
        if withheld:
            row = (sha256, blob.size, blob.media_type, blob.classification.value, reason, blob.holder)
            writer.writerow([_spreadsheet_safe(str(value)) for value in row])
        size = blob.size if withheld else _write_blob(staging, blob)
        entries.append(EvidenceEntry(sha256=sha256, media_type=blob.media_type, size=size, withheld=withheld))
    (staging / WITHHELD).write_text(table.getvalue(), encoding="utf-8", newline="")
    return entries


def _write_blob(staging: Path, blob: CitedBlob) -> int:
    content = blob.content()
    if hashlib.sha256(content).hexdigest() != blob.sha256:
        raise BundleError(f"the evidence {blob.sha256} does not have the content its hash promises; collect it again")
    (staging / EVIDENCE_FOLDER / blob.sha256).write_bytes(content)
    return len(content)


def _spreadsheet_safe(text: str) -> str:
    """A cell that a spreadsheet shows and does not compute."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _manifest(
    staging: Path, facts: ReportFacts, notebook: Mapping[str, Any], evidence: list[EvidenceEntry], signer: Signer
) -> Manifest:
    return Manifest(
        report=facts.name,
        title=facts.title,
        headline=facts.headline,
        state=facts.state.value,
        error=facts.error,
        sample=facts.sample,
        as_of=utc_text(facts.as_of),
        parameters=json.loads(canonical_json(facts.parameters)),
        code_version=facts.code_version,
        runs=sorted(facts.runs),
        inputs=dict(facts.inputs),
        redaction=facts.redaction,
        notebook=_notebook_entry(staging, notebook),
        results=_result_entries(notebook),
        evidence=evidence,
        files=list_files(staging),
        signer=signer_entry(signer),
        verify_commands=verify_commands(signer),
    )


def _notebook_entry(folder: Path, notebook: Mapping[str, Any]) -> NotebookEntry:
    return NotebookEntry(sha256=hash_file(folder / NOTEBOOK).sha256, source_sha256=source_hash(notebook))


def _result_entries(notebook: Mapping[str, Any]) -> list[ResultEntry]:
    return [ResultEntry.model_validate(result.record()) for result in displayed_results(notebook)]


def _refuse_secrets(staging: Path, secrets: Iterable[str], snapshot_key: str | None) -> None:
    from scorpius_lab.reporting.leaks import scan_for_secrets

    hits = scan_for_secrets(staging, [*secrets, snapshot_key] if snapshot_key else secrets, key=snapshot_key)
    if hits:
        places = "; ".join(sorted({hit.place for hit in hits}))
        raise BundleError(f"a secret would be in the bundle, so it was not written: {places}; remove it at its source")


def _seal(folder: Path, manifest: Manifest, signer: SigningIdentity) -> int:
    """Write the sums and both signatures; returns how many bytes the sums cover."""
    content = manifest.to_json()
    own = FileEntry(name=MANIFEST, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    sums = sums_text([*manifest.files, own])
    (folder / SUMS).write_bytes(sums)
    signature = signer.sign(sums)
    for algorithm in ALGORITHMS:
        (folder / signature_file(algorithm)).write_bytes(signature.half(algorithm))
    return own.size + sum(entry.size for entry in manifest.files)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    for path in (folder / EVIDENCE_FOLDER, folder):
        _sync_folder(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
