"""What an author of detectors reads: a table per class, the entries missed, the findings that are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from scorpius_lab.security.contracts.detection import Detection
from tests.performance.contracts.scoring import Score

CODE_WIDTH = 110


def table(rows: Sequence[Sequence[object]]) -> str:
    """Columns side by side; the first is text, the others are figures."""
    text = [[f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in text) for i in range(len(text[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in text
    )


def score_table(score: Score) -> str:
    """Per class: entries, found, recall, wrong in class, wrong elsewhere (files)."""
    rows: list[Sequence[object]] = [("class", "labels", "found", "recall", "wrong in class", "wrong elsewhere (files)")]
    for dasp, one in score.classes.items():
        away = f"{one.elsewhere} ({len(one.elsewhere_paths)})"
        rows.append((dasp.value, one.labels, one.found, one.recall if one.labels else "-", one.in_class, away))
    return "\n".join(
        [
            table(rows),
            f"recall {score.recall:.3f}  macro {score.macro_recall:.3f}  "
            f"in-class precision {score.precision:.3f}  strict {score.strict_precision:.3f}",
        ]
    )


def code_at(source: Path, line: int) -> str:
    """One line of a file as it stands, comments included: a person reads it, not the scanner."""
    lines = source.read_text(encoding="utf-8", errors="replace").split("\n")
    return lines[line - 1].strip()[:CODE_WIDTH] if 0 < line <= len(lines) else ""


def finding_line(path: str, detection: Detection) -> str:
    """One finding in one line."""
    others = sorted({place.line for place in detection.others} - {detection.place.line})
    more = f" (also {', '.join(map(str, others))})" if others else ""
    return (
        f"{path}:{detection.place.line}{more} {detection.detector.id} [{detection.detector.dasp.value}/"
        f"{detection.severity.value}] {detection.contract}.{detection.function}: {detection.message}"
    )


def missed_lines(score: Score, root: Path) -> Iterable[str]:
    """Every missed entry with its code."""
    for one in sorted(score.missed, key=lambda m: (m.entry.dasp.value, m.path, m.entry.lines)):
        where = ",".join(map(str, one.entry.lines))
        yield f"MISSED {one.entry.dasp.value} {root / one.path}:{where} | {code_at(root / one.path, one.entry.lines[0])}"


def wrong_lines(score: Score, root: Path) -> Iterable[str]:
    """Every wrong finding with its code, those in their own class first."""
    for one in sorted(score.wrong, key=lambda w: (not w.in_class, w.detection.detector.dasp.value, w.path)):
        kind = "in class" if one.in_class else "elsewhere"
        code = code_at(root / one.path, one.detection.place.line)
        yield f"WRONG {kind} {finding_line(str(root / one.path), one.detection)} | {code}"
