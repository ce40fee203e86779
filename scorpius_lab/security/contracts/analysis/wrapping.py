"""Arithmetic that can wrap: neither the compiler, nor a test before or after it, nor its operands' size prevents it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.authority import is_trusted
from scorpius_lab.security.contracts.analysis.facts import Fact, same, told, widened
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.intervals import (
    Interval,
    Intervals,
    computed,
    intervals,
    limits,
    shape,
    unfounded,
)
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins, used_by
from scorpius_lab.security.contracts.analysis.proofs import proved, proved_by_test, tested
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction
from scorpius_lab.security.contracts.ir.program import StateVariable

_NARROW_BITS = 24  # a counter of so many bits can be driven over its end by paying for calls
_BITWISE = frozenset({"^", "|", "&", "<<", ">>"})
_MODULAR = frozenset({"mulmod", "addmod", "mod", "smod"})
_CHECKED_SINCE = (0, 8, 0)


@dataclass(frozen=True, slots=True)
class Wrap:
    """An operation that can wrap, and the operand a stranger drives it with; none where it always wraps."""

    instruction: Instruction
    culprit: Instruction | None
    matters: bool


def wraps(entry: Entry, *operators: str) -> list[Wrap]:
    """Operations of an entry anyone can call that can wrap, in order of their blocks.

    Of an entry that only reads what its caller gives is left out: who calls it with numbers that wrap deceives nobody
    else.
    """
    if not entry.public:
        return []
    found = [wrap for wrap in _all(entry) if wrap.instruction.data in operators]
    if not entry.function.reads_only:
        return found
    return [wrap for wrap in found if wrap.culprit and any(one.operation == "load" for one in inputs(wrap.culprit))]


def narrow(entry: Entry) -> list[Wrap]:
    """Unchecked operations in a type of few bits on any value a caller gives; the other operand keeps them right."""
    if not entry.public or entry.function.reads_only:
        return []
    known = {wrap.instruction.number for wrap in _all(entry)}
    return [found for found in _narrow(entry) if found.instruction.number not in known]


def _narrow(entry: Entry) -> Iterator[Wrap]:
    for operation in entry.body.of("binary"):
        if operation.checked or operation.data not in {"+", "-", "*"}:
            continue
        if not 0 < types.integer_bits(operation.type) <= _NARROW_BITS or is_trusted(entry, operation.block):
            continue
        for operand in operation.arguments:
            interval = intervals(entry).at(operation.block, operand)
            if operand.operation == "parameter" and interval.high == limits(operation.type)[1]:
                yield Wrap(operation, operand, _matters(entry.body, operation))


def _all(entry: Entry) -> list[Wrap]:
    found: list[Wrap] | None = entry.__dict__.get("_wraps")
    if found is None:
        found = entry.__dict__["_wraps"] = list(_find(entry))
    return found


def _find(entry: Entry) -> Iterator[Wrap]:
    body = entry.body
    candidates = [i for i in body.of("binary") if i.data in {"+", "-", "*", "**"} and not i.checked]
    for operation in candidates:
        if not types.is_integer(operation.type) or _modular(operation):
            continue
        if not flow(body).can_commit(operation) or _freely_given(operation) or _sets_length(operation):
            continue
        matters = _matters(body, operation)
        if not matters and (operation.frame.function.unit.version >= _CHECKED_SINCE or _pointer(operation)):
            continue  # wrapping was asked for and nothing of it lasts, or no amount is worked out
        if is_trusted(entry, operation.block) and not held_to_limit(body, operation):
            continue
        known = intervals(entry)
        find = _below_zero if operation.data == "-" and not types.is_signed(operation.type) else _too_large
        wrap = find(entry, known, operation, matters)
        if wrap is not None:
            yield wrap


def _modular(operation: Instruction) -> bool:
    """Whether wrapping is meant: bits are worked with, or the result is cut to a power of two."""
    if any(_bits(operand, set()) for operand in operation.arguments) or _wide_product(operation):
        return True
    return any(_cuts(user) for user in operation.users) or _only_cut(operation, set())


def _cuts(user: Instruction) -> bool:
    if user.operation == "yul":
        return user.data in _MODULAR
    if user.operation != "binary":
        return False
    return user.data in _BITWISE or (user.data == "%" and _power_of_two(user.arguments[1]))


def _only_cut(operation: Instruction, seen: set[int]) -> bool:
    """Whether the result goes into nothing but sums and products that are cut in the end."""
    if operation.number in seen:
        return False
    seen.add(operation.number)
    return bool(operation.users) and all(
        _cuts(user) or (user.operation == "binary" and user.data in {"+", "-", "*"} and _only_cut(user, seen))
        for user in operation.users
    )


def _bits(value: Instruction, seen: set[int]) -> bool:
    """Whether a value is worked out of bits: by XOR, OR, NOT, negation, a hash or modular arithmetic."""
    value = widened(value)
    if value.number in seen:
        return False
    seen.add(value.number)
    if value.operation == "hash" or (value.operation == "yul" and value.data in _MODULAR):
        return True
    if value.operation == "unary":
        return value.data in {"~", "-"}
    if value.operation != "binary":
        return False
    return value.data in {"^", "|"} or (
        value.data in {"+", "-", "*"} and not value.checked and any(_bits(one, seen) for one in value.arguments)
    )


def _wide_product(operation: Instruction) -> bool:
    """Whether the upper half of a product is worked out as well, by `mulmod` of the same factors."""
    factors = {argument.key for argument in operation.arguments}
    return operation.data == "*" and any(
        user.operation == "yul" and user.data == "mulmod" and {a.key for a in user.arguments[:2]} == factors
        for argument in operation.arguments
        for user in argument.users
    )


def _pointer(operation: Instruction) -> bool:
    """Whether assembly uses the result as a place in memory."""
    return any(user.operation in {"yul", "hash"} for user in _carried(operation)) or any(
        user.operation in {"yul", "hash"} for one in _carried(operation) for user in one.users
    )


def held_to_limit(body: Body, operation: Instruction) -> bool:
    """Whether the contract holds even those it trusts to a fixed limit on what it stores."""
    carried = _carried(operation)
    numbers = {one.number for one in carried}
    if operation.data == "-" or not any(one.operation == "store" for one in carried):
        return False
    return any(
        fact.lesser.number in numbers and not fact.gap and _fixed(fact.greater)
        for block in body.blocks
        if block.condition is not None and block.condition.number in numbers
        for holds in (True, False)
        for fact in told(block.condition, holds)
    )


def _fixed(limit: Instruction) -> bool:
    variable = limit.data.variable if limit.operation == "load" else None
    return limit.is_constant or (variable is not None and variable.fixed)


def _freely_given(operation: Instruction) -> bool:
    """Whether the result depends on nothing but parameters used for nothing else: the caller could name it as well."""
    inside = {one.number for one in inputs(operation)}
    leaves = [one for one in inputs(operation) if not one.arguments and not one.is_constant]
    return bool(leaves) and all(
        leaf.operation == "parameter" and all(user.number in inside for user in leaf.users) for leaf in leaves
    )


def _sets_length(operation: Instruction) -> bool:
    """Whether the length of an array is worked out, or with one: what does not fit is no element and reverts."""
    if any(one.operation == "member" and one.data == "length" for one in map(widened, operation.arguments)):
        return all(one.is_constant or one.operation == "member" for one in map(widened, operation.arguments))
    if any(one.operation == "load" and "length" in one.data.path for one in map(widened, operation.arguments)):
        return True
    users = operation.users
    return bool(users) and all(user.operation == "store" and "length" in user.data.path for user in users)


def _power_of_two(value: Instruction) -> bool:
    return value.is_constant and isinstance(value.data, int) and value.data > 2 and value.data & (value.data - 1) == 0


def _matters(body: Body, operation: Instruction) -> bool:
    """Whether anything lasting, a decision or an answer depends on the result.

    Where wrapping was asked for (`unchecked`, assembly), only amounts count: what is stored, sent, or compared with
    what is stored or sent.
    """
    after = _carried(operation)
    numbers = {user.number for user in after}
    if any(_lasts(user, numbers) for user in after):
        return True
    conditions = [block.condition for block in body.blocks if block.condition is not None]
    if operation.frame.function.unit.version >= _CHECKED_SINCE:
        return any(c.number in numbers and _weighs(body, c, numbers) for c in conditions)
    return any(c.number in numbers for c in conditions) or any(
        value.number in numbers for block in body.blocks for value in block.returned
    )


def _carried(operation: Instruction) -> list[Instruction]:
    """The operation and what its result goes into; not what is read at a place in memory it points to."""
    seen = {operation.number: operation}
    waiting = [operation]
    while waiting:
        for user in waiting.pop().users:
            if user.number not in seen and user.operation not in {"yul", "hash", "load", "index", "slot"}:
                seen[user.number] = user
                if user.call is None:
                    waiting.append(user)
    return list(seen.values())


def _lasts(user: Instruction, carried: set[int]) -> bool:
    if user.operation in {"store", "push"}:
        return bool(user.arguments) and user.arguments[0].number in carried
    if user.call is None:
        return False
    if user.call.kind == "dynamic":
        return any(argument.number in carried for argument in user.arguments)
    if user.call.value is not None and user.call.value.number in carried:
        return True
    # a low-level call written in assembly has pointers into memory for arguments
    given = user.arguments if user.call.kind == "external" else [a for a in user.arguments if a.operation == "encode"]
    return any(argument.number in carried for argument in given)


def _weighs(body: Body, condition: Instruction, carried: set[int]) -> bool:
    """Whether a condition compares a result with something stored or paid."""
    if condition.operation != "binary":
        return False
    others = [argument for argument in condition.arguments if argument.number not in carried]
    ordered = condition.data not in {"==", "!="}  # an equality with something stored only finds a record
    return any(
        (ordered and isinstance(origin, StateVariable)) or origin in {"msg.value", "balance"}
        for other in others
        for origin in origins(body, other)
    )


def _below_zero(entry: Entry, known: Intervals, operation: Instruction, matters: bool) -> Wrap | None:
    body = entry.body
    left, right = operation.arguments
    first, second = known.at(operation.block, left), known.at(operation.block, right)
    if first.low >= second.high:
        return None
    if left.is_constant and right.is_constant:
        return Wrap(operation, None, matters) if _from_variables(operation) else None
    culprit = next((o for o, i in ((right, second), (left, first)) if i.chosen), None)
    if culprit is None or _only_index(operation) or _part_of_balance(body, left, right):
        return None
    if proved(body, operation):
        return None
    return Wrap(operation, culprit, matters)


def _from_variables(operation: Instruction) -> bool:
    """Whether an operand was written elsewhere: `0 - 1` in one expression is meant."""
    inside = operation.span
    return any(not (inside.start <= o.span.start and o.span.end <= inside.end) for o in operation.arguments)


def _only_index(operation: Instruction) -> bool:
    """Whether the result only picks an element of an array, which reverts outside of it."""
    users = [user for user in operation.users if user.operation != "constant"]
    return bool(users) and all(
        (user.operation == "index" and user.arguments[-1] is operation)
        or (user.operation in {"load", "store"} and operation in user.arguments[user.operation == "store" :])
        for user in users
    )


def _part_of_balance(body: Body, whole: Instruction, part: Instruction) -> bool:
    """The contract's balance already holds what came with the call."""
    return is_environment(part, "msg.value") and "balance" in origins(body, whole)


