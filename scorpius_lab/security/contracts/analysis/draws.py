"""Numbers drawn from what the proposer of a block, or whoever calls in it, knows or sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.origins import used_by
from scorpius_lab.security.contracts.analysis.slices import inputs, plain
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction
from scorpius_lab.security.contracts.ir.program import StateVariable

TIME = "block.timestamp"
_BLOCK = frozenset(
    {
        "blockhash",
        "block.number",
        "block.difficulty",
        "block.prevrandao",
        "block.coinbase",
        "block.gaslimit",
        "gasleft",
        "msg.gas",
    }
)
_PASSED_THROUGH = frozenset(
    {"binary", "unary", "convert", "hash", "encode", "index", "phi", "tuple", "extract", "member"}
)
_SMALL_BITS = 64
_LARGEST_ODDS = 1 << 16  # a remainder by more only cuts a number to a type


@dataclass(frozen=True, slots=True)
class Draw:
    """A number drawn: the operation that draws it, what of the block it comes from, what depends on it."""

    number: Instruction
    sources: tuple[Instruction, ...]
    sinks: tuple[Instruction, ...]

    @property
    def of_time(self) -> bool:
        """Whether it comes from the time of the block and nothing else."""
        return all(source.data == TIME for source in self.sources)


def draws(entry: Entry) -> list[Draw]:
    """The numbers an entry draws and uses, those of the time included, in order of their blocks."""
    found: list[Draw] | None = entry.__dict__.get("_draws")
    if found is None:
        found = entry.__dict__["_draws"] = list(_find(entry))
    return found


def _find(entry: Entry) -> Iterator[Draw]:
    body = entry.body
    if not any(source.data in _BLOCK or source.data == TIME for source in body.of("environment")):
        return
    seeds = _seeds(body)
    for value in body.instructions:
        if not _picks(value):
            continue
        sources = _sources(value, seeds)
        sinks = _sinks(body, value) if sources else []
        if sinks:
            yield Draw(value, tuple(sources), tuple(sinks))


def _picks(value: Instruction) -> bool:
    """Whether an operation picks one of few outcomes."""
    if value.operation == "convert":
        inner = value.arguments[0]
        return 0 < types.integer_bits(value.type) <= _SMALL_BITS and _is_hash(inner)
    if value.operation == "index":
        return _is_hash(value.arguments[0])
    if value.operation != "binary":
        return False
    left, right = value.arguments
    match value.data:
        case "%":
            return not _cuts(right, left) and not _aligned(value)
        case "&":
            return (right.is_constant and not _cuts(right, left)) or (left.is_constant and not _cuts(left, right))
        case "<" | ">" | "<=" | ">=":
            return _is_hash(left) or _is_hash(right)
        case "==" | "!=":
            return _compares_with_guess(left, right) or _compares_with_guess(right, left)
        case _:
            return False


def _cuts(bound: Instruction, value: Instruction) -> bool:
    """Whether a bound is so large that it only fits a number, no hash, to a type."""
    return isinstance(bound.data, int) and bool(bound.data >= _LARGEST_ODDS) and not _is_hash(value)


def _aligned(remainder: Instruction) -> bool:
    """`x - x % n`, `x + x % n`: meant to be rounded to a multiple."""
    whole = remainder.arguments[0].key
    return bool(remainder.users) and all(
        user.operation == "binary" and user.data in {"-", "+"} and user.arguments[0].key == whole
        for user in remainder.users
    )


def _is_hash(value: Instruction) -> bool:
    """Whether a value is a hash, taken as a number or not."""
    value = plain(value)
    if value.operation == "environment":
        return bool(value.data == "blockhash")
    return value.operation == "hash" and bool(value.data != "ecrecover")


def _compares_with_guess(value: Instruction, other: Instruction) -> bool:
    """A block's hash compared with what somebody stored before."""
    value, other = plain(value), plain(other)
    return value.operation == "environment" and value.data == "blockhash" and other.operation == "load"


def _sources(value: Instruction, seeds: set[StateVariable]) -> list[Instruction]:
    """What a value takes from the block, and loads of seeds that feed themselves; none if it only takes the seed."""
    found: list[Instruction] = []
    seen: set[int] = set()
    waiting = list(value.arguments)
    while waiting:
        current = waiting.pop()
        if current.number in seen:
            continue
        seen.add(current.number)
        if current.operation == "environment":
            if current.data in _BLOCK or current.data == TIME:
                found.append(current)
            waiting.extend(current.arguments)  # the number of the block whose hash it is
        elif current.operation in _PASSED_THROUGH:
            waiting.extend(current.arguments)
        elif current.operation == "load" and current.data.variable in seeds:
            found.append(current)
    return sorted(found, key=lambda one: one.number)


def _seeds(body: Body) -> set[StateVariable]:
    """Variables set to a hash of themselves: the next number follows from the one before."""
    return {
        store.data.variable
        for store in body.of("store")
        if store.data.variable is not None
        and any(i.operation == "hash" for i in inputs(store.arguments[0]))
        and any(i.operation == "load" and i.data.variable is store.data.variable for i in inputs(store.arguments[0]))
    }


def _sinks(body: Body, number: Instruction) -> list[Instruction]:
    """What is decided, stored, sent or answered by a number."""
    after = [number, *used_by(number)]
    numbers = {one.number for one in after}
    found = [one for one in after if one.operation in {"store", "push"} or one.call is not None]
    found += [b.condition for b in body.blocks if b.condition is not None and b.condition.number in numbers]
    found += [value for block in body.returns for value in block.returned if value.number in numbers]
    return found
