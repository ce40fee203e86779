"""Syntax trees: what tree-sitter gets wrong is put right, old forms become new ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.security.contracts.errors import TooDeep
from scorpius_lab.security.contracts.syntax import tree
from scorpius_lab.security.contracts.syntax.parse import parse


def first(statement: str) -> tree.Statement:
    unit = parse("a.sol", f"contract C {{ function f() public {{ {statement} }} }}".encode())
    body = unit.contracts[0].functions[0].body
    assert body is not None
    return body.statements[0]


def shape(node: object) -> str:  # noqa: C901, PLR0911 - one case for each form
    """An expression with every parenthesis written out."""
    match node:
        case tree.ExpressionStatement(expression=inner):
            return shape(inner)
        case tree.Identifier(name=name):
            return name
        case tree.Literal(text=text):
            return text
        case tree.Member(object=inner, name=name):
            return f"{shape(inner)}.{name}"
        case tree.Index(base=base, index=index):
            return f"{shape(base)}[{shape(index)}]"
        case tree.Call(callee=callee, arguments=arguments, options=options):
            given = "{" + ",".join(f"{n}:{shape(v)}" for n, v in options) + "}" if options else ""
            return f"{shape(callee)}{given}({','.join(map(shape, arguments))})"
        case tree.Unary(operator=operator, operand=operand, prefix=prefix):
            return f"({operator}{shape(operand)})" if prefix else f"({shape(operand)}{operator})"
        case tree.Binary(operator=operator, left=left, right=right):
            return f"({shape(left)}{operator}{shape(right)})"
        case tree.Assignment(operator=operator, target=target, value=value):
            return f"({shape(target)}{operator}={shape(value)})"
        case tree.Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"({shape(condition)}?{shape(then)}:{shape(otherwise)})"
        case tree.Tuple(items=items):
            return f"<{','.join('' if item is None else shape(item) for item in items)}>"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("!m[a].b.send(1);", "(!m[a].b.send(1))"),
        ("delete m[a].b[c];", "(deletem[a].b[c])"),
        ("++a[1];", "(++a[1])"),
        ("x = y[1] == z[2] && w;", "(x=((y[1]==z[2])&&w))"),
        ("x = a ? b : c ? d : e;", "(x=(a?b:(c?d:e)))"),
        ("a & b == c;", "((a&b)==c)"),
        ("a << 1 + 2;", "(a<<(1+2))"),
        ("2 ** 3 ** 2;", "(2**(3**2))"),
        ("-a ** b;", "((-a)**b)"),
        ("a = b = c;", "(a=(b=c))"),
        ("x.call.value(1).gas(2)(3);", "x.call{gas:2,value:1}(3)"),
        ("x.call{value: 1, gas: 2}(3);", "x.call{value:1,gas:2}(3)"),
        ("(a, , b) = f();", "(<a,,b>=f())"),
        ("a++ + b;", "((a++)+b)"),
    ],
)
def test_expressions_follow_the_precedence_of_the_language(written: str, meant: str) -> None:
    assert shape(first(written)) == meant


@pytest.mark.parametrize(
    ("written", "value"),
    [("1 ether;", 10**18), ("0xff;", 255), ("1_000;", 1000), ("2.5e2;", 250), ("0.5;", (1, 2)), ("1e999999999;", 0)],
)
def test_numbers_are_exact(written: str, value: object) -> None:
    statement = first(written)
    assert isinstance(statement, tree.ExpressionStatement)
    assert isinstance(statement.expression, tree.Literal)
    assert statement.expression.value == value


def test_throw_is_a_revert() -> None:
    assert isinstance(first("throw;"), tree.Revert)


def test_yul_declares_several_names_at_once() -> None:
    statement = first("assembly { let a, b := f(1) }")
    assert isinstance(statement, tree.Assembly)
    declared = statement.body.statements[0]
    assert isinstance(declared, tree.YulAssignment)
    assert [name.path for name in declared.targets] == [("a",), ("b",)]
    assert declared.declares


def test_half_a_file_keeps_what_is_whole() -> None:
    unit = parse("a.sol", b"contract A { function f() public { x = 1; } } contract B { function g( ")
    assert unit.contracts[0].name == "A"
    assert unit.syntax_errors


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(TooDeep):
        parse("a.sol", b"contract A { function f() public { x = " + b"(" * 10_000 + b"1" + b")" * 10_000 + b"; } }")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_tree(data: bytes) -> None:
    assert parse("a.sol", data).path == "a.sol"


_PIECES = st.sampled_from(
    [
        "contract",
        "C",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ";",
        ",",
        ".",
        "=",
        "==",
        "+",
        "-",
        "!",
        "delete",
        "x",
        "y",
        "1",
        "function",
        "f",
        "public",
        "returns",
        "if",
        "else",
        "for",
        "while",
        "assembly",
        "let",
        ":=",
        "mapping",
        "=>",
        "struct",
        "emit",
        "revert",
        "try",
        "catch",
        "unchecked",
        "new",
        "type",
        "using",
        "is",
        "override",
        "//",
        "\n",
        "/*",
        '"',
        "'",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=60))
def test_any_tokens_give_a_tree(pieces: list[str]) -> None:
    source = "contract C { function f() public { " + " ".join(pieces)
    assert parse("a.sol", source.encode()).text