def _too_large(entry: Entry, known: Intervals, operation: Instruction, matters: bool) -> Wrap | None:
    body = entry.body
    operands = [(o, known.at(operation.block, o)) for o in operation.arguments]
    exact = computed(operation.data, operands[0][1], operands[1][1])
    low, high = limits(operation.type)
    if exact is None or exact.within(low, high):
        return None
    wild = [operand for operand, interval in operands if interval.wild]
    culprit = next((one for one in wild if from_parameter(body, one)), wild[0] if wild else None)
    if culprit is None and _is_narrow_counter(entry, operation):
        culprit = operation.arguments[0]
    if culprit is None:
        return None

    if _only_index(operation) or _kept_small(body, known, operation):
        return None
    if proved(body, operation) and not _out_of_nothing(entry, operation):
        return None
    return Wrap(operation, culprit, matters)


def _out_of_nothing(entry: Entry, operation: Instruction) -> bool:
    """Whether all that speaks for a sum is that it was taken from other accounts, and nothing says what these hold."""
    if operation.data != "+" or proved_by_test(entry.body, operation):
        return False
    without_ground = unfounded(entry.contract)
    loads = [widened(argument) for argument in operation.arguments]
    return any(load.operation == "load" and shape(load) in without_ground for load in loads)


def _kept_small(body: Body, known: Intervals, operation: Instruction) -> bool:
    """Whether every way there or on tests an operand against a bound that keeps the result in range."""
    left, right = operation.arguments

    def test(condition: Instruction, holds: bool) -> bool:
        return any(
            same(body, fact.lesser, one) and _bounded(known, fact, operation, one, other)
            for fact in told(condition, holds)
            for one, other in ((left, right), (right, left))
        )

    return tested(body, operation, test)


