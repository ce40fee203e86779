"""The intermediate representation of one entry: instructions in SSA form in basic blocks.

Every local variable has been replaced by the value it holds, with a `phi` where two ways meet; modifiers and internal
calls are inlined, so that one body shows everything an entry does. State variables are memory: `load` and `store` name
a `Storage` place. A condition is split at `&&` and `||` into branches on single comparisons.

Operations and what stands in `data` and `arguments`:

=============  =============================================  ==========================================
operation      data                                           arguments
=============  =============================================  ==========================================
constant       the value                                      -
parameter      its name                                       -
environment    `msg.sender`, `block.timestamp`, `this`, …     -
binary, unary  the operator                                   operands
convert        -  (`type` is the target)                      the value
phi            -                                              one value for each predecessor
load           the `Storage` place                            the keys of the place
store          the `Storage` place                            the value, then the keys
reference      the `Storage` place it points to               the keys
delete, push,  the `Storage` place                            the value if any, then the keys
pop
member         the name                                       the object
index          -                                              the object, the index
update         the member's name, or None for an index        the object before, the new part, the index
tuple          -                                              the items
extract        the position                                   the tuple or call
hash           `keccak256`, `sha256`, `ripemd160`             what is hashed
encode         `abi.encode`, `abi.encodePacked`, …            what is encoded
call           a `Call`                                       the target if any, value, then the arguments
succeeded      -                                              the call a `try` branches on
emit           the event's name                               the arguments
allocate       -                                              the length, if any
slot           the `Storage` place whose slot number it is    the keys of the place
unknown        a name declared in a file that is not there    -
uninitialised  the name of a storage pointer never set        -
yul            the name of the instruction                    the arguments
=============  =============================================  ==========================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scorpius_lab.security.contracts.ir.types import UNKNOWN, Type

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.ir.program import Function, StateVariable
    from scorpius_lab.security.contracts.syntax import tree


@dataclass(slots=True, eq=False)
class Frame:
    """One function or modifier being run inside an entry; `site` is the instruction that called it."""

    function: Function
    parent: Frame | None
    site: tree.Span | None
    depth: int


@dataclass(slots=True, eq=False)
class Instruction:
    """One operation and the value it gives. `key` is equal for values that are the same expression.

    `data` is what the table above says for the operation; it is Any because a union would have to be narrowed at each
    of hundreds of uses that know the operation. `checked` tells for arithmetic whether it reverts on overflow. Loads
    have the same key if their places have: `analysis.flow.stored_between` tells whether the value may have changed in
    between.
    """

    operation: str
    arguments: list[Instruction]
    data: Any
    type: Type
    span: tree.Span
    frame: Frame
    block: Block
    key: int
    number: int
    checked: bool = True
    users: list[Instruction] = field(default_factory=list)

    @property
    def is_constant(self) -> bool:
        """Whether it is a literal, or folded to one."""
        return self.operation == "constant"

    @property
    def storage(self) -> Storage | None:
        """The place of a load, store, reference, delete, push or pop."""
        return self.data if isinstance(self.data, Storage) else None

    @property
    def call(self) -> Call | None:
        """What a call calls."""
        return self.data if self.operation == "call" else None

    def __repr__(self) -> str:
        arguments = ", ".join(f"%{argument.number}" for argument in self.arguments)
        return f"%{self.number} = {self.operation}[{self.data}]({arguments})"


@dataclass(slots=True, eq=False)
class Storage:
    """A place in storage: a root, then keys and members, outermost first.

    `root` is a state variable; or an instruction where the slot is worked out (assembly, a library's own parameter).
    Each step of `path` is an instruction (a mapping key or array index) or a member's name (`length` for an array's).
    """

    root: StateVariable | Instruction
    path: tuple[Instruction | str, ...]
    type: Type
    key: tuple[Any, ...]

    @property
    def variable(self) -> StateVariable | None:
        """The state variable it lies in, if that is known."""
        return None if isinstance(self.root, Instruction) else self.root

    @property
    def name(self) -> str:
        """For a message: `balances[]`, `accounts[].owner`."""
        root = "storage" if isinstance(self.root, Instruction) else self.root.name
        return root + "".join("[]" if not isinstance(step, str) else f".{step}" for step in self.path)

    def __repr__(self) -> str:
        return self.name


LOW_LEVEL = frozenset({"call", "delegatecall", "callcode", "staticcall", "send", "transfer"})


@dataclass(slots=True, eq=False)
class Call:
    """A call that leaves the function.

    `kind` is `external` (a function of a contract), a low-level one (`call`, `delegatecall`, `callcode`, `staticcall`,
    `send`, `transfer`), `create`, `selfdestruct`, `internal` (a function of this contract that was not inlined: it
    recurses or its body is missing), `dynamic` (a function held in a variable) or `builtin`.
    """

    kind: str
    name: str
    target: Instruction | None
    value: Instruction | None
    gas: Instruction | None
    arguments: tuple[Instruction, ...]
    function: Function | None = None
    tried: bool = False
    salt: Instruction | None = None

    @property
    def leaves(self) -> bool:
        """Whether code of another account runs."""
        return self.kind in LOW_LEVEL or self.kind in {"external", "create"}

    def __repr__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(slots=True, eq=False)
class Block:
    """A basic block. `condition` with two successors: the first is taken where it holds.

    `end` says how a block without successor ends: `return`, `revert`, `destroyed`. `loops` are the headers of the
    loops around it, outermost first.
    """

    number: int
    frame: Frame
    instructions: list[Instruction] = field(default_factory=list)
    predecessors: list[Block] = field(default_factory=list)
    successors: list[Block] = field(default_factory=list)
    condition: Instruction | None = None
    end: str = ""
    returned: tuple[Instruction, ...] = ()
    loops: tuple[Block, ...] = ()
    span: tree.Span | None = None

    def __repr__(self) -> str:
        return f"block {self.number}"


@dataclass(eq=False)
class Body:
    """One entry, lowered. `truncated` says why it is not whole (too large, too deep); empty if it is.

    `blocks` are in an order in which a block comes after those that dominate it. `check` is called now and then by what
    takes long on a large one, and raises when time is up.
    """

    function: Function
    entry: Block
    blocks: list[Block]
    parameters: list[Instruction]
    frames: list[Frame]
    check: Callable[[], None]
    truncated: str = ""
    _several: dict[tuple[str, ...], list[Instruction]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Instruction]:
        for block in self.blocks:
            yield from block.instructions

    @cached_property
    def instructions(self) -> list[Instruction]:
        """All of them, block by block."""
        return list(self)

    @cached_property
    def by_operation(self) -> dict[str, list[Instruction]]:
        """Instructions by their operation."""
        found: dict[str, list[Instruction]] = {}
        for instruction in self.instructions:
            found.setdefault(instruction.operation, []).append(instruction)
        return found

    def of(self, *operations: str) -> list[Instruction]:
        """Instructions of these operations, in order of their blocks."""
        if len(operations) == 1:
            return self.by_operation.get(operations[0], [])
        found = self._several.get(operations)
        if found is None:
            wanted = set(operations)
            found = self._several[operations] = [i for i in self.instructions if i.operation in wanted]
        return found

    @cached_property
    def calls(self) -> list[Instruction]:
        """Calls that leave the contract, and selfdestruct."""
        return [i for i in self.of("call") if i.data.leaves or i.data.kind == "selfdestruct"]

    @cached_property
    def returns(self) -> list[Block]:
        """Blocks that end the entry with its effects kept."""
        return [block for block in self.blocks if not block.successors and block.end in {"return", "destroyed"}]


EMPTY_TYPE = UNKNOWN
