"""Lines of source around a place, as reports show them."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Place, ScanOutcome

AROUND = 2
MOST_LINES = 15  # of the place itself
LONGEST_LINE = 300  # characters; a minified line is cut


def excerpt(outcome: ScanOutcome, place: Place, around: int = AROUND) -> list[tuple[int, str]]:
    """Numbered lines around a place; empty if the source is not at hand. Lines end at line feeds only, as in a parser.

    A long place shows its first lines, a long line its beginning.
    """
    source = outcome.sources.get(place.path)
    if not source:
        return []
    lines = source.split("\n")
    first = max(1, place.line - around)
    last = min(len(lines), min(place.end_line, place.line + MOST_LINES - 1) + around)
    return [(number, _cut(lines[number - 1].rstrip("\r"))) for number in range(first, last + 1)]


def numbered(lines: list[tuple[int, str]], place: Place) -> str:
    """The lines with their numbers, those of the place marked with `>`."""
    width = len(str(lines[-1][0])) if lines else 1
    return "\n".join(
        f"{'>' if place.line <= number <= place.end_line else ' '} {number:>{width}} | {text}".rstrip()
        for number, text in lines
    )


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"
