"""How small and large the integers of a body can be, and whether a stranger gets to choose them.

An abstract interpretation over intervals (Cousot and Cousot, POPL 1977) of the SSA form, refined at each block by the
comparisons that hold there. What nobody can drive far is given the bounds reality gives it: ether that exists, time
that passes, calls that can be paid for. So a sum that could only wrap after 2**64 blocks does not wrap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from scorpius_lab.security.contracts.analysis.facts import bounds_at, facts_at, passes, widened
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import guarded, is_authorised
from scorpius_lab.security.contracts.analysis.proofs import proved
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract
from scorpius_lab.security.contracts.ir.types import Type

WORD = (1 << 256) - 1
ETHER = 1 << 90  # more wei than there will be
TIME = 1 << 40  # seconds or blocks: tens of thousands of years
SANE = 1 << 128  # what a trusted account or another contract is taken to give at most
REPEATS = 1 << 24  # calls or iterations somebody would pay for

_ENVIRONMENT = {"msg.value": ETHER, "block.timestamp": TIME, "block.number": TIME, "gasleft": TIME, "msg.gas": TIME}
_SIZES = {"length": TIME, "balance": ETHER}


class Freedom(IntEnum):
    """How far a stranger can choose a value: not at all, within what reality allows, or all its type holds."""

    NONE = 0
    BOUNDED = 1
    WILD = 2


@dataclass(frozen=True, slots=True)
class Interval:
    """Integers from `low` to `high`, and how free a stranger is to choose among them."""

    low: int
    high: int
    freedom: Freedom = Freedom.NONE

    @property
    def chosen(self) -> bool:
        """Whether a stranger picks it, or part of what it is computed from."""
        return self.freedom > Freedom.NONE

    @property
    def wild(self) -> bool:
        """Whether nothing but its type bounds what a stranger picks."""
        return self.freedom is Freedom.WILD

    def joined(self, other: Interval) -> Interval:
        """The least interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high), max(self.freedom, other.freedom))

    def within(self, low: int, high: int) -> bool:
        """Whether nothing lies outside of a range."""
        return low <= self.low and self.high <= high


def limits(kind: Type) -> tuple[int, int]:
    """The range of a type; of what is no integer that of a word."""
    return _limits(kind.name) if isinstance(kind, types.Elementary) else (0, WORD)


@cache
def _limits(name: str) -> tuple[int, int]:
    if name == "bool":
        return (0, 1)
    kind = types.Elementary(name)
    return types.integer_range(kind) if types.is_integer(kind) else (0, WORD)


