"""A user's notebook as a report: parameter types from its parameters cell, queries from its metadata.

The cell tagged `parameters` holds assignments, each with an annotation, a default and perhaps a comment:

    snapshot = ""
    framework: str = "soc2"  # which framework to show
    limit: int = 20

The notebook's metadata may hold `"scorpius": {"title": …, "queries": [{"name", "sql", "when_empty", "personal"}],
"results": […]}`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, create_model

from scorpius_lab.core.secrets import is_reference
from scorpius_lab.errors import FormatError, UsageError
from scorpius_lab.reporting.spec import ReportParameters, ReportSpec, SnapshotQuery

if TYPE_CHECKING:
    from nbformat import NotebookNode

SNAPSHOT_PARAMETER = "snapshot"
COMPUTED = "computed"
EXPECTED = (
    '{"scorpius": {"title": "…", "queries": [{"name": "…", "sql": "SELECT …", "when_empty": "…", "personal": '
    '["column"]}], "results": ["name"]}} with name and sql only required'
)
_TAG = "parameters"
_PLAIN: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "dict": dict,
    "tuple": list,
    "set": list,
    "datetime": datetime,
    "date": date,
    "Path": Path,
    "SecretStr": SecretStr,
    "Any": Any,
    "None": None,
}
_SECRETS = (SecretStr, SecretStr | None)
_GENERIC: dict[str, Any] = {"list": list, "List": list, "Sequence": list, "tuple": list, "set": list}


@dataclass(frozen=True, slots=True)
class CellParameter:
    """One assignment of a parameters cell. `computed` if its default is an expression only the kernel can evaluate."""

    name: str
    type: Any
    default: object
    help: str
    computed: bool


class _QueryModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    sql: str
    when_empty: str = "Not evaluated: the lab holds nothing to show here."
    personal: list[str] = []


class _Metadata(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = ""
    queries: list[_QueryModel] = []
    results: list[str] = []


def notebook_spec(path: Path, node: NotebookNode) -> ReportSpec:
    """The specification a notebook declares.

    Raises FormatError naming the notebook and what is wrong with it, UsageError if its metadata have another shape.
    """
    try:
        said = _Metadata.model_validate(node.metadata.get("scorpius", {}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{path}: the notebook's metadata scorpius.{where} is not valid: {first['msg']}; expected is {EXPECTED}"
        ) from error
    queries = tuple(SnapshotQuery(q.name, q.sql, q.when_empty, tuple(q.personal)) for q in said.queries)
    model = parameter_model(path, cell_parameters(path, node))
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-") or "report"
    return ReportSpec(name, said.title or path.stem, str(path), model, queries, tuple(said.results))


def parameter_model(path: Path, declared: list[CellParameter]) -> type[ReportParameters]:
    """A pydantic model with one field per declared parameter, and those every report has."""
    fields: dict[str, Any] = {}
    for parameter in declared:
        if parameter.name == SNAPSHOT_PARAMETER or parameter.name in ReportParameters.model_fields:
            continue
        if parameter.name.startswith(("_", "model_")):
            raise FormatError(f"{path}: a parameter cannot be called {parameter.name}; it starts like a private name")
        extra: Any = {COMPUTED: parameter.computed}
        default = _secret_default(path, parameter) if parameter.type in _SECRETS else parameter.default
        fields[parameter.name] = (
            parameter.type,
            Field(default=default, description=parameter.help or None, json_schema_extra=extra),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a parameter may be called `copy` or `json`
        return create_model("NotebookParameters", __base__=ReportParameters, **fields)


def _secret_default(path: Path, parameter: CellParameter) -> SecretStr | None:
    """The default of a secret is a name, too. Raises FormatError, without the value, if it is not."""
    if parameter.default in (None, ""):
        return None
    if not isinstance(parameter.default, str) or not is_reference(parameter.default):
        raise FormatError(f"{path}: the default of the secret parameter {parameter.name} must be a name, secret:NAME")
    return SecretStr(parameter.default)


def parameter_names(node: NotebookNode) -> tuple[str, ...]:
    """Names assigned in the parameters cell; empty if there is no such cell or it does not parse."""
    cell = parameters_cell(node)
    try:
        tree = ast.parse(cell.source if cell is not None else "")
    except SyntaxError:
        return ()
    return tuple(target.id for _, target, _, _ in _assignments(tree))


def parameters_cell(node: NotebookNode) -> NotebookNode | None:
    """The first cell tagged `parameters`."""
    return next((cell for cell in node.cells if _TAG in cell.metadata.get("tags", ())), None)


def cell_parameters(path: Path, node: NotebookNode) -> list[CellParameter]:
    """What the parameters cell declares, in order. Raises FormatError if it is not Python."""
    cell = parameters_cell(node)
    if cell is None:
        return []
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        raise FormatError(f"{path}: line {error.lineno} of the parameters cell is not Python: {error.msg}") from error
    comments = _comments(cell.source)
    return [
        _parameter(target.id, annotation, value, comments.get(line, ""))
        for line, target, annotation, value in _assignments(tree)
    ]


def _assignments(tree: ast.Module) -> Iterator[tuple[int, ast.Name, ast.expr | None, ast.expr | None]]:
    """Last line, target, annotation and value of each simple assignment at the top level."""
    for statement in tree.body:
        line = statement.end_lineno or statement.lineno
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield line, statement.target, statement.annotation, statement.value
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield line, target, None, statement.value


def _parameter(name: str, annotation: ast.expr | None, value: ast.expr | None, comment: str) -> CellParameter:
    try:
        default = ast.literal_eval(value) if value is not None else None
        computed = value is None
    except (ValueError, TypeError, SyntaxError, MemoryError):
        default, computed = None, True
    if annotation is not None:
        kind = type_of(annotation)
    else:
        kind = Any if default is None else _PLAIN.get(type(default).__name__, Any)
    return CellParameter(name, kind if default is not None or kind is Any else kind | None, default, comment, computed)


def type_of(annotation: ast.expr) -> Any:  # noqa: PLR0911 (one line for each form)
    """The type an annotation means, built from the plain types only (nothing is evaluated); Any for all others."""
    match annotation:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=str(text)):
            return _type_in_text(text)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _PLAIN.get(name, Any)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union(type_of(left), type_of(right))
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=inner):
            return _union(type_of(inner), None)
        case ast.Subscript(value=ast.Name(id="Literal") | ast.Attribute(attr="Literal"), slice=inner):
            return _literal(inner)
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in _GENERIC:
            first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
            return list[type_of(first)]  # type: ignore[misc]
        case ast.Subscript(value=ast.Name(id="dict" | "Dict" | "Mapping")):
            return dict
    return Any


def _type_in_text(text: str) -> Any:
    try:
        return type_of(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError):
        return Any


def _union(left: Any, right: Any) -> Any:
    return Any if Any in (left, right) else left | right


def _literal(inner: ast.expr) -> Any:
    from typing import Literal

    try:
        values = ast.literal_eval(inner)
    except ValueError:
        return Any
    return Literal[values if isinstance(values, tuple) else (values,)]


def _comments(source: str) -> dict[int, str]:
    """The comment at the end of each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}
