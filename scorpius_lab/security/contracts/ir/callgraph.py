"""Who calls whom in one contract, and where its data goes, as plain data: what a picture of it is drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from scorpius_lab.errors import FormatError
from scorpius_lab.security.contracts.analysis.origins import Origin, origins
from scorpius_lab.security.contracts.analysis.summaries import WRITES, moves_value, summary
from scorpius_lab.security.contracts.errors import TooSlow
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Call, Instruction
from scorpius_lab.security.contracts.ir.program import Contract, Function, StateVariable
from scorpius_lab.security.contracts.reading import deep_recursion, named_contract, read_program

LONGEST_NAME = 60  # characters of what stands for a value


class Caller(StrEnum):
    """Who gets a function to do something."""

    ANYONE = "anyone"
    AUTHORISED = "authorised"  # all it does lies behind a test of the caller
    DEPLOYER = "constructor"
    HEIR = "heirs"  # internal, and nothing here calls it


class Role(StrEnum):
    """What a node of the call graph is."""

    ENTRY = "entry"
    INTERNAL = "internal"
    MODIFIER = "modifier"
    OUTSIDE = "outside"  # code of another account


class Link(StrEnum):
    """What an edge of the call graph is."""

    CALL = "call"
    MODIFIER = "modifier"
    EXTERNAL = "external"
    VALUE = "value"  # an external call that may send ether
    DELEGATE = "delegate"  # foreign code on the state of this contract


@dataclass(frozen=True, slots=True)
class Node:
    """A function or modifier, or code outside. `caller` is set for entries; `line` is 0 for code outside."""

    id: str
    name: str
    role: Role
    caller: Caller | None = None
    payable: bool = False
    reads_only: bool = False
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A call: from, to, what kind, and in which lines it is written."""

    source: str
    target: str
    link: Link
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """What one entry does to the state, all it calls included; variables in the order of storage."""

    entry: str
    caller: Caller
    reads: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outflow:
    """A call that leaves the contract: what is called, who chooses it, the ether sent, who can make it happen."""

    entry: str
    caller: Caller
    target: str
    chosen_by: str
    value: str
    link: Link
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A state variable; `fixed` ones cannot change after deployment."""

    name: str
    type: str
    contract: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class CallGraph:
    """One contract. `gaps` say in sentences what of it could not be looked at; it is whole only without any."""

    contract: str
    path: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    accesses: tuple[Access, ...]
    outflows: tuple[Outflow, ...]
    variables: tuple[Variable, ...]
    gaps: tuple[str, ...]


def read_call_graph(path: Path | str, contract: str = "") -> CallGraph:
    """The graph of a contract in a file, folder or project; see `reading.named_contract` for which.

    Raises UsageError for a path or contract that is not there, FormatError for what cannot be read.
    """
    with deep_recursion():
        chosen = named_contract(read_program(Path(path)), contract)
        try:
            return call_graph(chosen)
        except (TooSlow, RecursionError):
            raise FormatError(f"{chosen.name} is too large or nested too deeply to be drawn") from None


def call_graph(contract: Contract) -> CallGraph:
    """The graph of a contract, with all it inherits."""
    entries = contract.entries
    names = _entry_names(entries)
    built = _Graph(contract)
    for entry in entries:
        built.add(entry, names[id(entry)])
    order = {variable: number for number, variable in enumerate(contract.variables)}
    return CallGraph(
        contract.name,
        contract.unit.path,
        built.named(),
        tuple(Edge(*key, tuple(sorted(lines))) for key, lines in built.edges.items()),
        tuple(_access(entry, names[id(entry)], order) for entry in entries),
        tuple(flow for entry in entries for flow in _outflows(entry, names[id(entry)])),
        tuple(_variable(variable) for variable in contract.variables),
        _gaps(contract, entries),
    )


def caller_of(entry: Entry) -> Caller:
    """Who gets an entry to do something. One that changes nothing and calls nothing can be run by anyone."""
    if entry.constructing:
        return Caller.DEPLOYER
    if not entry.public:
        return Caller.HEIR
    return Caller.AUTHORISED if summary(entry).authorised else Caller.ANYONE


class _Graph:
    """Nodes and edges while they are gathered; a function is one node however often it is run."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._ids: dict[int, str] = {}
        self._functions: dict[str, Function] = {}
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str, Link], set[int]] = {}

    def add(self, entry: Entry, name: str) -> None:
        """Take in an entry with all it runs."""
        self._entry(entry, name)
        for frame in entry.body.frames:
            inner = self._function(frame.function)
            if frame.parent is None:
                continue
            link = Link.MODIFIER if frame.function.kind == "modifier" else Link.CALL
            self._edge(self._function(frame.parent.function), inner, link, frame.site.line if frame.site else 0)
        for instruction in entry.body.of("call"):
            self._call(instruction)

    def named(self) -> tuple[Node, ...]:
        """The nodes; functions inside that share a name have their parameter types behind it."""
        names = Counter(node.name for node in self.nodes.values())
        return tuple(
            replace(node, name=f"{node.name}{_parameters(self._functions[node.id])}")
            if names[node.name] > 1 and node.role in {Role.INTERNAL, Role.MODIFIER}
            else node
            for node in self.nodes.values()
        )

    def _entry(self, entry: Entry, name: str) -> None:
        known = self._function(entry.function)
        self.nodes[known] = replace(self.nodes[known], name=name, role=Role.ENTRY, caller=caller_of(entry))

    def _function(self, function: Function) -> str:
        identity = id(function.declaration)
        if identity not in self._ids:
            known = self._ids[identity] = f"f{len(self._ids)}"
            self._functions[known] = function
            role = Role.MODIFIER if function.kind == "modifier" else Role.INTERNAL
            self.nodes[known] = Node(
                known,
                self._name(function),
                role,
                payable=function.payable,
                reads_only=function.reads_only,
                path=function.unit.path,
                line=function.declaration.header.line,
            )
        return self._ids[identity]

    def _name(self, function: Function) -> str:
        """With the contract where that is not the one looked at: a library's, or one of several of this name."""
        owner = function.contract
        same = self._contract.dispatch.get(function.declaration.name, [])
        foreign = owner is not None and owner not in self._contract.linearisation
        if owner is None or not (foreign or len({f.contract for f in same}) > 1 or function.kind == "constructor"):
            return function.name
        return f"{owner.name}.{function.name}"

    def _call(self, instruction: Instruction) -> None:
        call: Call = instruction.data
        here = self._function(instruction.frame.function)
        line = instruction.span.line
        if call.kind == "internal" and call.function is not None:
            self._edge(here, self._function(call.function), Link.CALL, line)
        elif call.leaves or call.kind == "selfdestruct":
            name = called(call)
            known = f"o:{name}"
            self.nodes.setdefault(known, Node(known, name, Role.OUTSIDE))
            self._edge(here, known, _link(instruction), line)

    def _edge(self, source: str, target: str, link: Link, line: int) -> None:
        self.edges.setdefault((source, target, link), set()).update({line} - {0})


