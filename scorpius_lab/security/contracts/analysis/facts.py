"""Comparisons known to hold at a block, and what of two values is at least as large as the other because of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scorpius_lab.security.contracts.analysis.flow import flow, stored_between
from scorpius_lab.security.contracts.analysis.guards import Test, implies
from scorpius_lab.security.contracts.analysis.slices import inputs, plain
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction

_LONGEST_CHAIN = 24  # values looked at for one question


@dataclass(frozen=True, slots=True)
class Fact:
    """`greater >= lesser + gap`; the gap is 1 for a strict comparison, else 0."""

    greater: Instruction
    lesser: Instruction
    gap: int = 0


def facts_at(body: Body, block: Block) -> list[Fact]:
    """Comparisons that hold whenever a block runs, from the conditions that decide whether it does."""
    cache: dict[int, list[Fact]] = body.__dict__.setdefault("_facts", {})
    found = cache.get(block.number)
    if found is None:
        found = [fact for condition, holds in flow(body).controllers[block.number] for fact in told(condition, holds)]
        cache[block.number] = found
    return found


@dataclass(slots=True)
class Bounds:
    """The facts about one value: those that bound it from below, and from above."""

    below: list[Fact] = field(default_factory=list)
    above: list[Fact] = field(default_factory=list)


def bounds_at(body: Body, block: Block) -> dict[int, Bounds]:
    """The comparisons that hold at a block, by the keys of the values they are about."""
    cache: dict[int, dict[int, Bounds]] = body.__dict__.setdefault("_bounds", {})
    found = cache.get(block.number)
    if found is None:
        found = {}
        for fact in facts_at(body, block):
            found.setdefault(widened(fact.greater).key, Bounds()).below.append(fact)
            found.setdefault(widened(fact.lesser).key, Bounds()).above.append(fact)
        cache[block.number] = found
    return found


def told(condition: Instruction, holds: bool, depth: int = 0) -> Iterator[Fact]:
    """The comparisons a condition being `holds` tells, through `!`, `&&` and `||`."""
    if depth > 12:
        return
    operator = condition.data
    if condition.operation == "unary" and operator == "!":
        yield from told(condition.arguments[0], not holds, depth + 1)
    if condition.operation != "binary":
        return
    left, right = condition.arguments
    if operator in {"&&", "||", "&", "|"}:
        if holds == (operator in {"&&", "&"}):
            yield from told(left, holds, depth + 1)
            yield from told(right, holds, depth + 1)
    elif operator in {"==", "!="}:
        if holds == (operator == "=="):
            yield Fact(left, right)
            yield Fact(right, left)
    elif operator in {"<", ">", "<=", ">="}:
        yield _ordered(operator, left, right, holds)


def _ordered(operator: str, left: Instruction, right: Instruction, holds: bool) -> Fact:
    if operator in {"<", "<="}:
        left, right = right, left
    strict = operator in {"<", ">"}
    return Fact(left, right, int(strict)) if holds else Fact(right, left, int(not strict))


def same(body: Body, first: Instruction, then: Instruction) -> bool:
    """Whether two instructions give the same value: the same expression, nothing it reads stored in between."""
    first, then = widened(first), widened(then)
    if first is then:
        return True
    if first.is_constant and then.is_constant:
        return bool(first.data == then.data)
    if first.key != then.key:
        return False
    if flow(body).always_before(then, first):
        first, then = then, first
    return not any(stored_between(body, i, then) for i in inputs(first) if i.operation == "load")


def widened(value: Instruction) -> Instruction:
    """A value without conversions that cannot change it: from an unsigned integer to one at least as wide."""
    while value.operation == "convert":
        inner = value.arguments[0]
        bits, inner_bits = types.integer_bits(value.type), types.integer_bits(inner.type)
        if not inner_bits or bits < inner_bits or types.is_signed(value.type) != types.is_signed(inner.type):
            break
        value = inner
    return value


def at_least(body: Body, block: Block, greater: Instruction, lesser: Instruction) -> bool:
    """Whether `greater >= lesser` is known at a block: a chain of comparisons and of what operations imply."""
    known = facts_at(body, block)
    seen: set[int] = set()
    waiting = [widened(greater)]
    while waiting and len(seen) < _LONGEST_CHAIN:
        value = waiting.pop()
        if value.number in seen:
            continue
        seen.add(value.number)
        if same(body, value, lesser):
            return True
        waiting += [widened(fact.lesser) for fact in known if same(body, fact.greater, value)]
        waiting += [widened(one) for one in _below(value)]
    return _from_above(body, known, greater, lesser)


def _from_above(body: Body, known: list[Fact], greater: Instruction, lesser: Instruction) -> bool:
    """The same chain from the lesser value upwards: what bounds it."""
    seen: set[int] = set()
    waiting = [widened(lesser)]
    while waiting and len(seen) < _LONGEST_CHAIN:
        value = waiting.pop()
        if value.number in seen:
            continue
        seen.add(value.number)
        if same(body, value, greater):
            return True
        waiting += [widened(fact.greater) for fact in known if same(body, fact.lesser, value)]
        waiting += [widened(one) for one in _above(value)]
    return False


def _below(value: Instruction) -> list[Instruction]:
    """Values an operation's result is never less than."""
    if value.operation != "binary":
        return []
    if value.data == "+" and value.checked and not types.is_signed(value.type):
        return list(value.arguments)
    if value.data == "|":
        return list(value.arguments)
    return []


def _above(value: Instruction) -> list[Instruction]:
    """Values an operation's result never exceeds."""
    if value.operation != "binary" or types.is_signed(value.type):
        return []
    if value.data in {"/", "%", ">>"}:
        return [value.arguments[0], *([value.arguments[1]] if value.data == "%" else [])]
    if value.data == "&":
        return list(value.arguments)
    if value.data == "-" and value.checked:
        return [value.arguments[0]]
    return _scaled_down(value)


def _scaled_down(value: Instruction) -> list[Instruction]:
    """`x * a / b` with constants a <= b does not exceed x; it arrives here as the division's own first operand."""
    if value.data != "*":
        return []
    for factor, other in (value.arguments, value.arguments[::-1]):
        if plain(factor).is_constant and plain(factor).data in {0, 1}:
            return [other]
    return []


def passes(body: Body, start: Block, test: Test, through: Callable[[Block], bool] | None = None) -> bool:
    """Whether every way from a block to a lasting end of the entry passes a condition implying a test.

    A way that leads `through` a block, the first one included, passes as well.
    """
    lasting = flow(body).committed
    seen = set()
    waiting = [start]
    while waiting:
        current = waiting.pop()
        if current.number in seen or not lasting >> current.number & 1:
            continue
        seen.add(current.number)
        if through is not None and through(current):
            continue
        if not current.successors and current.end != "revert":
            return False
        for position, following in flow(body).ways[current.number]:
            holds = position == 0
            branches = current.condition is not None and len(current.successors) == 2
            if branches and current.condition is not None and implies(current.condition, holds, test):
                continue
            waiting.append(following)
    return True
