"""Contracts, functions and state variables, with names resolved and inheritance linearised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.linearise import linearise
from scorpius_lab.security.contracts.ir.versions import CHECKED, NEWEST, Version, least_version
from scorpius_lab.security.contracts.syntax import tree

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.ir.entries import Entry
    from scorpius_lab.security.contracts.ir.types import Type

_NAMED_CONSTRUCTORS: Version = (0, 5, 0)  # from here on a function named like its contract is an error
_EXPLICIT_VISIBILITY: Version = (0, 5, 0)
_TYPES = (
    types.Elementary
    | types.StructType
    | types.EnumType
    | types.MappingType
    | types.ArrayType
    | types.FunctionType
    | types.UnknownType
)


@dataclass(slots=True, eq=False)
class StateVariable:
    """A state variable of a contract, or a constant of a file (`contract` is None)."""

    declaration: tree.StateVariable
    contract: Contract | None
    unit: Unit
    type: Type

    @property
    def name(self) -> str:
        """As declared."""
        return self.declaration.name

    @property
    def fixed(self) -> bool:
        """Whether it cannot change after deployment."""
        return self.declaration.constant or self.declaration.immutable

    @property
    def constant(self) -> bool:
        """Whether its value is part of the code."""
        return self.declaration.constant

    def __repr__(self) -> str:
        return self.name


@dataclass(slots=True, eq=False)
class Function:
    """A function, constructor, fallback, receive function or modifier, where it is declared."""

    declaration: tree.FunctionDeclaration
    contract: Contract | None
    unit: Unit
    kind: str
    visibility: str
    parameters: tuple[Type, ...] = ()
    returns: tuple[Type, ...] = ()

    @property
    def name(self) -> str:
        """As declared; the kind for those without a name."""
        return self.declaration.name or self.kind

    @property
    def signature(self) -> str:
        """Name and parameter types: `transfer(address,uint256)`."""
        return f"{self.name}({','.join(types.text(kind) for kind in self.parameters)})"

    @property
    def payable(self) -> bool:
        """Whether it may be sent ether."""
        return self.declaration.mutability == "payable"

    @property
    def reads_only(self) -> bool:
        """Whether it is declared not to change state."""
        return self.declaration.mutability in {"view", "pure", "constant"}

    @property
    def public(self) -> bool:
        """Whether anyone can call it from outside."""
        return self.visibility in {"public", "external"}

    @property
    def implemented(self) -> bool:
        """Whether it has a body."""
        return self.declaration.body is not None

    def __repr__(self) -> str:
        return self.signature


@dataclass(eq=False)
class Unit:
    """One file of a program: what it declares, what it imports, the version it is written for."""

    source: tree.SourceUnit
    requested: bool
    imports: list[tuple[tree.Import, Unit | None]] = field(default_factory=list)
    contracts: dict[str, Contract] = field(default_factory=dict)
    functions: dict[str, list[Function]] = field(default_factory=dict)
    constants: dict[str, StateVariable] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """As reported."""
        return self.source.path

    @cached_property
    def version(self) -> Version:
        """The least version it may be compiled with."""
        return least_version(self.source.pragmas) or _version_by_syntax(self.source)

    @cached_property
    def visible(self) -> dict[str, object]:
        """Names of this file: contracts, structs, enums, value types, functions, constants, imported files."""
        return _visible(self, set())

    @cached_property
    def usings(self) -> list[tuple[tree.Using, Unit]]:
        """`using … for …` at file level, and those of imported files, which may be global."""
        found = [(using, self) for using in self.source.file.usings]
        for unit in self.reachable:
            if unit is not self:
                found += [(using, unit) for using in unit.source.file.usings]
        return found

    @cached_property
    def reachable(self) -> list[Unit]:
        """This file and all it imports, directly or not."""
        found: dict[int, Unit] = {}
        waiting: list[Unit] = [self]
        while waiting:
            unit = waiting.pop()
            if id(unit) not in found:
                found[id(unit)] = unit
                waiting.extend(imported for _, imported in unit.imports if imported is not None)
        return list(found.values())

    def lookup_contract(self, path: tuple[str, ...]) -> Contract | None:
        """A contract by its name here, perhaps `file.Contract`.

        Contracts hold no contracts, so none is asked for its types, which would take its bases to be known.
        """
        found: object | None = self
        for name in path:
            found = found.visible.get(name) if isinstance(found, Unit) else None
        return found if isinstance(found, Contract) else None

    def lookup(self, path: tuple[str, ...]) -> object | None:
        """Anything by its name here: `Name`, `file.Name`, `Contract.Type`."""
        found: object | None = self.visible.get(path[0])
        for name in path[1:]:
            if isinstance(found, Unit):
                found = found.visible.get(name)
            elif isinstance(found, Contract):
                found = found.place(name)
            else:
                return None
        return found

    def lookup_type(self, path: tuple[str, ...], contract: Contract | None) -> Type | None:
        """A type by its name in a contract of this file."""
        found = contract.place(path[0]) if contract is not None and len(path) == 1 else None
        if found is None:
            found = self.lookup(path)
        if isinstance(found, Contract):
            return types.ContractType(found)
        return found if isinstance(found, _TYPES) else None

    @property
    def incomplete(self) -> bool:
        """Whether an import is missing, so that a name may be declared where nobody looked."""
        return any(unit is None for _, unit in self.imports)


@dataclass(eq=False)
class Contract:
    """A contract, interface or library as it would be deployed: its own members and those it inherits."""

    declaration: tree.ContractDeclaration
    unit: Unit
    program: Program
    own_functions: list[Function] = field(default_factory=list)
    own_variables: list[StateVariable] = field(default_factory=list)
    heirs: list[Contract] = field(default_factory=list)
    """Contracts it is looked at through; its own entries are then only those that they replace."""

    @property
    def name(self) -> str:
        """As declared."""
        return self.declaration.name

    @property
    def kind(self) -> str:
        """`contract`, `interface` or `library`."""
        return self.declaration.kind

    @property
    def version(self) -> Version:
        """The least compiler version of its file."""
        return self.unit.version

    @property
    def checked(self) -> bool:
        """Whether plain arithmetic reverts on overflow."""
        return self.version >= CHECKED

    @cached_property
    def bases(self) -> list[Contract | None]:
        """Direct bases in the order written; None where one is not to be found."""
        found = (self.unit.lookup_contract(base.path) for base in self.declaration.bases)
        return [base if base is not self else None for base in found]

    @cached_property
    def linearisation(self) -> list[Contract]:
        """Itself first, then its bases from most to least derived (C3)."""
        return linearise(self)

    @cached_property
    def inherits_itself(self) -> bool:
        """Whether it is among its own bases, which no compiler takes."""
        seen: set[int] = set()
        waiting = [base for base in self.bases if base is not None]
        while waiting:
            base = waiting.pop()
            if base is self:
                return True
            if id(base) not in seen:
                seen.add(id(base))
                waiting += [below for below in base.bases if below is not None]
        return False

    @cached_property
    def missing_bases(self) -> bool:
        """Whether anything it inherits is not to be found."""
        return any(base is None for contract in self.linearisation for base in contract.bases)

    @cached_property
    def variables(self) -> list[StateVariable]:
        """State variables in the order of storage, inherited ones first."""
        return [variable for contract in reversed(self.linearisation) for variable in contract.own_variables]

    @cached_property
    def variables_by_name(self) -> dict[str, StateVariable]:
        """State variables by name; the most derived where a name is used twice."""
        return {variable.name: variable for variable in self.variables}

    @cached_property
    def dispatch(self) -> dict[str, list[Function]]:
        """Functions and modifiers by name, as a call within this contract finds them: most derived first."""
        found: dict[str, list[Function]] = {}
        for contract in self.linearisation:
            for function in contract.own_functions:
                if function.kind in {"function", "modifier"}:
                    found.setdefault(function.declaration.name, []).append(function)
        return found

    @cached_property
    def functions(self) -> list[Function]:
        """What can be run of this contract: functions not overridden, constructors, fallback and receive."""
        chosen: dict[str, Function] = {}
        constructors = []
        for contract in self.linearisation:
            for function in contract.own_functions:
                if function.kind == "constructor":
                    constructors.append(function)
                elif function.kind != "modifier":
                    known = chosen.get(function.signature)
                    if known is None or (not known.implemented and function.implemented):
                        chosen[function.signature] = function
        return [*constructors, *chosen.values()]

    @cached_property
    def usings(self) -> list[tuple[tree.Using, Unit]]:
        """`using … for …` in force here, with the file whose names they use."""
        own = [(using, contract.unit) for contract in self.linearisation for using in contract.declaration.usings]
        return own + self.unit.usings

    @cached_property
    def entries(self) -> list[Entry]:
        """Its functions, lowered: those anyone can call, the constructors, and internal ones nobody calls."""
        from scorpius_lab.security.contracts.ir.entries import entries_of

        return entries_of(self)

    @property
    def ancestors(self) -> list[Contract]:
        """All it inherits from."""
        return self.linearisation[1:]

    def place(self, name: str) -> object | None:
        """A type declared in this contract or one it inherits from."""
        for contract in self.linearisation:
            found = contract.own_types.get(name)
            if found is not None:
                return found
        return None

    @cached_property
    def own_types(self) -> dict[str, Type]:
        """Structs, enums and value types declared here."""
        return _types_of(self.declaration, self.unit, self)

    def __repr__(self) -> str:
        return self.name


@dataclass(eq=False)
class Program:
    """Files that belong together. `check` is called now and then and raises when time is up."""

    units: dict[str, Unit] = field(default_factory=dict)
    check: Callable[[], None] = lambda: None

    def add(self, source: tree.SourceUnit, *, requested: bool) -> Unit:
        """A file; its imports are joined by the caller, its declarations are read here."""
        unit = Unit(source, requested)
        self.units[source.path] = unit
        for declaration in source.contracts:
            unit.contracts.setdefault(declaration.name, Contract(declaration, unit, self))
        return unit

    def contracts(self) -> Iterator[Contract]:
        """Contracts of the files asked for."""
        for unit in self.units.values():
            if unit.requested:
                yield from unit.contracts.values()


def read_members(unit: Unit) -> None:
    """Functions and variables of a file's contracts; needs the imports joined."""
    for variable in unit.source.file.variables:
        kind = resolve_type(variable.type, unit, None)
        unit.constants[variable.name] = StateVariable(variable, None, unit, kind)
    for declared in unit.source.file.functions:
        unit.functions.setdefault(declared.name, []).append(_function(declared, None, unit))
    for contract in unit.contracts.values():
        contract.own_variables = [
            StateVariable(variable, contract, unit, resolve_type(variable.type, unit, contract))
            for variable in contract.declaration.variables
        ]
        contract.own_functions = [_function(declared, contract, unit) for declared in contract.declaration.functions]


