"""What is known to hold at a place because every way there has passed a test of it."""

from __future__ import annotations

from collections.abc import Callable

from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction
from scorpius_lab.security.contracts.ir.program import StateVariable

Test = Callable[[Instruction, bool], bool]
"""Whether a single comparison or boolean being true (or false) is what is asked for."""


def implies(condition: Instruction, holds: bool, test: Test) -> bool:
    """Whether a condition being `holds` implies what `test` asks for, through `!`, `&&`, `||` and joined booleans."""
    return _implies(condition, holds, test, 0)


def _implies(condition: Instruction, holds: bool, test: Test, depth: int) -> bool:
    if depth > 12:
        return False
    if test(condition, holds):
        return True
    depth += 1
    operation, data = condition.operation, condition.data
    if operation == "unary" and data == "!":
        return _implies(condition.arguments[0], not holds, test, depth)
    if operation == "convert":
        return _implies(condition.arguments[0], holds, test, depth)
    if operation == "binary" and data in {"&&", "||", "&", "|"}:
        parts = [_implies(part, holds, test, depth) for part in condition.arguments]
        return any(parts) if holds == (data in {"&&", "&"}) else all(parts)
    if operation == "binary" and data in {"==", "!="}:
        return _implies_comparison(condition, holds == (data == "=="), test, depth)
    if operation == "phi":
        return _implies_phi(condition, holds, test, depth)
    return False


def _implies_comparison(condition: Instruction, equal: bool, test: Test, depth: int) -> bool:
    """`x == true`, `x != false`."""
    for value, other in (condition.arguments, condition.arguments[::-1]):
        if other.is_constant and isinstance(other.data, bool):
            return _implies(value, equal == other.data, test, depth)
    return False


def _implies_phi(phi: Instruction, holds: bool, test: Test, depth: int) -> bool:
    """A boolean that several ways give: each way that can give `holds` must imply it, or come from where it held."""
    possible = False
    for position, argument in enumerate(phi.arguments):
        if argument.is_constant and isinstance(argument.data, bool) and argument.data != holds:
            continue
        possible = True
        if argument is not phi and _implies(argument, holds, test, depth):
            continue
        predecessors = phi.block.predecessors
        if position < len(predecessors) and _passed(predecessors[position], test, depth):
            continue
        return False
    return possible


def _passed(block: Block, test: Test, depth: int) -> bool:
    """Whether the only way into a block passes the test."""
    while len(block.predecessors) == 1:
        parent = block.predecessors[0]
        if parent.condition is not None and _implies(parent.condition, parent.successors[0] is block, test, depth + 1):
            return True
        block = parent
    return False


def guarded(body: Body, block: Block, test: Test, through: Callable[[Block], bool] | None = None) -> bool:
    """Whether every way from the entry to a block passes a condition that implies `test`, or a block it goes `through`.

    The block itself does not count.
    """
    return block.number not in _reached(body, test, through)


def _reached(body: Body, test: Test, through: Callable[[Block], bool] | None = None) -> set[int]:
    """The blocks some way leads to without passing the test or going through a block that counts."""
    ways = flow(body).ways
    seen = {0}
    waiting = [body.entry]
    while waiting:
        current = waiting.pop()
        if through is not None and through(current):
            continue
        condition = current.condition if len(current.successors) == 2 else None
        for position, following in ways[current.number]:
            if following.number in seen:
                continue
            if condition is not None and implies(condition, position == 0, test):
                continue
            seen.add(following.number)
            waiting.append(following)
    return seen


_DEEDS = frozenset({"transfer", "transferFrom", "approve", "mint", "burn"})  # of token standards, which give a bool

# Who may call ---------------------------------------------------------------------------------------------------------


def authorises(body: Body, *, origin: bool = True) -> Test:
    """The test that the caller is one the contract trusts, whatever the roles are called.

    It is passed by comparing the caller with what is stored or fixed, by a flag stored for the caller, by asking
    another contract about the caller, and by a signature of a stored or fixed signer. With `origin`, `tx.origin`
    counts for the caller.
    """
    callers = {"msg.sender", "tx.origin"} if origin else {"msg.sender"}

    def test(condition: Instruction, holds: bool) -> bool:
        if condition.operation == "binary":
            return _authorising_comparison(body, condition, holds, callers)
        if not holds:
            return False
        if condition.operation == "load":
            return _keyed_by(body, condition, callers)
        return _asked_about(body, condition, callers)

    return test


def _authorising_comparison(body: Body, condition: Instruction, holds: bool, callers: set[str]) -> bool:
    operator = condition.data
    if operator in {"==", "!="}:
        if holds != (operator == "=="):
            return _keyed_flag(body, condition, callers)
        first, second = condition.arguments
        return (
            _identifies(body, first, second, callers)
            or _identifies(body, second, first, callers)
            or _keyed_equal(body, condition, callers)
        )
    return False


def _identifies(body: Body, who: Instruction, known: Instruction, callers: set[str]) -> bool:
    """Whether `who` is the caller or a signer and `known` is nothing a caller can choose."""
    claimed = origins(body, who)
    if not (claimed & callers or _recovers(who)):
        return False
    trusted = origins(body, known)
    if trusted & {"msg.sender", "tx.origin", "msg.data"}:
        return False
    if known.is_constant:
        return known.data is not None and known.data != 0
    if any(isinstance(o, Instruction) and o.operation == "parameter" for o in trusted):
        return False
    return bool(trusted)