def _parameters(function: Function) -> str:
    return function.signature.removeprefix(function.name)


def _entry_names(entries: Iterable[Entry]) -> dict[int, str]:
    """Names of entries, with their parameter types where two share a name."""
    listed = list(entries)
    names = [entry.function.name for entry in listed]
    return {
        id(entry): entry.function.signature if names.count(name) > 1 else name
        for entry, name in zip(listed, names, strict=True)
    }


def _link(instruction: Instruction) -> Link:
    if instruction.data.kind in {"delegatecall", "callcode"}:
        return Link.DELEGATE
    return Link.VALUE if moves_value(instruction) else Link.EXTERNAL


def called(call: Call) -> str:
    """What is called, in short: `IERC20.transfer`, `msg.sender.call`, `new Pair`."""
    if call.kind == "create":
        return f"new {call.name}".strip()
    if call.target is None:
        return call.name or call.kind
    if call.kind == "selfdestruct":
        return f"selfdestruct({value_text(call.target)})"
    kind = call.target.type
    on = kind.contract.name if isinstance(kind, types.ContractType) else value_text(call.target)
    return f"{on}.{call.name or call.kind}"


def value_text(value: Instruction) -> str:
    """What a value is, in a few words of the source."""
    return _cut(_value_text(value, 0))


