"""Places, and the way from an entry to one."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Hit, Place, Step
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Frame, Instruction
from scorpius_lab.security.contracts.ir.program import Function, Unit
from scorpius_lab.security.contracts.syntax import tree


def place_in(unit: Unit, span: tree.Span) -> Place:
    """A span of a file."""
    source = unit.source
    return Place(unit.path, span.line, span.end_line, source.column(span.start), source.column(span.end))


def place_of(instruction: Instruction) -> Place:
    """Where an instruction is written; the function's header for one that text with errors in it gave no place."""
    function = instruction.frame.function
    return place_in(function.unit, instruction.span) if instruction.span.line else header_of(function)


def header_of(function: Function) -> Place:
    """The header of a function."""
    return place_in(function.unit, function.declaration.header)


def steps_to(entry: Entry, instruction: Instruction, text: str, *between: tuple[Instruction, str]) -> tuple[Step, ...]:
    """How one gets from an entry to an instruction: who can call, what is called, what happens on the way."""
    steps = [Step(header_of(entry.function), _who(entry))]
    steps += _calls(instruction)
    steps += [Step(place_of(at), said) for at, said in between]
    steps.append(Step(place_of(instruction), text))
    return tuple(steps)


def _who(entry: Entry) -> str:
    name = entry.function.signature
    if entry.constructing:
        return f"{name} runs at deployment"
    return (
        f"{name} can be called by anyone" if entry.public else f"{name} is called by contracts that build on this one"
    )


def _calls(instruction: Instruction) -> list[Step]:
    frames: list[Frame] = []
    frame: Frame | None = instruction.frame
    while frame is not None and frame.parent is not None:
        frames.append(frame)
        frame = frame.parent
    steps = []
    for inner in reversed(frames):
        if inner.site is not None and inner.parent is not None:
            verb = "runs the modifier" if inner.function.kind == "modifier" else "calls"
            steps.append(Step(place_in(inner.parent.function.unit, inner.site), f"{verb} {inner.function.name}"))
    return steps


def call_sites(instruction: Instruction) -> tuple[Place, ...]:
    """Where the functions and modifiers around an instruction are called, innermost first."""
    found = []
    frame: Frame | None = instruction.frame
    while frame is not None and frame.parent is not None:
        if frame.site is not None:
            found.append(place_in(frame.parent.function.unit, frame.site))
        frame = frame.parent
    return tuple(found)


def site_of(entry: Entry, instruction: Instruction) -> tuple[Place, str]:
    """Where a contract does something, and in which function: the call of a library's function, not the place in it."""
    place, function = place_of(instruction), instruction.frame.function
    frame: Frame | None = instruction.frame
    while frame is not None and frame.parent is not None and frame.site is not None and _in_library(entry, frame):
        place, function = place_in(frame.parent.function.unit, frame.site), frame.parent.function
        frame = frame.parent
    return place, function.signature


def _in_library(entry: Entry, frame: Frame) -> bool:
    owner = frame.function.contract
    return owner is None or (owner.kind == "library" and owner is not entry.contract)


def hit(
    entry: Entry,
    instruction: Instruction,
    message: str,
    *,
    site: bool = False,
    root: str = "",
    between: tuple[tuple[Instruction, str], ...] = (),
    others: tuple[Place, ...] = (),
    reason: str = "",
    features: tuple[tuple[str, float], ...] = (),
) -> Hit:
    """A hit at an instruction of an entry, with the way there.

    With `site` it is where the contract calls a library that does it: how the call is used is wrong, not the library.
    """
    place, function = (
        site_of(entry, instruction) if site else (place_of(instruction), instruction.frame.function.signature)
    )
    return Hit(
        place=place,
        function=function,
        message=message,
        root=root,
        steps=steps_to(entry, instruction, reason or message, *between),
        others=others,
        features=features,
    )