def _recovers(value: Instruction) -> bool:
    """Whether a value is an address recovered from a signature."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if current.number in seen:
            continue
        seen.add(current.number)
        if current.operation == "hash":
            if current.data == "ecrecover":
                return True
            continue
        if current.operation in {"phi", "extract", "tuple", "convert", "call"}:
            if current.operation == "call" and current.data.kind == "external":
                continue
            waiting.extend(current.arguments)
    return False


def _keyed_by(body: Body, load: Instruction, callers: set[str]) -> bool:
    """Whether a load reads what is stored for the caller, for a boolean: whether the caller is on a list."""
    if load.type != types.BOOL and not isinstance(load.type, types.UnknownType):
        return False
    keys = [step for step in load.data.path if isinstance(step, Instruction)]
    return any(origins(body, key) & callers for key in keys)


def _keyed_equal(body: Body, condition: Instruction, callers: set[str]) -> bool:
    """`wards[msg.sender] == 1`, `roles[msg.sender] == Role.Admin`."""
    for value, other in (condition.arguments, condition.arguments[::-1]):
        if value.operation != "load" or not other.is_constant or other.data == 0:
            continue
        keys = [step for step in value.data.path if isinstance(step, Instruction)]
        if any(origins(body, key) & callers for key in keys):
            return True
    return False


def _keyed_flag(body: Body, condition: Instruction, callers: set[str]) -> bool:
    """`roles[msg.sender] != 0`."""
    for value, other in (condition.arguments, condition.arguments[::-1]):
        if value.operation == "load" and other.is_constant and other.data == 0:
            keys = [step for step in value.data.path if isinstance(step, Instruction)]
            if value.type != types.UINT256 and any(origins(body, key) & callers for key in keys):
                return True
    return False


def _asked_about(body: Body, value: Instruction, callers: set[str]) -> bool:
    """Whether another contract, or code not at hand, was asked about the caller."""
    while value.operation in {"extract", "convert"}:
        value = value.arguments[0]
    call = value.call
    if call is None or call.kind not in {"external", "internal", "staticcall"}:
        return False
    if call.kind == "internal" and not call.arguments:
        return call.function is None
    if call.kind == "external" and call.function is not None and not call.function.reads_only:
        return False  # something was done, not asked
    if call.name in _DEEDS:
        return False
    if any(isinstance(o, Instruction) and o.operation == "parameter" for o in _target_origins(body, call.target)):
        return False
    return any(origins(body, argument) & callers for argument in call.arguments)


def _target_origins(body: Body, target: Instruction | None) -> frozenset[object]:
    return frozenset() if target is None else origins(body, target)


def is_authorised(body: Body, block: Block, *, origin: bool = True) -> bool:
    """Whether only callers the contract trusts get to a block."""
    cache: dict[bool, set[int]] = body.__dict__.setdefault("_strangers", {})
    if origin not in cache:
        cache[origin] = _reached(body, authorises(body, origin=origin))
    return block.number not in cache[origin]


# Locks ----------------------------------------------------------------------------------------------------------------


def locks_of(body: Body, call: Instruction) -> frozenset[StateVariable | int]:
    """Variables that work as a lock around a call: tested, then set to what fails the test, before it.

    The lock may have any name and type; a slot worked out in assembly is given by its key.
    """
    order = flow(body)
    found: set[StateVariable | int] = set()
    for store in body.of("store"):
        if store.data.path or not order.always_before(store, call):
            continue
        root = store.data.root
        if _tested(body, store):
            found.add(root.key if isinstance(root, Instruction) else root)
    return frozenset(found)


def _tested(body: Body, store: Instruction) -> bool:
    """Whether the way to a store passed a test that the value it stores would fail."""
    written = store.arguments[0]
    if not written.is_constant:
        return _counts_up(store)
    root = store.data.key

    def test(condition: Instruction, holds: bool) -> bool:
        if condition.operation == "load" and condition.data.key == root:
            return isinstance(written.data, int) and bool(written.data) != holds
        if condition.operation != "binary" or condition.data not in {"==", "!="}:
            return False
        equal = holds == (condition.data == "==")
        for value, other in (condition.arguments, condition.arguments[::-1]):
            if value.operation == "load" and value.data.key == root and other.is_constant:
                return bool(bool(other.data == written.data) != equal)
        return False

    return guarded(body, store.block, test)


def _counts_up(store: Instruction) -> bool:
    """The counter of early OpenZeppelin guards: raised before, compared after."""
    value = store.arguments[0]
    if value.operation != "binary" or value.data != "+":
        return False
    before, step = value.arguments
    if before.operation != "load" or before.data.key != store.data.key or not step.is_constant:
        return False
    return any(
        user.operation == "binary" and user.data in {"==", "!="} and _loads(user, store.data.key)
        for user in [*value.users, *before.users]
    )


def _loads(condition: Instruction, key: tuple[object, ...]) -> bool:
    return any(a.operation == "load" and a.data.key == key for a in condition.arguments) and any(
        a.operation != "constant" for a in condition.arguments
    )
