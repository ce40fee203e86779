"""Lowering: the state shared by what turns statements, expressions, calls and Yul into instructions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.builder import Builder, Variable, Way
from scorpius_lab.security.contracts.ir.instructions import Frame, Instruction, Storage
from scorpius_lab.security.contracts.ir.program import Contract, Function, StateVariable, Unit, resolve_type
from scorpius_lab.security.contracts.syntax import tree

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.ir.types import Type

DEEPEST_CALL = 24
LARGEST_INLINED = 9_000  # instructions of a body after which calls within the contract are no longer inlined
BLOCK_SCOPES = (0, 5, 0)  # from here on a variable ends with its block


@dataclass(slots=True, eq=False)
class Loop:
    """A loop being lowered: the ways that leave it and that go round."""

    breaks: list[Way] = field(default_factory=list)
    rounds: list[Way] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Layer:
    """What a `return` leaves: a function's body inside of its innermost modifier."""

    results: list[Variable]
    ways: list[Way] = field(default_factory=list)


@dataclass(slots=True)
class Scope:
    """Where code stands: `view` decides virtual calls, `owner` and `unit` decide names.

    `placeholder` lowers what stands at the `_` of the modifier being lowered.
    """

    view: Contract | None
    owner: Contract | None
    unit: Unit
    names: list[dict[str, Variable]]
    checked: bool
    layer: Layer | None = None
    loop: Loop | None = None
    placeholder: Callable[[], None] | None = None
    yul_functions: dict[str, tree.YulFunction] = field(default_factory=dict)


@dataclass(eq=False)
class Lowering:
    """One entry being lowered."""

    builder: Builder
    scope: Scope
    running: list[int] = field(default_factory=list)

    # Names ------------------------------------------------------------------------------------------------------------

    def declare(self, name: str, kind: Type, location: str = "") -> Variable:
        """A new local variable in the innermost scope; before 0.5 in the function's."""
        whole = self.scope.unit.version < BLOCK_SCOPES
        names = self.scope.names[0 if whole else -1]
        variable = Variable(name, kind, location)
        if name:
            names[name] = variable
        return variable

    def local(self, name: str) -> Variable | None:
        """A local variable by its name."""
        for names in reversed(self.scope.names):
            found = names.get(name)
            if found is not None:
                return found
        return None

    def state_variable(self, name: str) -> StateVariable | None:
        """A state variable of the contract whose code this is, or a constant of its file."""
        owner = self.scope.owner
        if owner is not None:
            found = owner.variables_by_name.get(name)
            if found is not None:
                return found
        constant = self.scope.unit.visible.get(name)
        return constant if isinstance(constant, StateVariable) else None

    def named(self, path: tuple[str, ...]) -> object | None:
        """A type, contract, file or free function by its name."""
        owner = self.scope.owner
        if owner is not None and len(path) == 1:
            found = owner.place(path[0])
            if found is not None:
                return found
        return self.scope.unit.lookup(path)

    def resolve(self, name: tree.TypeName) -> Type:
        """A type as written."""
        return resolve_type(name, self.scope.unit, self.scope.owner)

    def functions(self, name: str) -> list[Function]:
        """Functions a call by a plain name may mean, most derived first."""
        view, owner = self.scope.view, self.scope.owner
        found = []
        if view is not None:
            found = [f for f in view.dispatch.get(name, ()) if f.kind == "function"]
        if not found and owner is not None and owner is not view:
            found = [f for f in owner.dispatch.get(name, ()) if f.kind == "function"]
        if not found:
            free = self.scope.unit.visible.get(name)
            found = list(free) if isinstance(free, list) else []
        return found

    # Values -----------------------------------------------------------------------------------------------------------

    def read(self, variable: Variable, span: tree.Span) -> Instruction:
        """The value of a local variable; zero before it is assigned."""
        value = self.builder.environment.get(variable)
        if value is None:
            value = self.default(variable, span)
            self.builder.environment[variable] = value
        return value

    def default(self, variable: Variable, span: tree.Span) -> Instruction:
        """What a variable holds that was only declared."""
        kind = variable.type
        if variable.points_to_storage and types.is_reference(kind):
            root = self.builder.emit("uninitialised", (), variable.name, kind, span)
            return self.reference(Storage(root, (), kind, ("root", root.key)), span)
        if isinstance(kind, types.StructType | types.ArrayType):
            return self.builder.emit("allocate", (), None, kind, span)
        if kind == types.BOOL:
            return self.builder.constant(value=False, kind=kind, span=span)
        if kind in {types.STRING, types.BYTES}:
            return self.builder.constant("", kind, span)
        return self.builder.constant(0, kind, span)

    def write(self, variable: Variable, value: Instruction) -> None:
        """Assign a local variable."""
        self.builder.environment[variable] = value

    def assign_declared(self, variable: Variable, value: Instruction, span: tree.Span) -> None:
        """Assign with the copy from storage to memory that the variable's location asks for."""
        if value.operation == "reference" and not variable.points_to_storage and types.is_reference(value.type):
            value = self.load(value.data, span)
        self.write(variable, value)

    # Storage ----------------------------------------------------------------------------------------------------------

    def storage_of(self, variable: StateVariable) -> Storage:
        """The place of a state variable."""
        return Storage(variable, (), variable.type, ("variable", id(variable)))

    def inside(self, place: Storage, step: Instruction | str, kind: Type) -> Storage:
        """A place inside of a place."""
        label = step if isinstance(step, str) else step.key
        return Storage(place.root, (*place.path, step), kind, (*place.key, label))

    def keys_of(self, place: Storage) -> list[Instruction]:
        """The instructions a place depends on."""
        keys = [step for step in place.path if isinstance(step, Instruction)]
        return [place.root, *keys] if isinstance(place.root, Instruction) else keys

    def reference(self, place: Storage, span: tree.Span) -> Instruction:
        """A pointer to a place."""
        return self.builder.emit("reference", self.keys_of(place), place, place.type, span)

    def load(self, place: Storage, span: tree.Span) -> Instruction:
        """The value at a place."""
        return self.builder.emit("load", self.keys_of(place), place, place.type, span)

    def at(self, place: Storage, span: tree.Span) -> Instruction:
        """The value at a place, or a pointer to it where the type is one that is pointed to."""
        return self.reference(place, span) if types.is_reference(place.type) else self.load(place, span)

    def store(self, place: Storage, value: Instruction, span: tree.Span) -> Instruction:
        """Write a place."""
        if value.operation == "reference":
            value = self.load(value.data, span)
        return self.builder.emit("store", [value, *self.keys_of(place)], place, place.type, span)

    def place_of(self, value: Instruction) -> Storage | None:
        """The place a value points to, if it is a pointer into storage.

        Where ways meet with different pointers the first is taken: what is done to it is done to one of them.
        """
        seen: set[int] = set()
        while value.operation == "phi" and value.number not in seen:
            seen.add(value.number)
            pointers = [argument for argument in value.arguments if argument.operation in {"reference", "phi"}]
            if not pointers:
                return None
            value = next((p for p in pointers if p.operation == "reference"), pointers[0])
        return value.data if value.operation == "reference" else None

    # Frames -----------------------------------------------------------------------------------------------------------

    def enter(self, function: Function, site: tree.Span | None) -> Frame:
        """Begin running a function inside of the present one."""
        builder = self.builder
        frame = Frame(function, builder.frame, site, builder.frame.depth + 1)
        builder.frames.append(frame)
        builder.frame = frame
        return frame

    def in_scope(self, **changes: object) -> Scope:
        """The present scope with changes."""
        return replace(self.scope, **changes)  # type: ignore[arg-type]