def _is_narrow_counter(entry: Entry, operation: Instruction) -> bool:
    """A stored counter of few bits that anyone can raise."""
    if operation.data != "+" or types.integer_bits(operation.type) > _NARROW_BITS:
        return False
    base = widened(operation.arguments[0])
    if base.operation != "load" or base.data.variable is None:
        return False
    stores = [store for _, store in writers(entry.contract, base.data.variable)]
    return any(user.operation == "store" and shape(user) == shape(base) for user in used_by(operation)) and not any(
        store.operation == "delete" or (store.operation == "store" and store.arguments[0].is_constant)
        for store in stores
    )


def _bounded(known: Intervals, fact: Fact, operation: Instruction, one: Instruction, other: Instruction) -> bool:
    """Whether an operand not exceeding what it was compared with keeps the result in range."""
    limit = known.of(fact.greater)
    first, second = known.at(operation.block, one), known.at(operation.block, other)
    most = limit.high - fact.gap
    freedom = first.freedom if fact.greater.is_constant else min(first.freedom, limit.freedom)
    bounded = Interval(min(first.low, most), min(first.high, most), freedom)
    left, right = (bounded, second) if one is operation.arguments[0] else (second, bounded)
    exact = computed(operation.data, left, right)
    low, high = limits(operation.type)
    return exact is not None and (exact.within(low, high) or not (bounded.wild or second.wild))


