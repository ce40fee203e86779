"""Statements, types and Yul of a tree-sitter tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scorpius_lab.security.contracts.syntax import tree
from scorpius_lab.security.contracts.syntax.expressions import Expressions, span_of, text_of
from scorpius_lab.security.contracts.syntax.yul import yul_block

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Statements", "span_of"]

_ALIASES = {"uint": "uint256", "int": "int256", "byte": "bytes1", "fixed": "fixed128x18", "ufixed": "ufixed128x18"}


class Statements:
    """Builds statements; `check` is called before each and raises when time is up."""

    def __init__(self, check: Callable[[], None]) -> None:
        """Expressions and statements build each other."""
        self._check = check
        self.expressions = Expressions(self.type_name)
        self._kinds: dict[str, Callable[[Node], tree.Statement | None]] = {
            "block_statement": self.block,
            "if_statement": self._if,
            "for_statement": self._for,
            "while_statement": self._while,
            "do_while_statement": self._do_while,
            "return_statement": self._return,
            "break_statement": lambda n: tree.Jump(span_of(n), "break"),
            "continue_statement": lambda n: tree.Jump(span_of(n), "continue"),
            "revert_statement": self._revert,
            "emit_statement": self._emit,
            "expression_statement": self._expression,
            "variable_declaration_statement": self._declaration,
            "try_statement": self._try,
            "assembly_statement": lambda n: tree.Assembly(span_of(n), yul_block(n)),
        }

    def block(self, node: Node) -> tree.Block:
        """A block, or the body of a function."""
        statements = []
        unchecked = False
        for child in node.children:
            if child.type == "statement" or child.type in self._kinds:
                built = self.statement(child)
                if built is not None:
                    statements.append(built)
            elif child.type == "unchecked":
                unchecked = True
        return tree.Block(span_of(node), statements, unchecked)

    def statement(self, node: Node) -> tree.Statement | None:
        """A statement; None for what tree-sitter could not place."""
        self._check()
        if node.type == "statement":
            inner = next((child for child in node.named_children if child.type in self._kinds), None)
            return self._kinds[inner.type](inner) if inner else None
        build = self._kinds.get(node.type)
        return build(node) if build else None

    def _needed(self, node: Node | None, around: Node) -> tree.Statement:
        built = self.statement(node) if node else None
        return built or tree.Block(span_of(node or around), [])

    def _condition(self, node: Node) -> tree.Expression | None:
        condition = node.child_by_field_name("condition")
        if condition is None or condition.type == ";":
            return None
        if condition.type == "expression_statement":
            condition = next((child for child in condition.named_children if child.type == "expression"), None)
        return self.expressions.build(condition) if condition else None

    def _if(self, node: Node) -> tree.Statement:
        bodies = [child for child in node.children_by_field_name("body") if child.is_named]
        condition = self._condition(node) or tree.Literal(span_of(node), value=False, text="false")
        otherwise = self._needed(bodies[1], node) if len(bodies) > 1 else None
        return tree.If(span_of(node), condition, self._needed(bodies[0] if bodies else None, node), otherwise)

    def _for(self, node: Node) -> tree.Statement:
        initial, update = node.child_by_field_name("initial"), node.child_by_field_name("update")
        started = self.statement(initial) if initial is not None and initial.is_named else None
        updated = self.expressions.build(update) if update is not None and update.is_named else None
        body = self._needed(node.child_by_field_name("body"), node)
        return tree.Loop(span_of(node), started, self._condition(node), updated, body)

    def _while(self, node: Node) -> tree.Statement:
        body = self._needed(node.child_by_field_name("body"), node)
        return tree.Loop(span_of(node), None, self._condition(node), None, body)

    def _do_while(self, node: Node) -> tree.Statement:
        body = self._needed(node.child_by_field_name("body"), node)
        return tree.Loop(span_of(node), None, self._condition(node), None, body, test_last=True)

    def _return(self, node: Node) -> tree.Statement:
        value = next((child for child in node.named_children if child.type == "expression"), None)
        return tree.Return(span_of(node), self.expressions.build(value) if value else None)

    def _revert(self, node: Node) -> tree.Statement:
        error = node.child_by_field_name("error")
        given = next((child for child in node.children if child.type == "revert_arguments"), None)
        values, _ = self.expressions.arguments(given.children if given else [])
        return tree.Revert(span_of(node), self.expressions.build(error) if error else None, values)

    def _emit(self, node: Node) -> tree.Statement:
        name = node.child_by_field_name("name")
        values, _ = self.expressions.arguments(node.children)
        event = self.expressions.build(name) if name else tree.Identifier(span_of(node), "")
        return tree.Emit(span_of(node), event, values)

    def _expression(self, node: Node) -> tree.Statement | None:
        inner = next((child for child in node.named_children if child.type == "expression"), None)
        if inner is None:
            return None
        text = text_of(inner)
        if text == "_":
            return tree.Jump(span_of(node), "placeholder")
        if text == "throw":
            return tree.Revert(span_of(node), None, [])
        return tree.ExpressionStatement(span_of(node), self.expressions.build(inner))

    def _declaration(self, node: Node) -> tree.Statement:
        value = node.child_by_field_name("value")
        built = self.expressions.build(value) if value else None
        for child in node.children:
            if child.type == "variable_declaration":
                return tree.Declaration(span_of(node), [self.parameter(child)], built)
            if child.type == "variable_declaration_tuple":
                return tree.Declaration(span_of(node), self._variables(child), built, is_tuple=True)
        return tree.Declaration(span_of(node), [], built)

    def _variables(self, node: Node) -> list[tree.Parameter | None]:
        variables: list[tree.Parameter | None] = []
        pending: tree.Parameter | None = None
        for child in node.children:
            if child.type == "variable_declaration":
                pending = self.parameter(child)
            elif child.type == "identifier":
                pending = tree.Parameter(span_of(child), tree.ElementaryName("var"), text_of(child))
            elif child.type in {",", ")"}:
                variables.append(pending)
                pending = None
        return variables

    def _try(self, node: Node) -> tree.Statement:
        attempt, body = node.child_by_field_name("attempt"), node.child_by_field_name("body")
        catches = [
            tree.Catch(
                span_of(child),
                [self.parameter(n) for n in child.children if n.type == "parameter"],
                self.block(caught) if (caught := child.child_by_field_name("body")) else tree.Block(span_of(child), []),
            )
            for child in node.children
            if child.type == "catch_clause"
        ]
        return tree.Try(
            span_of(node),
            self.expressions.build(attempt) if attempt else tree.Tuple(span_of(node), []),
            [self.parameter(n) for n in node.children if n.type == "parameter"],
            self.block(body) if body else tree.Block(span_of(node), []),
            catches,
        )

    def parameter(self, node: Node) -> tree.Parameter:
        """A parameter, member or declared variable."""
        declared, name = node.child_by_field_name("type"), node.child_by_field_name("name")
        location = node.child_by_field_name("location")
        return tree.Parameter(
            span_of(node),
            self.type_name(declared) if declared else tree.ElementaryName("var"),
            text_of(name) if name else "",
            text_of(location) if location else "",
        )

    def type_name(self, node: Node) -> tree.TypeName:
        """A type as written; `uint` becomes `uint256`."""
        if node.type == "primitive_type":
            name = " ".join(text_of(node).split())
            return tree.ElementaryName(_ALIASES.get(name, name))
        if node.type in {"user_defined_type", "identifier"}:
            return tree.UserName(tuple("".join(text_of(node).split()).split(".")))
        key, value = node.child_by_field_name("key_type"), node.child_by_field_name("value_type")
        if key is not None and value is not None:
            return tree.MappingName(self.type_name(key), self.type_name(value))
        children = [child for child in node.children if child.type != "comment"]
        if not children:
            return tree.ElementaryName("uint256")
        if children[0].type == "function":
            return self._function_type(node)
        if any(child.type == "[" for child in children):
            length = next((child for child in children[1:] if child.is_named), None)
            return tree.ArrayName(self.type_name(children[0]), self.expressions.build(length) if length else None)
        return self.type_name(children[0])

    def _function_type(self, node: Node) -> tree.FunctionName:
        taken = [n for n in node.children if n.type == "parameter"]
        given = [n for n in node.children if n.type == "return_parameter"]
        external = any(n.type == "visibility" and text_of(n) == "external" for n in node.children)
        return tree.FunctionName([self._declared(n) for n in taken], [self._declared(n) for n in given], external)

    def _declared(self, node: Node) -> tree.TypeName:
        declared = node.child_by_field_name("type")
        return self.type_name(declared) if declared else tree.ElementaryName("uint256")
