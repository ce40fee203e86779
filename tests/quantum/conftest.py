"""The table of published vectors at the end of a test run: which set, whose vectors, how many, and how they ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from published_vectors import Tally, Vectors

PROPERTY = "published vectors"


@pytest.fixture
def vectors(record_property: Callable[[str, object], None]) -> Vectors:
    """`with vectors(set, source) as tally:` makes a row of the table and fails if a case was wrong or there was none."""

    @contextmanager
    def open_row(name: str, source: str) -> Iterator[Tally]:
        tally = Tally()
        yield tally
        ended = "; ".join(f"{count} {outcome}" for outcome, count in sorted(tally.outcomes.items()))
        result = f"{len(tally.wrong)} WRONG; {ended}" if tally.wrong else ended
        # Properties travel with a test's report from a worker to the controller, so the table is whole under xdist.
        record_property(PROPERTY, [name, source, sum(tally.outcomes.values()) + len(tally.wrong), result])
        assert not tally.wrong, tally.wrong[:5]
        assert tally.outcomes

    return open_row


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    rows = sorted(
        (str(row[0]), str(row[1]), str(row[2]), str(row[3]))
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for key, row in getattr(report, "user_properties", [])
        if key == PROPERTY
    )
    if not rows:
        return
    rows.insert(0, ("set", "published by", "vectors", "result"))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    terminalreporter.section("published vectors of the quantum engine")
    for row in rows:
        cells = (row[0].ljust(widths[0]), row[1].ljust(widths[1]), row[2].rjust(widths[2]), row[3])
        terminalreporter.write_line("  ".join(cells))
