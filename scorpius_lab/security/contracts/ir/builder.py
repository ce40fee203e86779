"""Blocks and values of a body under construction.

The source is structured, so SSA needs no dominance frontiers: each way carries an environment from variables to
values, and where ways meet, a variable whose values differ gets a phi (Brandis and Mössenböck, "Single-pass generation
of static single-assignment form for structured languages", TOPLAS 1994).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scorpius_lab.security.contracts.ir.instructions import Block, Frame, Instruction, Storage
from scorpius_lab.security.contracts.ir.types import BOOL, UNKNOWN, Type, is_address, text
from scorpius_lab.security.contracts.syntax import tree

CHECK_EVERY = 256  # instructions between two looks at the clock
LARGEST_BODY = 40_000  # instructions; the largest of well-known code has 5,000
MOST_BLOCKS = 3_000  # there 750
_COMMUTATIVE = frozenset({"+", "*", "==", "!=", "&", "|", "^", "&&", "||"})
_UNIQUE = frozenset({"call", "phi", "update", "store", "emit", "push", "pop", "delete", "succeeded", "allocate", "yul"})


class BodyTooLarge(Exception):
    """An entry has more instructions than are looked at."""


@dataclass(slots=True, eq=False)
class Variable:
    """A local variable; compared by identity, so that equal names in other scopes stay apart."""

    name: str
    type: Type
    location: str = ""

    @property
    def points_to_storage(self) -> bool:
        """Whether it holds a place in storage rather than a value."""
        return self.location == "storage"


Environment = dict[Variable, Instruction]
Way = tuple[Block, Environment]


@dataclass(eq=False)
class Builder:
    """What has been built so far; `block` is None after a return or revert."""

    frame: Frame
    check: Callable[[], None]
    blocks: list[Block] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    block: Block | None = None
    environment: Environment = field(default_factory=dict)
    loops: tuple[Block, ...] = ()
    count: int = 0
    _keys: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def emit(
        self,
        operation: str,
        arguments: Sequence[Instruction] = (),
        data: Any = None,
        kind: Type = UNKNOWN,
        span: tree.Span = tree.NOWHERE,
        *,
        checked: bool = True,
    ) -> Instruction:
        """Append an instruction to the current block. Raises BodyTooLarge once there are too many."""
        block = self.block or self.start()
        self.count += 1
        if self.count % CHECK_EVERY == 0:
            self.check()
            if self.count > LARGEST_BODY or len(self.blocks) > MOST_BLOCKS:
                raise BodyTooLarge
        number = self.count
        values = list(arguments)
        key = -number if operation in _UNIQUE else self._key(operation, values, data, kind)
        made = Instruction(operation, values, data, kind, span, self.frame, block, key, number, checked)
        block.instructions.append(made)
        for value in values:
            value.users.append(made)
        return made

    def _key(self, operation: str, values: list[Instruction], data: Any, kind: Type) -> int:
        if operation == "convert":
            return self._conversion_key(values[0], kind)
        keys = [value.key for value in values]
        if data in _COMMUTATIVE and len(keys) == 2:
            keys.sort()
        label = data.key if isinstance(data, Storage) else data
        # 1 == True in Python, so that the class has to be part of the key
        return self._keys.setdefault((operation, label, label.__class__, *keys), len(self._keys) + 1)

    def _conversion_key(self, value: Instruction, kind: Type) -> int:
        if is_address(kind):
            return value.key  # the same account under another type
        return self._keys.setdefault(("convert", text(kind), value.key), len(self._keys) + 1)

    def constant(self, value: Any, kind: Type = UNKNOWN, span: tree.Span = tree.NOWHERE) -> Instruction:
        """A literal."""
        return self.emit("constant", (), value, kind, span)

    def start(self, predecessors: Iterable[Block] = ()) -> Block:
        """Begin a new block and make it current."""
        block = Block(len(self.blocks), self.frame, loops=self.loops)
        self.blocks.append(block)
        for predecessor in predecessors:
            predecessor.successors.append(block)
            block.predecessors.append(predecessor)
        self.block = block
        return block

    def branch(self, condition: Instruction, span: tree.Span) -> tuple[Way, Way]:
        """End the current block on a condition; the ways where it holds and where it does not."""
        block = self.block or self.start()
        block.condition = condition
        block.span = span
        environment = self.environment
        holds = self.start([block])
        fails = self.start([block])
        self.block = None
        return (holds, environment), (fails, dict(environment))

    def end(self, kind: str, span: tree.Span, values: Sequence[Instruction] = ()) -> None:
        """End the current way: `return`, `revert` or `destroyed`."""
        block = self.block or self.start()
        block.end = kind
        block.span = span
        block.returned = tuple(values)
        self.block = None

    def way(self) -> list[Way]:
        """The current way, or none after a return."""
        return [] if self.block is None else [(self.block, self.environment)]

    def take(self, way: Way) -> None:
        """Go on from a way."""
        self.block, self.environment = way

    def join(self, ways: list[Way], results: Sequence[Instruction] = (), kind: Type = UNKNOWN) -> Instruction | None:
        """Go on where ways meet; `results` is one value for each, whose phi is returned."""
        if not ways:
            self.block = None
            self.environment = {}
            return None
        if len(ways) == 1:
            self.take(ways[0])
            return results[0] if results else None
        self.start([block for block, _ in ways])
        first, *others = [environment for _, environment in ways]
        merged: Environment = {}
        for variable, value in first.items():
            values = [value]
            for environment in others:
                other = environment.get(variable)
                if other is None:
                    break
                values.append(other)
            else:
                merged[variable] = self._phi(values, variable.type)
        self.environment = merged
        return self._phi(list(results), kind) if results else None

    def _phi(self, values: list[Instruction], kind: Type) -> Instruction:
        first = values[0]
        if all(value is first for value in values):
            return first
        if all(value.key == first.key for value in values) and first.operation in {"constant", "environment"}:
            return first
        known = first.type if kind == UNKNOWN else kind
        return self.emit("phi", values, None, known, first.span)

    def truth(self, *, value: bool) -> Instruction:
        """A constant bool."""
        return self.constant(value, BOOL)