class Intervals:
    """The intervals of one entry's values."""

    def __init__(self, entry: Entry, free: dict[Shape, Interval]) -> None:
        """`free` holds the intervals of places that strangers can set; all others are taken to hold sane values."""
        self._entry = entry
        self._free = free
        self._known: dict[int, Interval] = {}
        self._run()

    def of(self, value: Instruction) -> Interval:
        """The interval of a value wherever it is used."""
        return self._known.get(value.number) or _typed(value.type)

    def at(self, block: Block, value: Instruction) -> Interval:
        """The interval of a value in a block, where the conditions on the way there hold."""
        found = self.of(value)
        known = bounds_at(self._entry.body, block).get(widened(value).key)
        if known is None:
            return found
        low, high, freedom = found.low, found.high, found.freedom
        for fact in known.below:
            low = max(low, self.of(fact.lesser).low + fact.gap)
        for fact in known.above:
            most = self.of(fact.greater)
            high = min(high, most.high - fact.gap)
            if not fact.greater.is_constant:
                freedom = min(freedom, max(most.freedom, Freedom.BOUNDED))
        return Interval(low, max(low, high), freedom)

    def _run(self) -> None:
        phis = self._entry.body.of("phi")
        self._sweep(set())
        if not flow(self._entry.body).loops:  # every value comes after those it is made of: once is enough
            return
        before = {phi.number: self.of(phi) for phi in phis}
        self._sweep(set())
        widened_phis = {phi.number: _grown(before[phi.number], self.of(phi), phi.type) for phi in phis}
        self._known.update(widened_phis)
        self._sweep(set(widened_phis))

    def _sweep(self, fixed: set[int]) -> None:
        for block in self._entry.body.blocks:
            for instruction in block.instructions:
                if instruction.number not in fixed:
                    self._known[instruction.number] = self._compute(instruction)

    def _compute(self, value: Instruction) -> Interval:
        match value.operation:
            case "constant":
                known = value.data if isinstance(value.data, int) else 0
                return Interval(known, known)
            case "parameter":
                return _typed(value.type, Freedom.WILD if self._entry.public else Freedom.NONE)
            case "environment":
                most = _ENVIRONMENT.get(str(value.data))
                paid = Freedom.BOUNDED if value.data == "msg.value" else Freedom.NONE
                return Interval(0, most, paid) if most else _typed(value.type)
            case "load":
                return self._free.get(shape(value)) or _typed(value.type)
            case "phi":
                return self._joined(value)
            case "unary" if value.data == "-":
                inner = self.at(value.block, value.arguments[0])
                return Interval(-inner.high, -inner.low, inner.freedom)
            case "convert":
                return _cast(self.at(value.block, value.arguments[0]), value.type)
            case "member":
                return self._member(value)
            case "binary":
                return self._binary(value)
            case "index" | "extract" | "tuple" | "update" | "yul":
                return _typed(value.type, self._freest(value.arguments))
            case "call" if value.data.target is not None and value.data.kind == "external":
                return _typed(value.type, self.of(value.data.target).freedom)
            case _:
                return _typed(value.type)

    def _freest(self, values: Iterable[Instruction]) -> Freedom:
        return max((self.of(value).freedom for value in values), default=Freedom.NONE)

    def _joined(self, phi: Instruction) -> Interval:
        ways = phi.block.predecessors if len(phi.block.predecessors) == len(phi.arguments) else None
        known = [
            self.at(ways[n], a) if ways else self._known[a.number]
            for n, a in enumerate(phi.arguments)
            if a.number in self._known and a is not phi
        ]
        if not known:
            return _typed(phi.type)
        found = known[0]
        for other in known[1:]:
            found = found.joined(other)
        return found

    def _member(self, value: Instruction) -> Interval:
        most = _SIZES.get(value.data)
        freedom = self._freest(value.arguments)
        if most is None:
            return _typed(value.type, freedom)
        return Interval(0, most, min(freedom, Freedom.BOUNDED) if value.data == "length" else Freedom.NONE)

    def _binary(self, value: Instruction) -> Interval:
        left, right = (self.at(value.block, argument) for argument in value.arguments)
        exact = computed(value.data, left, right)
        if exact is None:
            return _typed(value.type, max(left.freedom, right.freedom))
        low, high = limits(value.type)
        if exact.within(low, high):
            return exact
        if value.checked or not self._can_wrap(value, left, right):
            return Interval(max(low, min(high, exact.low)), max(low, min(high, exact.high)), exact.freedom)
        return Interval(low, high, Freedom.WILD)

    def _can_wrap(self, value: Instruction, left: Interval, right: Interval) -> bool:
        least = Freedom.BOUNDED if value.data == "-" else Freedom.WILD
        return max(left.freedom, right.freedom) >= least and not proved(self._entry.body, value)


def computed(operator: str, left: Interval, right: Interval) -> Interval | None:
    """The interval of an operation's result in exact arithmetic; None where nothing is known."""
    freedom = max(left.freedom, right.freedom)
    match operator:
        case "+":
            return Interval(left.low + right.low, left.high + right.high, freedom)
        case "-":
            return Interval(left.low - right.high, left.high - right.low, freedom)
        case "*":
            corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
            return Interval(min(corners), max(corners), freedom)
        case "**":
            return _power(left, right)
    if left.low < 0 or right.low < 0:
        return None
    return _of_naturals(operator, left, right, freedom)


