"""Files with open findings that are no longer there: a scan of their folder has covered them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from scorpius_lab.core.components import Recorder
from scorpius_lab.security.contracts.detection import FileState, ScanOutcome
from scorpius_lab.security.contracts.results import FILE_READ, rule_of
from scorpius_lab.security.contracts.source.documents import is_folder
from scorpius_lab.security.contracts.source.imports import report_base

# A path is relative to a base, and another base may have a file of the same path: the last scan of it decides.
_OPEN = """
SELECT DISTINCT a.name
FROM current_findings f
JOIN (SELECT id, any_value(name) AS name FROM assets WHERE kind = 'source_file' GROUP BY id) a ON a.id = f.asset_id
JOIN (
    SELECT asset_id, arg_max(coalesce(detail->>'base', ''), recorded_at) AS base
    FROM observations WHERE rule_id = $evaluated GROUP BY asset_id
) o ON o.asset_id = f.asset_id
WHERE list_contains($rules, f.rule_id) AND f.state NOT IN ('fixed', 'false_positive') AND o.base = $base
ORDER BY a.name
"""


def base_of(paths: Sequence[Path]) -> Path | None:
    """What the paths that a scan of these reports are relative to; None for source text, which is in no folder."""
    return report_base(_resolved(paths)) if paths else None


def vanished_files(recorder: Recorder, outcome: ScanOutcome, paths: Sequence[Path]) -> list[str]:
    """Files as reported that have open findings from an earlier scan, lay in a folder given, and are not there now.

    A scan in which no file could be read says nothing of those that are missing: the disk may not be mounted.
    """
    base = base_of(paths)
    if base is None or all(file.state is FileState.NOT_EVALUATED for file in outcome.files):
        return []
    rules = [rule_of(detector).id for detector in outcome.detectors]
    known = recorder.sql(_OPEN, {"evaluated": FILE_READ.id, "rules": rules, "base": str(base)})["name"].to_list()
    folders = [folder for folder in _resolved(paths) if is_folder(folder)]
    seen = {file.path for file in outcome.files}
    return [name for name in known if name not in seen and _is_gone(base, name, folders)]


def _resolved(paths: Sequence[Path]) -> list[Path]:
    return [Path(os.path.realpath(path)) for path in paths]


def _is_gone(base: Path, name: str, folders: Sequence[Path]) -> bool:
    if "\\" in name:  # an escaped name, from which the file's own cannot be told
        return False
    file = base / name
    if not any(file.is_relative_to(folder) for folder in folders):
        return False
    try:
        file.lstat()
    except OSError as error:  # any other: it may be there, where this user may not look
        return isinstance(error, FileNotFoundError)
    return False