def worked_out_of_bits(value: Instruction) -> bool:
    """Whether a number is made of bits on purpose: masked, shifted, hashed, or one of several packed in a word."""
    if any(widened(operand).data in {">>", "&"} for operand in value.arguments):
        return True
    packed = any(
        user.operation == "binary" and user.data in {">>", "&"} for operand in value.arguments for user in operand.users
    )
    return packed or _modular(value)


def weighty(body: Body, value: Instruction) -> bool:
    """Whether an amount is stored, sent, or compared with what is stored or sent."""
    carried = _carried(value)
    numbers = {one.number for one in carried}
    if any(_lasts(one, numbers) for one in carried):
        return True
    return any(
        block.condition is not None and block.condition.number in numbers and _weighs(body, block.condition, numbers)
        for block in body.blocks
    )


def kept_within(entry: Entry, known: Intervals, cast: Instruction) -> bool:
    """Whether every way to a conversion or on tests that the value fits."""
    low, high = limits(cast.type)
    value = cast.arguments[0]

    def test(condition: Instruction, holds: bool) -> bool:
        for fact in told(condition, holds):
            if same(entry.body, fact.lesser, value) and known.of(fact.greater).high - fact.gap <= high:
                return low >= 0 or known.at(cast.block, value).low >= low
            if same(entry.body, fact.greater, value) and known.of(fact.lesser).low + fact.gap >= low:
                return known.at(cast.block, value).high <= high
        return False

    return tested(entry.body, cast, test)


def named(culprit: Instruction | None) -> str:
    """What a stranger chooses, for a message: a parameter's or a place's name."""
    if culprit is None:
        return ""
    value = widened(culprit)
    if value.operation in {"parameter", "environment"}:
        return f"`{value.data}`"
    if value.operation == "load":
        return f"`{value.data.name}`"
    cause = _causes(culprit)
    return f"value of `{cause}`" if cause else "value"


def root_of(operation: Instruction, culprit: Instruction | None) -> str:
    """The parameters, or else the places, that a value is worked out from.

    In a function that others call it is up to that function to hold: each of its statements is a cause of its own.
    """
    if culprit is None:
        return ""
    if operation.frame.parent is not None:
        return f"line {operation.span.line}"
    return _causes(culprit)


def _causes(culprit: Instruction) -> str:
    used = inputs(culprit)
    chosen = sorted({str(one.data) for one in used if one.operation == "parameter"})
    return ", ".join(chosen or sorted({one.data.name for one in used if one.operation == "load"}))