def _of_naturals(operator: str, left: Interval, right: Interval, freedom: Freedom) -> Interval | None:
    match operator:
        case "/":
            return Interval(left.low // max(1, right.high), left.high // max(1, right.low), freedom)
        case "%":
            return Interval(
                0, min(left.high, max(0, right.high - 1)), min(freedom, max(right.freedom, Freedom.BOUNDED))
            )
        case "&":
            return Interval(0, min(left.high, right.high), min(left.freedom, right.freedom))
        case ">>":
            return Interval(left.low >> min(256, right.high), left.high >> min(256, right.low), freedom)
        case "<<" if right.high <= 256:
            return Interval(left.low << right.low, left.high << right.high, freedom)
        case _:
            return None


def _power(base: Interval, exponent: Interval) -> Interval | None:
    if base.low < 0 or exponent.low < 0:
        return None
    freedom = max(base.freedom, exponent.freedom)
    if base.high > 1 and base.high.bit_length() * exponent.high > 1024:
        return Interval(0, 1 << 1024, freedom)
    return Interval(base.low**exponent.low, base.high**exponent.high, freedom)


def _typed(kind: Type, freedom: Freedom = Freedom.NONE) -> Interval:
    """All a type holds if a stranger picks, else what can be taken for sane."""
    low, high = limits(kind)
    if freedom is Freedom.WILD:
        return Interval(low, high, freedom)
    return Interval(max(low, -SANE), min(high, SANE), freedom)


def _cast(inner: Interval, kind: Type) -> Interval:
    low, high = limits(kind)
    return inner if inner.within(low, high) else Interval(low, high, inner.freedom)


def _grown(before: Interval, after: Interval, kind: Type) -> Interval:
    """A value that grew in one turn of a loop, after as many turns as somebody would pay for."""
    least, most = limits(kind)
    high = after.high + max(0, after.high - before.high) * REPEATS
    low = after.low - max(0, before.low - after.low) * REPEATS
    return Interval(max(least, low), min(most, high), after.freedom)


# What strangers can put into storage ----------------------------------------------------------------------------------

Shape = tuple[int, tuple[str, ...]]
"""A state variable and the steps into it, all keys of a mapping alike."""


def shape(access: Instruction) -> Shape:
    """The shape of the place an instruction reads or writes."""
    place = access.data
    return (id(place.root), tuple(step if isinstance(step, str) else "[]" for step in place.path))


def intervals(entry: Entry) -> Intervals:
    """The intervals of an entry, worked out once."""
    found: Intervals | None = entry.__dict__.get("_intervals")
    if found is None:
        found = entry.__dict__["_intervals"] = Intervals(entry, _free_places(entry.contract))
    return found


def _free_places(contract: Contract) -> dict[Shape, Interval]:
    """The places strangers can set to what they like, with all values of their type."""
    found: dict[Shape, Interval] | None = contract.__dict__.get("_free_places")
    if found is None:
        found = {}
        for entry in contract.entries:
            if entry.public and entry.body.of("store"):
                _add_free(entry, found)
        for place in unfounded(contract):
            found.setdefault(place, Interval(0, WORD, Freedom.WILD))
        contract.__dict__["_free_places"] = found
    return found


def _add_free(entry: Entry, found: dict[Shape, Interval]) -> None:
    body = entry.body
    known: Intervals | None = None
    for store in body.of("store"):
        place = shape(store)
        value = store.arguments[0]
        if place in found or not types.is_integer(store.type) or is_authorised(body, store.block):
            continue
        known = known or Intervals(entry, {})
        if known.at(store.block, value).wild and not moved(entry, store, value):
            found[place] = _typed(store.type, Freedom.WILD)


def unfounded(contract: Contract) -> set[Shape]:
    """Places of a mapping or array that only ever move what they hold: nothing in sight bounds the sum of it."""
    found: set[Shape] | None = contract.__dict__.get("_unfounded")
    if found is None:
        moving: dict[Shape, bool] = {}
        for variable in contract.variables:
            for entry, store in writers(contract, variable):
                if store.operation == "store" and types.is_integer(store.type):
                    only = moved(entry, store, store.arguments[0]) or _lessened(store, store.arguments[0])
                    moving[shape(store)] = moving.get(shape(store), True) and only
        found = contract.__dict__["_unfounded"] = {place for place, only in moving.items() if only and place[1]}
    return found


def moved(entry: Entry, store: Instruction, value: Instruction) -> bool:
    """Whether a store adds to a place what is taken from another place of its shape: the sum stays what it was."""
    value = widened(value)
    if value.operation != "binary" or value.data != "+":
        return False
    return any(
        base.operation == "load" and shape(base) == shape(store) and _taken(entry.body, store, added)
        for base, added in (value.arguments, value.arguments[::-1])
    )


def _taken(body: Body, store: Instruction, added: Instruction) -> bool:
    """Whether what is added does not exceed, or is taken out of, a place of the same shape."""
    wanted = widened(added).key

    def holds_it(value: Instruction) -> bool:
        return widened(value).operation == "load" and shape(widened(value)) == shape(store)

    def takes(block: Block) -> bool:
        return any(
            i.data == "-" and holds_it(i.arguments[0]) and widened(i.arguments[1]).key == wanted
            for i in block.instructions
            if i.operation == "binary" and (i.checked or proved(body, i))
        )

    def never(_condition: Instruction, _holds: bool) -> bool:
        return False

    return (
        any(holds_it(fact.greater) and widened(fact.lesser).key == wanted for fact in facts_at(body, store.block))
        or takes(store.block)
        or guarded(body, store.block, never, takes)
        or passes(body, store.block, never, takes)
    )


def _lessened(store: Instruction, value: Instruction) -> bool:
    value = widened(value)
    if value.operation != "binary" or value.data != "-":
        return value.is_constant and value.data == 0
    base = value.arguments[0]
    return base.operation == "load" and shape(base) == shape(store)
