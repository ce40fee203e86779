"""Solidity text to a syntax tree.

tree-sitter reads any text and marks what it cannot place; what stands around such a place is kept. The tree of
tree-sitter is left behind at once: the rest of the scanner sees `tree` only.
"""

from __future__ import annotations

import functools
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scorpius_lab.security.contracts.errors import TooDeep, TooLarge, TooSlow
from scorpius_lab.security.contracts.syntax import tree
from scorpius_lab.security.contracts.syntax.expressions import text_of
from scorpius_lab.security.contracts.syntax.statements import Statements, span_of

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

DEEPEST = 1500  # levels of the concrete tree; a contract people wrote stays under 100

MOST_NODES = 2_000_000  # a megabyte of source has less than a quarter of these
PIECE = 512  # bytes
MOST_CLOSED = 64  # braces put to the end of half a file
# What is not closed ends with the line or the text: looking for its end again from each quote would take for ever.
_NOT_CODE = re.compile(
    rb"//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?|\"(?:\\.|[^\"\\\n])*+\"?|'(?:\\.|[^'\\\n])*+'?", re.DOTALL
)
_MARKS = re.compile(rb"[()\[\]{};]")
_CONTRACTS = {
    "contract_declaration": "contract",
    "interface_declaration": "interface",
    "library_declaration": "library",
}
_FUNCTIONS = {
    "function_definition": "function",
    "constructor_definition": "constructor",
    "fallback_receive_definition": "fallback",
    "modifier_definition": "modifier",
}


@functools.cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_solidity

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the binding hands over an int, as all of its age do
        language = tree_sitter.Language(tree_sitter_solidity.language())
    return tree_sitter.Parser(language)


def parse(path: str, text: bytes, *, deadline: float | None = None) -> tree.SourceUnit:
    """The syntax tree of one file.

    `deadline` is a time of `time.monotonic()`. Raises TooSlow past it, TooDeep for text nested beyond reason and
    TooLarge for text with more in it than any contract.
    """
    root = _root(text, deadline)
    errors = _count_errors(root)
    if errors:
        closed = _root(_closed(text), deadline)
        root = closed if _contracts(closed) > _contracts(root) else root
    unit = tree.SourceUnit(path, text, [], [], [], _nameless(root))
    unit.syntax_errors = errors
    _Declarations(unit, _clock(deadline)).read(root)
    return unit


def _root(text: bytes, deadline: float | None) -> Node:
    late = None if deadline is None else (lambda *_: time.monotonic() > deadline)
    parser = _parser()
    try:
        parsed = parser.parse(_Reader(text), progress_callback=late) if late else parser.parse(text)
    except ValueError:  # what the binding raises for a parse that was stopped
        parser.reset()
        raise TooSlow from None
    if parsed.root_node.descendant_count > MOST_NODES:
        raise TooLarge
    _measure(parsed.root_node)
    return parsed.root_node


@dataclass(slots=True)
class _Reader:
    """What tree-sitter reads from, in pieces: it asks again each time the text of a node is wanted.

    So pieces are small, and grow while the next one is asked for: it puts those of a long text together one by one.
    """

    text: bytes
    size: int = PIECE
    end: int = 0

    def __call__(self, offset: int, _point: object) -> bytes:
        self.size = self.size * 2 if offset == self.end else PIECE
        self.end = offset + self.size
        return self.text[offset : self.end]


def _clock(deadline: float | None) -> Callable[[], None]:
    """Raises TooSlow past the deadline."""

    def check() -> None:
        if deadline is not None and time.monotonic() > deadline:
            raise TooSlow

    return check


def _contracts(root: Node) -> int:
    return sum(child.type in _CONTRACTS for child in root.children)


def _closed(text: bytes) -> bytes:
    """Half a file as one that ends behind the last whole statement, with the braces that are missing."""
    open_: list[bytes] = []
    end, missing = 0, 0
    for mark in _MARKS.finditer(_NOT_CODE.sub(lambda found: b" " * len(found[0]), text)):
        kind = mark[0]
        if kind in b"([{":
            open_.append(kind)
        elif kind == b"}":
            while open_ and open_.pop() != b"{":
                pass
        elif kind in b")]" and open_ and open_[-1] in b"([":
            open_.pop()
        if kind in b";{}" and (not open_ or open_[-1] == b"{"):
            end, missing = mark.end(), len(open_)
    return text[:end] + b"}" * min(missing, MOST_CLOSED)