def _value_text(value: Instruction, depth: int) -> str:
    if depth > 4:
        return "…"
    inner = [_value_text(argument, depth + 1) for argument in value.arguments[:2]]
    match value.operation:
        case "constant":
            return _literal(value)
        case "parameter" | "environment" | "unknown":
            return str(value.data)
        case "load" | "reference":
            return str(value.data.name)
        case "convert":
            return inner[0]
        case "binary" if len(inner) == 2:
            return f"{inner[0]} {value.data} {inner[1]}"
        case "member":
            return f"{inner[0]}.{value.data}"
        case "index":
            return f"{inner[0]}[]"
        case "call":
            return f"{value.data.name or value.data.kind}()"
        case "extract" if value.arguments[0].operation == "call":
            return inner[0]
        case "phi":
            return " or ".join(dict.fromkeys(inner))
    return "a computed value"


def _literal(value: Instruction) -> str:
    if isinstance(value.data, int) and not isinstance(value.data, bool) and types.is_address(value.type):
        return f"{value.data:#x}"
    return str(value.data)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def _access(entry: Entry, name: str, order: dict[StateVariable, int]) -> Access:
    found = summary(entry)
    return Access(name, caller_of(entry), _listed(found.reads, order), _listed(found.writes, order))


def _listed(variables: Iterable[StateVariable], order: dict[StateVariable, int]) -> tuple[str, ...]:
    known = sorted((v for v in variables if v in order), key=lambda v: order[v])
    return tuple(dict.fromkeys(v.name for v in known))


def _variable(variable: StateVariable) -> Variable:
    owner = variable.contract.name if variable.contract else ""
    return Variable(variable.name, types.text(variable.type), owner, variable.fixed)


def _outflows(entry: Entry, name: str) -> list[Outflow]:
    """Calls that leave the contract, one for each place they are written in."""
    found: dict[tuple[int, int, str], Outflow] = {}
    for instruction in entry.body.calls:
        call: Call = instruction.data
        span, unit = instruction.span, instruction.frame.function.unit
        found.setdefault(
            (id(unit), span.start, called(call)),
            Outflow(
                name,
                caller_of(entry),
                called(call),
                _chosen_by(entry.body, call),
                _sent(instruction),
                _link(instruction),
                unit.path,
                span.line,
            ),
        )
    return list(found.values())


def _sent(instruction: Instruction) -> str:
    call: Call = instruction.data
    if call.kind == "selfdestruct":
        return "all there is"
    return value_text(call.value) if call.value is not None and moves_value(instruction) else ""


def _chosen_by(body: Body, call: Call) -> str:
    """Who decides which account is called."""
    if call.kind == "create":
        return "made here"
    if call.target is None:
        return "not known"
    words = sorted({_chooser(origin) for origin in origins(body, call.target)})
    return ", ".join(words) or "the code"


def _chooser(origin: Origin) -> str:
    if isinstance(origin, StateVariable):
        return f"state variable {origin.name}"
    if isinstance(origin, str):
        return "the caller" if origin in {"msg.sender", "tx.origin"} else origin
    if origin.operation == "parameter":
        return f"the caller's {origin.data}"
    return "another contract's answer" if origin.operation == "call" else "a computed value"


def _gaps(contract: Contract, entries: Iterable[Entry]) -> tuple[str, ...]:
    found = [f"{entry.function.name}: {entry.body.truncated}" for entry in entries if entry.body.truncated]
    if contract.missing_bases:
        found.append("something it inherits is in a file that is not there")
    elif contract.unit.incomplete:
        found.append("a file it imports is not there")
    found += dict.fromkeys(_unfollowed(call.data.function) for entry in entries for call in _opaque_calls(entry))
    hidden = [entry.function.name for entry in entries if _hides_state(entry)]
    if hidden:
        found.append(f"{', '.join(dict.fromkeys(hidden))}: a place in storage is worked out, so no variable is named")
    return tuple(found)


def _opaque_calls(entry: Entry) -> list[Instruction]:
    return [i for i in entry.body.of("call") if i.data.kind == "internal" and i.data.function is not None]


def _unfollowed(function: Function) -> str:
    if not function.implemented:
        return f"{function.name} has no body here"
    return f"{function.name} calls itself or lies too deep, so that not all of it was followed"


def _hides_state(entry: Entry) -> bool:
    return any(i.storage is not None and i.storage.variable is None for i in entry.body.of("load", *WRITES))