def _function(declared: tree.FunctionDeclaration, contract: Contract | None, unit: Unit) -> Function:
    kind = declared.kind
    named_like_contract = contract is not None and declared.name == contract.name
    if kind == "function" and named_like_contract and unit.version < _NAMED_CONSTRUCTORS:
        kind = "constructor"
    return Function(
        declared,
        contract,
        unit,
        kind,
        _visibility(declared, kind, contract, unit),
        tuple(resolve_type(parameter.type, unit, contract) for parameter in declared.parameters),
        tuple(resolve_type(parameter.type, unit, contract) for parameter in declared.returns),
    )


def _visibility(declared: tree.FunctionDeclaration, kind: str, contract: Contract | None, unit: Unit) -> str:
    if kind in {"fallback", "receive"}:
        return "external"
    if kind == "modifier" or contract is None:
        return "internal"
    if declared.visibility:
        return declared.visibility
    return "public" if unit.version < _EXPLICIT_VISIBILITY or kind == "constructor" else "internal"


def resolve_type(name: tree.TypeName, unit: Unit, contract: Contract | None) -> Type:
    """What a type as written means in a contract of a file."""
    match name:
        case tree.ElementaryName("address payable"):
            return types.ADDRESS
        case tree.ElementaryName(elementary):
            return types.Elementary(elementary)
        case tree.MappingName(key, value):
            return types.MappingType(resolve_type(key, unit, contract), resolve_type(value, unit, contract))
        case tree.ArrayName(base, length):
            return types.ArrayType(resolve_type(base, unit, contract), None if length is None else _length(length))
        case tree.FunctionName(returns=returns, external=external):
            return types.FunctionType(external, tuple(resolve_type(item, unit, contract) for item in returns))
        case tree.UserName(path):
            found = unit.lookup_type(path, contract)
            return found if found is not None else types.UnknownType(".".join(path))


