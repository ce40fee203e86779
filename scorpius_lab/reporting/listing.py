"""What the list of reports says about each bundle in a folder: verified again whenever the list is written."""

from __future__ import annotations

from pathlib import Path

from scorpius_lab.errors import BundleError
from scorpius_lab.reporting.index import IndexEntry, first_drawing
from scorpius_lab.reporting.manifest import MANIFEST, REPORT_HTML, REPORT_PDF, SUMS, Manifest
from scorpius_lab.reporting.trusted import TrustedSigners
from scorpius_lab.reporting.verify import Verification, verify_bundle

_LARGEST = 20_000_000


def index_entries(folder: Path, trusted: Path | None = None) -> list[IndexEntry]:
    """One entry for each bundle directly below the folder, newest first.

    A folder counts as a bundle if it holds a manifest or sums, so that a damaged one is listed as broken, not left
    out. Raises FormatError if the trusted signers file is damaged; a missing one means that nobody is known.
    """
    known = TrustedSigners.load(trusted) if trusted is not None and trusted.exists() else TrustedSigners()
    entries = [_entry(path, known) for path in sorted(folder.iterdir()) if _is_bundle(path)]
    return sorted(entries, key=lambda e: (e.made, e.folder), reverse=True)


def _is_bundle(path: Path) -> bool:
    if path.name.startswith(".") or not path.is_dir():
        return False
    return any((path / name).exists() for name in (MANIFEST, SUMS, REPORT_HTML))


def _entry(path: Path, known: TrustedSigners) -> IndexEntry:
    verification = verify_bundle(path, known)
    manifest = verification.manifest or _unproven(path)
    common = {
        "folder": path.name,
        "signer": verification.signer_statement,
        "status": verification.status.value,
        "problems": verification.problems,
        "picture": _picture(path, verification),
        "page": _page(path),
    }
    if manifest is None:
        return IndexEntry(report="unknown", headline=path.name, made="", **common)  # type: ignore[arg-type]
    return IndexEntry(
        report=manifest.report,
        headline=manifest.headline or manifest.title,
        made=manifest.as_of,
        failed=manifest.state == "failed",
        error=manifest.error,
        sample=manifest.sample,
        results=len(manifest.results),
        **common,  # type: ignore[arg-type]
    )


def _page(path: Path) -> str:
    """What a click opens."""
    return next((name for name in (REPORT_HTML, REPORT_PDF) if (path / name).is_file()), "")


def _unproven(path: Path) -> Manifest | None:
    """What a broken bundle says about itself: shown beside its problems, never beside the word verified."""
    try:
        return Manifest.from_json((path / MANIFEST).read_bytes())
    except (OSError, BundleError):
        return None


def _picture(path: Path, verification: Verification) -> str:
    """The first drawing of the page, if the bundle holds."""
    page = path / REPORT_HTML
    if verification.problems or not page.is_file() or page.stat().st_size > _LARGEST:
        return ""
    return first_drawing(page.read_text(encoding="utf-8", errors="replace"))
