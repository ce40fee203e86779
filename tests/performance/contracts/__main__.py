"""What an author of detectors runs: `python -m tests.performance.contracts curated [CLASS or ID …] [-v]`.

Prints the scores of one labelled set with those detectors only; `-v` lists what is missed and what is wrong. `fetch`
puts the packages that `modern` scans, and bugs are injected in, where the tests look for them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from scorpius_lab.security.contracts.detection import Dasp
from tests.performance.contracts import curated, modern, pairs, solidifi, swc
from tests.performance.contracts.listing import finding_line, missed_lines, score_table, wrong_lines
from tests.security.contracts.npm_packages import PACKAGES, PackageMissing, package_folder


def _curated(classes: Sequence[str], ids: Sequence[str], verbose: bool) -> Iterator[str]:
    score = curated.score(classes, ids)
    yield score_table(score)
    if verbose:
        yield from missed_lines(score, curated.root())
        yield from wrong_lines(score, curated.root())


def _solidifi(classes: Sequence[str], ids: Sequence[str], verbose: bool) -> Iterator[str]:
    del ids  # each kind is scanned with all detectors of its class
    scores = solidifi.score(classes)
    for kind, one in scores.items():
        yield f"{kind:22} {one.found:4}/{one.bugs:4} {one.recall:.3f}  findings outside the bugs {len(one.outside)}"
    yield f"overall {solidifi.overall(scores.values()):.3f}"
    if verbose:
        yield from solidifi.missed_lines(scores)


def _swc(classes: Sequence[str], ids: Sequence[str], verbose: bool) -> Iterator[str]:
    del classes  # weaknesses are not classes
    score = swc.score(ids)
    for name, labels in sorted(score.labels.items()):
        yield f"{name} {score.found[name]}/{labels}"
    yield f"recall {score.recall:.3f}  fixed versions silent {score.silent}/{score.fixed}"
    if verbose:
        yield from (f"MISSED {path}:{line} {name}" for path, line, name in score.missed)
        yield from ("LOUD " + finding_line(str(path), one) for path, one in score.loud)


def _modern(classes: Sequence[str], ids: Sequence[str], verbose: bool) -> Iterator[str]:
    for one in modern.scan_audited():
        shown = [
            d for d in one.shown if not (classes or ids) or d.detector.dasp.value in classes or d.detector.id in ids
        ]
        yield f"{one.package.name} {len(shown)} medium or worse, {one.outcome.seconds:.1f} s"
        if verbose:
            yield from (finding_line(found.place.path, found) for found in shown)


def _pairs(classes: Sequence[str], ids: Sequence[str], verbose: bool) -> Iterator[str]:
    del ids  # a pair is about a class
    found = pairs.outcomes(classes)
    yield f"{sum(one.counted for one in found)} of {len(found)} pairs"
    for one in found if verbose else ():
        if not one.found:
            yield f"MISSED {one.folder} {one.lines}"
        yield from (f"LOUD {one.folder} " + finding_line("fixed.sol", detection) for detection in one.fixed)


def _fetch(classes: Sequence[str], ids: Sequence[str], verbose: bool) -> Iterator[str]:
    del classes, ids, verbose
    for package in PACKAGES.values():
        try:
            yield f"{package.spec} {package_folder(package, fetch=True)}"
        except PackageMissing as missing:
            yield f"not fetched: {missing}"
            return  # without npm or a network the others cannot be had either


SETS: dict[str, Callable[[Sequence[str], Sequence[str], bool], Iterator[str]]] = {
    "curated": _curated,
    "solidifi": _solidifi,
    "swc": _swc,
    "modern": _modern,
    "pairs": _pairs,
    "fetch": _fetch,
}


def main() -> int:
    """Exit code 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.contracts", description=__doc__)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("detectors", nargs="*", metavar="CLASS or ID")
    parser.add_argument("-v", "--verbose", action="store_true")
    given = parser.parse_args()
    names = {dasp.value for dasp in Dasp}
    classes = [name for name in given.detectors if name in names]
    ids = [name for name in given.detectors if name not in names]
    for line in SETS[given.set](classes, ids, given.verbose):
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
