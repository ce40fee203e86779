"""The syntax tree of a Solidity file as plain data, one shape for every version from 0.4 to 0.8.

Nodes are not frozen and not compared: a scan builds some hundred thousand of them, and a frozen dataclass costs three
times as much to make. Nothing changes a node after the parser made it.

Old forms are brought to the new one: `x.call.value(v).gas(g)(a)` is a call with the options `value` and `gas`,
`throw` is a revert, a function named like its contract before 0.5 is a constructor, one without a name a fallback.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """Bytes `start` up to `end`, and the lines (from 1) of both."""

    start: int
    end: int
    line: int
    end_line: int


NOWHERE = Span(0, 0, 0, 0)


# Types as written -----------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class ElementaryName:
    """`uint`, `address payable`, `bytes32`, `var`."""

    name: str


@dataclass(slots=True, eq=False)
class UserName:
    """`Token`, `Market.Order`."""

    path: tuple[str, ...]


@dataclass(slots=True, eq=False)
class MappingName:
    """`mapping(key => value)`."""

    key: TypeName
    value: TypeName


@dataclass(slots=True, eq=False)
class ArrayName:
    """`base[]` or `base[length]`."""

    base: TypeName
    length: Expression | None


@dataclass(slots=True, eq=False)
class FunctionName:
    """`function (uint) external returns (bool)`."""

    parameters: list[TypeName]
    returns: list[TypeName]
    external: bool


TypeName = ElementaryName | UserName | MappingName | ArrayName | FunctionName


# Expressions ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Identifier:
    """A name."""

    span: Span
    name: str


@dataclass(slots=True, eq=False)
class Literal:
    """A number (exact: an int where it is one, otherwise a numerator and denominator), string, or bool."""

    span: Span
    value: int | str | bool | bytes | tuple[int, int]
    text: str
    unit: str = ""


@dataclass(slots=True, eq=False)
class Member:
    """`object.name`."""

    span: Span
    object: Expression
    name: str


@dataclass(slots=True, eq=False)
class Index:
    """`base[index]`; `index` is None in a type such as `uint[]`."""

    span: Span
    base: Expression
    index: Expression | None


@dataclass(slots=True, eq=False)
class Slice:
    """`base[start:stop]`."""

    span: Span
    base: Expression
    start: Expression | None
    stop: Expression | None


@dataclass(slots=True, eq=False)
class Call:
    """`callee{options}(arguments)`; `names` are given for `f({a: 1})`."""

    span: Span
    callee: Expression
    arguments: list[Expression]
    names: list[str] | None = None
    options: list[tuple[str, Expression]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Unary:
    """A prefix or postfix operator: `!`, `~`, `-`, `delete`, `++`, `--`."""

    span: Span
    operator: str
    operand: Expression
    prefix: bool


@dataclass(slots=True, eq=False)
class Binary:
    """A binary operator that is not an assignment."""

    span: Span
    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False)
class Assignment:
    """`target = value`, or `target op= value` with the operator without its `=`."""

    span: Span
    operator: str
    target: Expression
    value: Expression


@dataclass(slots=True, eq=False)
class Conditional:
    """`condition ? then : otherwise`."""

    span: Span
    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(slots=True, eq=False)
class Tuple:
    """`(a, , b)`; one item is a parenthesis."""

    span: Span
    items: list[Expression | None]


@dataclass(slots=True, eq=False)
class ArrayLiteral:
    """`[a, b]`."""

    span: Span
    items: list[Expression]


@dataclass(slots=True, eq=False)
class New:
    """`new Type`, always the callee of a call."""

    span: Span
    type: TypeName


@dataclass(slots=True, eq=False)
class TypeExpression:
    """An elementary type where an expression stands: `uint8` in `uint8(x)`."""

    span: Span
    type: TypeName


@dataclass(slots=True, eq=False)
class MetaType:
    """`type(T)`."""

    span: Span
    type: TypeName


Expression = (
    Identifier
    | Literal
    | Member
    | Index
    | Slice
    | Call
    | Unary
    | Binary
    | Assignment
    | Conditional
    | Tuple
    | ArrayLiteral
    | New
    | TypeExpression
    | MetaType
)


# Statements -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Parameter:
    """A parameter, return value, struct member or declared variable; `name` may be empty."""

    span: Span
    type: TypeName
    name: str
    location: str = ""


@dataclass(slots=True, eq=False)
class Block:
    """`{ … }`, perhaps `unchecked`."""

    span: Span
    statements: list[Statement]
    unchecked: bool = False


@dataclass(slots=True, eq=False)
class If:
    """`if (condition) then else otherwise`."""

    span: Span
    condition: Expression
    then: Statement
    otherwise: Statement | None


@dataclass(slots=True, eq=False)
class Loop:
    """`for`, `while` and, with `test_last`, `do … while`."""

    span: Span
    initial: Statement | None
    condition: Expression | None
    update: Expression | None
    body: Statement
    test_last: bool = False


@dataclass(slots=True, eq=False)
class Return:
    """`return value;`."""

    span: Span
    value: Expression | None


@dataclass(slots=True, eq=False)
class Jump:
    """`break`, `continue`, or the `_` of a modifier."""

    span: Span
    kind: str


@dataclass(slots=True, eq=False)
class Revert:
    """`revert(…)`, `revert Error(…)`, `throw`."""

    span: Span
    error: Expression | None
    arguments: list[Expression]


@dataclass(slots=True, eq=False)
class Emit:
    """`emit Event(…)`."""

    span: Span
    event: Expression
    arguments: list[Expression]


@dataclass(slots=True, eq=False)
class ExpressionStatement:
    """An expression for its effect."""

    span: Span
    expression: Expression


@dataclass(slots=True, eq=False)
class Declaration:
    """`T a = value;` or `(T a, , U b) = value;`."""

    span: Span
    variables: list[Parameter | None]
    value: Expression | None
    is_tuple: bool = False


@dataclass(slots=True, eq=False)
class Catch:
    """One `catch` clause."""

    span: Span
    parameters: list[Parameter]
    body: Block


@dataclass(slots=True, eq=False)
class Try:
    """`try call returns (…) { … } catch …`."""

    span: Span
    call: Expression
    returns: list[Parameter]
    body: Block
    catches: list[Catch]


@dataclass(slots=True, eq=False)
class Assembly:
    """`assembly { … }`."""

    span: Span
    body: YulBlock


Statement = Block | If | Loop | Return | Jump | Revert | Emit | ExpressionStatement | Declaration | Try | Assembly


# Yul ------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class YulName:
    """`x`, `x.slot`."""

    span: Span
    path: tuple[str, ...]


@dataclass(slots=True, eq=False)
class YulLiteral:
    """A literal."""

    span: Span
    value: int | str | bool


@dataclass(slots=True, eq=False)
class YulCall:
    """`add(a, b)`."""

    span: Span
    function: str
    arguments: list[YulExpression]


YulExpression = YulName | YulLiteral | YulCall


@dataclass(slots=True, eq=False)
class YulAssignment:
    """`let a, b := value` or `a := value`."""

    span: Span
    targets: list[YulName]
    value: YulExpression | None
    declares: bool


@dataclass(slots=True, eq=False)
class YulBlock:
    """`{ … }`."""

    span: Span
    statements: list[YulStatement]


@dataclass(slots=True, eq=False)
class YulIf:
    """`if condition { … }`."""

    span: Span
    condition: YulExpression
    body: YulBlock


@dataclass(slots=True, eq=False)
class YulLoop:
    """`for { … } condition { … } { … }`."""

    span: Span
    initial: YulBlock
    condition: YulExpression
    update: YulBlock
    body: YulBlock


@dataclass(slots=True, eq=False)
class YulSwitch:
    """`switch value case … default …`; a default has the literal None."""

    span: Span
    value: YulExpression
    cases: list[tuple[YulLiteral | None, YulBlock]]


@dataclass(slots=True, eq=False)
class YulFunction:
    """`function f(a) -> b { … }`."""

    span: Span
    name: str
    parameters: list[str]
    returns: list[str]
    body: YulBlock


@dataclass(slots=True, eq=False)
class YulJump:
    """`break`, `continue`, `leave`."""

    span: Span
    kind: str


YulStatement = YulAssignment | YulBlock | YulIf | YulLoop | YulSwitch | YulFunction | YulJump | YulCall


# Declarations ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Invocation:
    """`modifier(arguments)`, `Base(arguments)`, in a header; `arguments` is None without a parenthesis."""

    span: Span
    path: tuple[str, ...]
    arguments: list[Expression] | None


@dataclass(slots=True, eq=False)
class FunctionDeclaration:
    """A function, constructor, fallback, receive or modifier; `body` is None where there is none.

    `visibility` is empty where the source says none. `header` ends where the body begins.
    """

    span: Span
    kind: str
    name: str
    parameters: list[Parameter]
    returns: list[Parameter]
    visibility: str
    mutability: str
    virtual: bool
    override: bool
    invocations: list[Invocation]
    body: Block | None
    header: Span


@dataclass(slots=True, eq=False)
class StateVariable:
    """A state variable, or a constant at file level."""

    span: Span
    type: TypeName
    name: str
    visibility: str
    constant: bool
    immutable: bool
    transient: bool
    override: bool
    value: Expression | None


@dataclass(slots=True, eq=False)
class Struct:
    """`struct S { … }`."""

    span: Span
    name: str
    members: list[Parameter]


@dataclass(slots=True, eq=False)
class Enum:
    """`enum E { … }`."""

    span: Span
    name: str
    values: list[str]


@dataclass(slots=True, eq=False)
class Using:
    """`using Library for Type`; `functions` for `using {f} for Type`; `type` is None for `*`."""

    span: Span
    library: tuple[str, ...] | None
    functions: list[tuple[str, ...]]
    type: TypeName | None


@dataclass(slots=True, eq=False)
class ValueType:
    """`type T is uint`."""

    span: Span
    name: str
    underlying: TypeName


@dataclass(slots=True, eq=False)
class Signature:
    """An event or an error."""

    span: Span
    name: str
    parameters: list[Parameter]


@dataclass(slots=True, eq=False)
class ContractDeclaration:
    """A contract, interface or library."""

    span: Span
    kind: str
    name: str
    abstract: bool
    bases: list[Invocation]
    header: Span
    functions: list[FunctionDeclaration] = field(default_factory=list)
    variables: list[StateVariable] = field(default_factory=list)
    structs: list[Struct] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)
    usings: list[Using] = field(default_factory=list)
    value_types: list[ValueType] = field(default_factory=list)
    events: list[Signature] = field(default_factory=list)
    errors: list[Signature] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Import:
    """`import path`; `names` pairs names with their aliases, `unit` is the name of `* as unit`."""

    span: Span
    path: str
    names: list[tuple[str, str]]
    unit: str


@dataclass(slots=True, eq=False)
class SourceUnit:
    """One file. `contracts` of a file without a contract is empty; `file` holds what stands outside of contracts."""

    path: str
    text: bytes
    pragmas: list[str]
    imports: list[Import]
    contracts: list[ContractDeclaration]
    file: ContractDeclaration
    syntax_errors: int = 0
    abi_coder: str = ""

    def source(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end].decode("utf-8", "replace")

    def column(self, offset: int) -> int:
        """The column of a byte, from 1, in characters."""
        start = self.text.rfind(b"\n", 0, offset) + 1
        return len(self.text[start:offset].decode("utf-8", "replace")) + 1
