"""From what detectors yield to findings: one per root cause, named, with a fingerprint."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from scorpius_lab.security.contracts.detection import Detection, Detector, Hit, Place
from scorpius_lab.security.contracts.fingerprints import fingerprint
from scorpius_lab.security.contracts.ir.program import Contract, Program, Unit

Found = tuple[Detector, Contract, Hit]


def gather(found: Iterable[Found], program: Program) -> list[Detection]:
    """Findings in order of path and line.

    A function that several contracts inherit is found once in each: these are one finding. Hits of a detector with the
    same root in the same function are one finding at the first place, with the others listed.
    """
    hits = sorted(found, key=_order)
    first: dict[tuple[object, ...], Found] = {}
    others: dict[tuple[object, ...], list[Place]] = {}
    holders: dict[tuple[object, ...], str] = {}
    beginnings = {path: _beginnings(program.units[path]) for path in {hit.place.path for _, _, hit in hits}}
    for detector, contract, hit in hits:
        holder = _holder(beginnings[hit.place.path], hit.place)
        # a root names a cause within a contract, whichever of its functions it shows in
        key: tuple[object, ...] = (detector.id, hit.place.path, holder, hit.function, hit.root or _spot(hit.place))
        if key not in first:
            first[key] = (detector, contract, hit)
            holders[key] = holder or contract.name
        elif _spot(hit.place) != _spot(first[key][2].place):
            others.setdefault(key, []).append(hit.place)
    ordinals: dict[tuple[object, ...], int] = {}
    detections = [_detection(one, holders[key], others.get(key, []), program, ordinals) for key, one in first.items()]
    return sorted(detections, key=lambda d: (d.place.path, d.place.line, d.place.column, d.detector.id))


def moved_into(found: Iterable[Found], paths: set[str]) -> list[Found]:
    """Hits in other files moved to the last step in one of these; without such a step they are left out."""
    return [moved for one in found if (moved := _moved(one, paths)) is not None]


def _moved(one: Found, paths: set[str]) -> Found | None:
    detector, contract, hit = one
    if hit.place.path in paths:
        return one
    for step in reversed(hit.steps):
        if step.place.path in paths:
            return detector, contract, replace(hit, place=step.place, others=(hit.place, *hit.others))
    return None


def _order(one: Found) -> tuple[object, ...]:
    detector, contract, hit = one
    return (detector.id, hit.place.path, hit.place.line, hit.place.column, contract.name)


def _spot(place: Place) -> tuple[str, int, int]:
    return (place.path, place.line, place.column)


def _beginnings(unit: Unit) -> list[tuple[int, int, Contract]]:
    """The line and column where each contract of a file begins, in this order."""
    source, line, column, offset = unit.source, 0, 1, 0
    found: list[tuple[int, int, Contract]] = []
    for contract in sorted(unit.contracts.values(), key=lambda one: one.declaration.span.start):
        span = contract.declaration.span
        if span.line == line:  # counted on, since thousands may stand on one long line
            column += len(source.text[offset : span.start].decode("utf-8", "replace"))
        else:
            column = source.column(span.start)
        line, offset = span.line, span.start
        found.append((line, column, contract))
    return found


def _holder(beginnings: list[tuple[int, int, Contract]], place: Place) -> str:
    """The contract a place stands in."""
    position = bisect_right(beginnings, (place.line, place.column), key=lambda one: one[:2])
    if not position:
        return ""
    contract = beginnings[position - 1][2]
    return contract.name if place.line <= contract.declaration.span.end_line else ""


def _detection(
    one: Found, holder: str, places: list[Place], program: Program, ordinals: dict[tuple[object, ...], int]
) -> Detection:
    detector, _contract, hit = one
    statement = _text(program.units[hit.place.path], hit.place)
    same = (detector.id, holder, hit.function, statement)
    ordinal = ordinals[same] = ordinals.get(same, -1) + 1
    unique = dict.fromkeys(p for p in (*hit.others, *places) if _spot(p) != _spot(hit.place))
    return Detection(
        detector=detector,
        contract=holder,
        function=hit.function,
        place=hit.place,
        message=hit.message,
        severity=hit.severity or detector.severity,
        confidence=hit.confidence or detector.confidence,
        fingerprint=fingerprint(detector.id, holder, hit.function, statement, ordinal),
        steps=hit.steps,
        others=tuple(unique),
        features=hit.features,
    )


def _text(unit: Unit, place: Place) -> str:
    """The source a place covers."""
    lines = unit.source.text.decode("utf-8", "replace").split("\n")[place.line - 1 : place.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)