def _measure(root: Node) -> None:
    """Raises TooDeep before anything recursive looks at the tree."""
    cursor = root.walk()
    depth = 0
    while True:
        if cursor.goto_first_child():
            depth += 1
            if depth > DEEPEST:
                raise TooDeep
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            depth -= 1


def _count_errors(root: Node) -> int:
    count, waiting = 0, [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        count += node.is_error or node.is_missing
        waiting.extend(child for child in node.children if child.has_error or child.is_missing)
    return count


def _nameless(root: Node) -> tree.ContractDeclaration:
    return tree.ContractDeclaration(span_of(root), "file", "", abstract=False, bases=[], header=tree.NOWHERE)


class _Declarations:
    """Fills a source unit."""

    def __init__(self, unit: tree.SourceUnit, check: Callable[[], None]) -> None:
        self._unit = unit
        self._check = check
        self._statements = Statements(check)

    def read(self, root: Node) -> None:
        for node in root.children:
            if node.type == "pragma_directive":
                self._unit.pragmas.append(text_of(node).removeprefix("pragma").strip(" ;"))
            elif node.type == "import_directive":
                self._unit.imports.append(_import(node))
            elif node.type in _CONTRACTS:
                self._unit.contracts.append(self._contract(node))
            else:
                self._member(node, self._unit.file)

    def _contract(self, node: Node) -> tree.ContractDeclaration:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        span = span_of(node)
        contract = tree.ContractDeclaration(
            span,
            _CONTRACTS[node.type],
            text_of(name) if name else "",
            abstract=any(child.type == "abstract" for child in node.children),
            bases=[self._base(child) for child in node.children if child.type == "inheritance_specifier"],
            header=tree.Span(span.start, body.start_byte if body else span.end, span.line, span.line),
        )
        for child in body.children if body else ():
            self._member(child, contract)
        return contract

    def _base(self, node: Node) -> tree.Invocation:
        ancestor = node.child_by_field_name("ancestor")
        values, _ = self._statements.expressions.arguments(node.children)
        given = any(child.type == "(" for child in node.children)
        path = tuple(text_of(ancestor).replace(" ", "").split(".")) if ancestor else ("",)
        return tree.Invocation(span_of(node), path, values if given else None)

    def _member(self, node: Node, contract: tree.ContractDeclaration) -> None:
        self._check()
        kind = node.type
        if kind in _FUNCTIONS:
            contract.functions.append(self._function(node))
        elif kind in {"state_variable_declaration", "constant_variable_declaration"}:
            contract.variables.append(self._variable(node))
        elif kind == "struct_declaration":
            contract.structs.append(self._struct(node))
        elif kind == "enum_declaration":
            values = [text_of(n) for n in _inside(node) if n.type == "enum_value"]
            contract.enums.append(tree.Enum(span_of(node), _name(node), values))
        elif kind == "using_directive":
            contract.usings.append(self._using(node))
        elif kind == "user_defined_type_definition":
            underlying = next((n for n in node.named_children if n.type == "primitive_type"), None)
            name = self._statements.type_name(underlying) if underlying else tree.ElementaryName("uint256")
            contract.value_types.append(tree.ValueType(span_of(node), _name(node), name))
        elif kind in {"event_definition", "error_declaration"}:
            parameters = [
                self._statements.parameter(n) for n in node.children if n.type in {"event_parameter", "error_parameter"}
            ]
            target = contract.events if kind == "event_definition" else contract.errors
            target.append(tree.Signature(span_of(node), _name(node), parameters))

    def _function(self, node: Node) -> tree.FunctionDeclaration:
        span, body = span_of(node), node.child_by_field_name("body")
        children = node.children
        modifiers = {child.type: child for child in children}
        returned = modifiers.get("return_type_definition")
        declared = tree.FunctionDeclaration(
            span=span,
            kind=_FUNCTIONS[node.type],
            name=_name(node),
            parameters=[self._statements.parameter(n) for n in children if n.type == "parameter"],
            returns=[self._statements.parameter(n) for n in returned.children if n.type == "parameter"]
            if returned
            else [],
            visibility=text_of(modifiers["visibility"]) if "visibility" in modifiers else "",
            mutability=text_of(modifiers["state_mutability"]) if "state_mutability" in modifiers else "",
            virtual="virtual" in modifiers,
            override="override_specifier" in modifiers,
            invocations=[self._invocation(n) for n in children if n.type == "modifier_invocation"],
            body=self._statements.block(body) if body else None,
            header=tree.Span(span.start, body.start_byte if body else span.end, span.line, span.line),
        )
        if any(invocation.path == ("constant",) for invocation in declared.invocations):
            # before Solidity 0.5 the word for `view`; the grammar takes it for a modifier
            declared.mutability = declared.mutability or "constant"
            declared.invocations = [one for one in declared.invocations if one.path != ("constant",)]
        if declared.kind == "fallback":
            _settle_fallback(declared, children)
        elif declared.kind == "function" and not declared.name:
            declared.kind = "fallback"
        if "external" in modifiers and not declared.visibility:
            declared.visibility = "external"
        return declared

    def _invocation(self, node: Node) -> tree.Invocation:
        path = tuple(text_of(n) for n in node.children if n.type == "identifier")
        values, _ = self._statements.expressions.arguments(node.children)
        given = any(child.type == "(" for child in node.children)
        return tree.Invocation(span_of(node), path or ("",), values if given else None)

    def _variable(self, node: Node) -> tree.StateVariable:
        kinds = {child.type for child in node.children}
        type_node, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        visibility = next((child for child in node.children if child.type == "visibility"), None)
        location = node.child_by_field_name("location")
        return tree.StateVariable(
            span=span_of(node),
            type=self._statements.type_name(type_node) if type_node else tree.ElementaryName("uint256"),
            name=_name(node),
            visibility=text_of(visibility) if visibility else "",
            constant="constant" in kinds or node.type == "constant_variable_declaration",
            immutable="immutable" in kinds,
            transient=location is not None and text_of(location) == "transient",
            override="override_specifier" in kinds,
            value=self._statements.expressions.build(value) if value else None,
        )

    def _struct(self, node: Node) -> tree.Struct:
        members = [self._statements.parameter(n) for n in _inside(node) if n.type == "struct_member"]
        return tree.Struct(span_of(node), _name(node), members)

    def _using(self, node: Node) -> tree.Using:
        alias = next((n for n in node.children if n.type == "type_alias"), None)
        functions = [
            tuple(text_of(n.named_children[0]).replace(" ", "").split("."))
            for n in node.children
            if n.type == "using_alias" and n.named_children
        ]
        source = node.child_by_field_name("source")
        named = source is not None and source.type == "type_name"
        library = tuple(text_of(alias).replace(" ", "").split(".")) if alias else None
        return tree.Using(
            span_of(node), library, functions, self._statements.type_name(source) if source and named else None
        )


def _settle_fallback(declared: tree.FunctionDeclaration, children: list[Node]) -> None:
    first = text_of(children[0])
    declared.kind = "receive" if first == "receive" else "fallback"
    if first == "function":
        declared.name = ""


def _inside(node: Node) -> list[Node]:
    body = node.child_by_field_name("body")
    return body.children if body else []


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return text_of(name) if name else ""


def _import(node: Node) -> tree.Import:
    source = node.child_by_field_name("source")
    names: list[tuple[str, str]] = []
    unit = ""
    previous = ""
    for index, child in enumerate(node.children):
        label = node.field_name_for_child(index)
        if label == "import_name":
            names.append((text_of(child), text_of(child)))
        elif label == "alias":
            if previous == "*" or not names:
                unit = text_of(child)
            else:
                names[-1] = (names[-1][0], text_of(child))
        if child.type == "*":
            previous = "*"
        elif child.type == "{":
            previous = "{"
    return tree.Import(span_of(node), text_of(source)[1:-1] if source else "", names, unit)