def _length(length: tree.Expression) -> int:
    """A literal length; 0 where it is worked out, which is enough to know that the array does not grow."""
    return length.value if isinstance(length, tree.Literal) and type(length.value) is int else 0


def _types_of(declaration: tree.ContractDeclaration, unit: Unit, contract: Contract | None) -> dict[str, Type]:
    found: dict[str, Type] = {}
    for enum in declaration.enums:
        found[enum.name] = types.EnumType(enum.name, tuple(enum.values))
    for value in declaration.value_types:
        found[value.name] = resolve_type(value.underlying, unit, None)
    for struct in declaration.structs:
        found[struct.name] = types.StructType(struct.name, struct, _Members(struct, unit, contract))
    return found


class _Members:
    """The types of a struct's members, resolved when first asked for, since structs may name each other."""

    def __init__(self, struct: tree.Struct, unit: Unit, contract: Contract | None) -> None:
        self._struct, self._unit, self._contract = struct, unit, contract

    def __call__(self) -> dict[str, Type]:
        return {m.name: resolve_type(m.type, self._unit, self._contract) for m in self._struct.members}


def _visible(unit: Unit, seen: set[int]) -> dict[str, object]:
    """Own names over imported ones; imports without names bring all names of the file, and of those it imports."""
    seen = seen | {id(unit)}
    names: dict[str, object] = {}
    for declared, imported in unit.imports:
        if imported is None or id(imported) in seen:
            continue
        if declared.unit:
            names[declared.unit] = imported
            continue
        theirs = imported.__dict__.get("visible") or _visible(imported, seen)
        if declared.names:
            names.update({alias: theirs[name] for name, alias in declared.names if name in theirs})
        else:
            names.update(theirs)
    own = _types_of(unit.source.file, unit, None)
    names.update(own)
    names.update(unit.functions)
    names.update(unit.constants)
    names.update(unit.contracts)
    return names


def _version_by_syntax(source: tree.SourceUnit) -> Version:
    """Without a pragma: an old one if it has forms that no compiler since 0.5 takes."""
    for contract in source.contracts:
        for function in contract.functions:
            old_constructor = function.kind == "function" and function.name == contract.name
            if old_constructor or (
                function.kind == "function" and not function.visibility and contract.kind != "interface"
            ):
                return (0, 4, 0)
    return NEWEST
