"""Control flow of a body: what comes before what, what dominates what."""

from __future__ import annotations

from functools import cached_property

from scorpius_lab.security.contracts.analysis.slices import plain
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction


class Flow:
    """Order and dominance in one body; blocks are numbered in reverse postorder."""

    def __init__(self, body: Body) -> None:
        """Nothing is worked out before it is asked for."""
        self._body = body

    @cached_property
    def reachable(self) -> list[int]:
        """For each block the blocks that can run after it, as bits; itself only if it is in a loop."""
        masks = [0] * len(self._body.blocks)
        changed = True
        while changed:
            changed = False
            for block in reversed(self._body.blocks):
                mask = 0
                for following in block.successors:
                    mask |= masks[following.number] | 1 << following.number
                if mask != masks[block.number]:
                    masks[block.number] = mask
                    changed = True
        return masks

    @cached_property
    def loops(self) -> bool:
        """Whether anything can run more than once."""
        return any(p.number >= block.number for block in self._body.blocks for p in block.predecessors)

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {id(i): n for block in self._body.blocks for n, i in enumerate(block.instructions)}

    def can_follow(self, first: Instruction, then: Instruction) -> bool:
        """Whether `then` can run after `first`."""
        if first.block is then.block and self._positions[id(first)] < self._positions[id(then)]:
            return True
        return bool(self.reachable[first.block.number] >> then.block.number & 1)

    def comes_between(self, first: Instruction, middle: Instruction, then: Instruction) -> bool:
        """Whether `middle` and later `then` can run after `first` without `first` running again."""
        if not (self.can_follow(first, middle) and self.can_follow(middle, then)):
            return False
        position = self._positions
        anew = self._reached_without(first.block, first.block)
        if middle.block is first.block:
            if position[id(middle)] < position[id(first)] and middle.block.number not in anew:
                return False
        elif middle.block.number not in anew:
            return False
        if middle.block is then.block and position[id(middle)] < position[id(then)]:
            return not (first.block is middle.block and position[id(middle)] < position[id(first)] < position[id(then)])
        if middle.block is first.block and position[id(middle)] < position[id(first)]:
            return False
        if then.block is first.block and position[id(then)] > position[id(first)]:
            return False
        return then.block.number in self._reached_without(middle.block, first.block)

    def _reached_without(self, start: Block, avoided: Block) -> set[int]:
        """Blocks entered after `start` without passing through `avoided`; `avoided` itself if it is come to."""
        cache: dict[tuple[int, int], set[int]] = self.__dict__.setdefault("_avoiding", {})
        key = (start.number, avoided.number)
        if key not in cache:
            self._body.check()
            seen: set[int] = set()
            waiting = list(start.successors)
            while waiting:
                block = waiting.pop()
                if block.number not in seen:
                    seen.add(block.number)
                    if block is not avoided:
                        waiting.extend(block.successors)
            cache[key] = seen
        return cache[key]

    @cached_property
    def dominators(self) -> list[int]:
        """The immediate dominator of each block by number; the entry's own for the entry.

        Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm", 2001.
        """
        immediate = [-1] * len(self._body.blocks)
        immediate[0] = 0
        changed = True
        while changed:
            changed = False
            for block in self._body.blocks[1:]:
                chosen = -1
                for predecessor in block.predecessors:
                    if immediate[predecessor.number] < 0:
                        continue
                    chosen = predecessor.number if chosen < 0 else _common(immediate, chosen, predecessor.number)
                if chosen != immediate[block.number]:
                    immediate[block.number] = chosen
                    changed = True
        return immediate

    def dominates(self, first: Block, then: Block) -> bool:
        """Whether every way to `then` passes `first`."""
        number = then.number
        while number > first.number:
            number = self.dominators[number]
        return number == first.number

    def always_before(self, first: Instruction, then: Instruction) -> bool:
        """Whether `first` has run whenever `then` runs."""
        if first.block is then.block:
            return self._positions[id(first)] < self._positions[id(then)]
        return self.dominates(first.block, then.block)

    @cached_property
    def committed(self) -> int:
        """Blocks from which the entry can end with its effects kept, as bits."""
        ends = 0
        for block in self._body.returns:
            ends |= 1 << block.number
        mask = ends
        for block in self._body.blocks:
            if self.reachable[block.number] & ends:
                mask |= 1 << block.number
        return mask

    def can_commit(self, instruction: Instruction) -> bool:
        """Whether what an instruction did can last: some way from it does not revert."""
        return bool(self.committed >> instruction.block.number & 1)

    @cached_property
    def controllers(self) -> list[list[tuple[Instruction, bool]]]:
        """For each block the conditions that decide whether it runs at all, with the value that leads to it.

        Control dependence after Ferrante, Ottenstein and Warren (TOPLAS 1987), without ways that revert, so that what
        follows a `require` depends on it.
        """
        found: list[list[tuple[Instruction, bool]]] = []
        for block in self._body.blocks:
            self._body.check()
            conditions = []
            number = block.number
            while number:
                parent = self._body.blocks[self.dominators[number]]
                if parent.condition is not None and len(parent.successors) == 2:
                    side = self._side(parent, block)
                    if side is not None:
                        conditions.append((parent.condition, side))
                number = parent.number
            found.append(conditions)
        return found

    @cached_property
    def ways(self) -> list[list[tuple[int, Block]]]:
        """For each block the successors that can be taken, with their positions.

        A comparison already made on the way there, of values that do not change, comes out as it did.
        """
        found = []
        for block in self._body.blocks:
            known = self._known_outcome(block)
            found.append([(n, b) for n, b in enumerate(block.successors) if known is None or n == known])
        return found

    def _known_outcome(self, block: Block) -> int | None:
        if block.condition is None or len(block.successors) != 2:
            return None
        asked = _equality(block.condition)
        if asked is None:
            return None
        for condition, holds in self.controllers[block.number]:
            told = _equality(condition)
            if told is not None and told[0] == asked[0]:
                equal = holds == told[1]
                return 0 if equal == asked[1] else 1
        return None

    def _side(self, parent: Block, block: Block) -> bool | None:
        holds, fails = parent.successors
        first = holds is block or bool(self.reachable[holds.number] >> block.number & 1)
        second = fails is block or bool(self.reachable[fails.number] >> block.number & 1)
        return first if first != second else None


def _equality(condition: Instruction) -> tuple[frozenset[object], bool] | None:
    """What an equality of unchanging values compares, and whether it asks for equal or for different ones."""
    if condition.operation != "binary" or condition.data not in {"==", "!="}:
        return None
    compared = []
    for value in map(plain, condition.arguments):
        if value.operation not in {"constant", "parameter", "environment"}:
            return None
        compared.append(("constant", value.data) if value.is_constant else value.key)
    return frozenset(compared), condition.data == "=="


def _common(immediate: list[int], first: int, second: int) -> int:
    while first != second:
        while first > second:
            first = immediate[first]
        while second > first:
            second = immediate[second]
    return first


def flow(body: Body) -> Flow:
    """The flow of a body, worked out once."""
    found: Flow | None = body.__dict__.get("_flow")
    if found is None:
        found = body.__dict__["_flow"] = Flow(body)
    return found


def stored_between(body: Body, first: Instruction, then: Instruction) -> bool:
    """Whether a store to the variable that `first` loads may run between the last `first` and `then`."""
    place = first.storage
    if place is None:
        return False
    order = flow(body)
    return any(
        store.data.root is place.root and order.comes_between(first, store, then)
        for store in body.of("store", "delete", "push", "pop")
    )
