"""What becomes of the result of a call: whether anything depends on its having succeeded."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction

_PASSED_ON = frozenset({"phi", "tuple", "convert"})


def outcome_unused(body: Body, call: Instruction) -> bool:
    """Whether nothing looks at the success a low-level call reports: no condition, no effect, no returned value."""
    seen: set[int] = set()
    waiting = [call]
    decisive = _decisive(body)
    while waiting:
        value = waiting.pop()
        if value.number in seen:
            continue
        seen.add(value.number)
        if value.number in decisive:
            return False
        for user in value.users:
            if user.operation == "extract":
                if user.data == 0 or value is not call:
                    waiting.append(user)
                elif _length_decides(body, user):
                    return False
            elif user.operation in _PASSED_ON:
                waiting.append(user)
            elif not (user.operation == "yul" and user.data == "pop"):
                return False
    return True


def _length_decides(body: Body, answer: Instruction) -> bool:
    """Whether the way on depends on how long the answer is, as `answer.length == 32`: a failed call gives none."""
    decisive = _decisive(body)
    lengths = [user for user in answer.users if user.operation == "member" and user.data == "length"]
    return any(value.number in decisive for length in lengths for value in (length, *length.users))


def _decisive(body: Body) -> set[int]:
    """Values that decide a branch or are given back by the entry."""
    found: set[int] | None = body.__dict__.get("_decisive")
    if found is None:
        found = {block.condition.number for block in body.blocks if block.condition is not None}
        found |= {value.number for block in body.blocks for value in block.returned}
        body.__dict__["_decisive"] = found
    return found


def outcome_pointless(body: Body, call: Instruction) -> bool:
    """Whether the success is tested but the test changes nothing, or reverts only where the call succeeded."""
    branches = [block for block in body.blocks if _tests(block, call)]
    if len(branches) != 1:
        return False
    branch = branches[0]
    holds, fails = branch.successors
    if _first_work(holds) is _first_work(fails):
        return True
    lasting = flow(body).committed
    first, second = bool(lasting >> holds.number & 1), bool(lasting >> fails.number & 1)
    if not first and not second:
        return moves_value(call)
    succeeded, failed = (second, first) if _negated(branch.condition) else (first, second)
    return failed and not succeeded


def _tests(block: Block, call: Instruction) -> bool:
    condition = block.condition
    if condition is None or len(block.successors) != 2:
        return False
    while condition.operation == "unary" and condition.data == "!":
        condition = condition.arguments[0]
    if condition.operation == "extract" and condition.data == 0:
        condition = condition.arguments[0]
    return condition is call


def _negated(condition: Instruction | None) -> bool:
    negated = False
    while condition is not None and condition.operation == "unary" and condition.data == "!":
        negated = not negated
        condition = condition.arguments[0]
    return negated


def _first_work(block: Block) -> Block:
    """The first block from here on that does anything; any of a loop that does nothing for ever."""
    seen: set[int] = set()
    while not block.instructions and len(block.successors) == 1 and not block.end and block.number not in seen:
        seen.add(block.number)
        block = block.successors[0]
    return block
