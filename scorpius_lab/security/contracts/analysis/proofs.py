"""Proofs that an operation does not wrap around, from tests before or after it and from what is taken elsewhere."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.facts import Fact, at_least, passes, same, told, widened
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import Test, guarded
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction

_COMPARISONS = frozenset({"<", ">", "<=", ">="})


def proved(body: Body, operation: Instruction) -> bool:
    """Whether a sum, difference or product of naturals is known not to wrap, whatever the sizes of its operands."""
    cache: dict[int, bool] = body.__dict__.setdefault("_proved", {})
    found = cache.get(operation.number)
    if found is None:
        found = cache[operation.number] = _proved(body, operation)
    return found


def proved_by_test(body: Body, operation: Instruction) -> bool:
    """Whether the code itself tests a sum, before or after."""
    return _looked_at(operation) or tested(body, operation, settling(body, operation))


def _proved(body: Body, operation: Instruction) -> bool:
    if _looked_at(operation):
        return True
    if operation.data == "-":
        if at_least(body, operation.block, *operation.arguments):
            return True
        if _from_total(body, operation):
            return True
    elif operation.data == "+" and _within_total(body, operation):
        return True
    return tested(body, operation, settling(body, operation))


def tested(body: Body, operation: Instruction, test: Test) -> bool:
    """Whether every way to an operation, or from it to a lasting end, passes a test."""
    return guarded(body, operation.block, test) or passes(body, operation.block, test)


def settling(body: Body, operation: Instruction) -> Test:
    """The test that a condition shows that an operation does not wrap."""
    settles = _settles_difference if operation.data == "-" else _settles_growth

    def test(condition: Instruction, holds: bool) -> bool:
        return any(settles(body, fact, operation) for fact in told(condition, holds))

    return test


def _looked_at(operation: Instruction) -> bool:
    """Whether the code itself works with whether it wrapped: `c = a + b; ok = c >= a`."""
    operands = {widened(argument).key for argument in operation.arguments if not argument.is_constant}
    return any(
        user.operation == "binary"
        and user.data in _COMPARISONS
        and any(widened(other).key in operands for other in user.arguments if other is not operation)
        for user in operation.users
    )


def _settles_difference(body: Body, fact: Fact, operation: Instruction) -> bool:
    left, right = operation.arguments
    if not same(body, fact.greater, left):
        return False
    return same(body, fact.lesser, right) or widened(fact.lesser).key == operation.key


def _settles_growth(body: Body, fact: Fact, operation: Instruction) -> bool:
    left, right = operation.arguments
    settles = _settles_sum if operation.data == "+" else _settles_product if operation.data == "*" else None
    if settles is None:
        return False
    return settles(body, fact, operation, left, right) or settles(body, fact, operation, right, left)


def _settles_sum(body: Body, fact: Fact, operation: Instruction, one: Instruction, other: Instruction) -> bool:
    """`a + b >= a`, `a + b - a == b`, `a <= limit - b`."""
    if widened(fact.greater).key == operation.key and same(body, fact.lesser, one):
        return True
    if _undone(body, fact.greater, "-", operation, one) and same(body, fact.lesser, other):
        return True
    return _room_left(body, fact, "-", one, other) or _room_for_product(body, fact, one, other)


def _room_for_product(body: Body, fact: Fact, one: Instruction, other: Instruction) -> bool:
    """`a <= (limit - c) / b` for `a * b + c`."""
    product, room = widened(one), widened(fact.greater)
    if product.operation != "binary" or product.data != "*" or room.operation != "binary" or room.data != "/":
        return False
    limit = widened(room.arguments[0])
    spared = limit.is_constant or (limit.operation == "binary" and limit.data == "-")
    if not spared or not (other.is_constant or widened(other).data == "/"):
        return False
    return any(
        same(body, fact.lesser, a) and same(body, room.arguments[1], b)
        for a, b in (product.arguments, product.arguments[::-1])
    )


def _settles_product(body: Body, fact: Fact, operation: Instruction, one: Instruction, other: Instruction) -> bool:
    """`a * b / a == b`, `a == 0`, `a <= limit / b`."""
    if _undone(body, fact.greater, "/", operation, one) and same(body, fact.lesser, other):
        return True
    if fact.greater.is_constant and fact.greater.data == 0 and same(body, fact.lesser, one):
        return True
    return _room_left(body, fact, "/", one, other)


def _undone(body: Body, value: Instruction, operator: str, operation: Instruction, operand: Instruction) -> bool:
    """Whether a value is the result with one operand taken out again."""
    value = widened(value)
    if value.operation != "binary" or value.data != operator:
        return False
    whole, part = value.arguments
    return widened(whole).key == operation.key and same(body, part, operand)


def _room_left(body: Body, fact: Fact, operator: str, one: Instruction, other: Instruction) -> bool:
    """Whether one operand is at most what a limit leaves beside the other."""
    room = widened(fact.greater)
    if room.operation != "binary" or room.data != operator:
        return False
    return same(body, fact.lesser, one) and same(body, room.arguments[1], other)


# Conservation: what is added to one account was taken from another, or counted in a checked total ---------------------


def _keys(load: Instruction) -> int:
    return sum(not isinstance(step, str) for step in load.data.path)


def _from_total(body: Body, operation: Instruction) -> bool:
    """A total is at least each part of it: `total -= v` where `v` does not exceed an account."""
    total, part = (widened(argument) for argument in operation.arguments)
    if total.operation != "load":
        return False

    def test(condition: Instruction, holds: bool) -> bool:
        return any(_takes_part(body, fact, part, total) for fact in told(condition, holds))

    def in_block(block: Block) -> bool:
        return any(
            _covers(body, i, total, part)
            for i in block.instructions
            if i.operation == "binary" and i.checked and flow(body).can_follow(i, operation)
        )

    return in_block(operation.block) or guarded(body, operation.block, test, in_block)


def _covers(body: Body, other: Instruction, total: Instruction, part: Instruction) -> bool:
    """Whether the part was taken from an account, or added to the total, by a checked operation."""
    if other.data not in {"+", "-"} or not same(body, other.arguments[1], part):
        return False
    base = widened(other.arguments[0])
    if other.data == "-":
        return _is_account(base, total)
    return base.operation == "load" and base.data.key == total.data.key


def _takes_part(body: Body, fact: Fact, part: Instruction, total: Instruction) -> bool:
    return _is_account(fact.greater, total) and same(body, fact.lesser, part)


def _is_account(value: Instruction, total: Instruction) -> bool:
    value = widened(value)
    return value.operation == "load" and value.data.root is not total.data.root and _keys(value) > _keys(total)


def _within_total(body: Body, operation: Instruction) -> bool:
    """`account += v` where `v` came out of another account, or was added to a total by a checked sum."""
    for base, added in (operation.arguments, operation.arguments[::-1]):
        account = widened(base)
        if account.operation == "load" and _keys(account):
            return _counted(body, operation, account, added)
    return False


def _counted(body: Body, operation: Instruction, account: Instruction, added: Instruction) -> bool:
    def test(_condition: Instruction, _holds: bool) -> bool:
        return False

    def in_block(block: Block) -> bool:
        return any(
            _counts(body, i, account, added)
            for i in block.instructions
            if i.operation == "binary" and i is not operation and flow(body).can_follow(i, operation)
        )

    return in_block(operation.block) or guarded(body, operation.block, test, in_block)


def _counts(body: Body, other: Instruction, account: Instruction, added: Instruction) -> bool:
    """Whether a total grows by the same value in an operation that does not wrap."""
    base = widened(other.arguments[0])
    if base.operation != "load" or not same(body, other.arguments[1], added):
        return False
    if other.data == "+":
        return other.checked and base.data.root is not account.data.root and _keys(base) < _keys(account)
    return other.data == "-" and base.data.root is account.data.root and (other.checked or proved(body, other))
