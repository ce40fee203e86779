"""Parameters are typed and checked before anything starts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook
from pydantic import Field, SecretStr

from scorpius_lab.errors import FormatError, ParameterError, UsageError
from scorpius_lab.reporting.notebook_spec import notebook_spec, parameter_names
from scorpius_lab.reporting.parameters import from_text, injected, secret_names, split_pairs, validated
from scorpius_lab.reporting.snapshot import bindings, recorded
from scorpius_lab.reporting.spec import ReportParameters, ReportSpec

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Parameters(ReportParameters):
    framework: Literal["soc2", "iso27001"] = "soc2"
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    share: float = 0.5
    live: bool = True
    hosts: tuple[str, ...] = ()
    labels: Annotated[dict[str, str], Field(default_factory=dict)]
    since: date | None = None
    token: SecretStr | None = None


SPEC = ReportSpec("compliance", "Compliance", "compliance.ipynb", Parameters, (), ())


def user_spec(source: str, metadata: dict[str, Any] | None = None) -> ReportSpec:
    cell = new_code_cell(source, metadata={"tags": ["parameters"]})
    node = new_notebook(cells=[new_code_cell("1"), cell], metadata={"scorpius": metadata} if metadata else {})
    return notebook_spec(Path("mine/quarterly report.ipynb"), node)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("framwork", "did you mean framework"), ("asof", "did you mean as_of"), ("zzz", "it takes as_of")],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(ParameterError, match=f"report compliance has no parameter {name}; {hint}"):
        validated(SPEC, {name: "soc2"}, now=NOW)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("framework", "sox", "str"),
        ("limit", "many", "str"),
        ("limit", 0, "int"),
        ("limit", 1.5, "float"),
        ("live", 5, "int"),
        ("hosts", 7, "int"),
        ("labels", [1], "list"),
        ("as_of", "yesterday", "str"),
        ("organisation", None, "NoneType"),
    ],
)
def test_a_wrong_value_is_named_with_its_type(name: str, value: object, kind: str) -> None:
    with pytest.raises(ParameterError, match=rf"parameter {name} of compliance does not fit: .*\(given: {kind}\)"):
        validated(SPEC, {name: value}, now=NOW)


def test_texts_become_values_of_the_declared_types() -> None:
    texts = {
        "limit": "5",
        "live": "false",
        "hosts": "a, b,c",
        "labels": '{"team": "x"}',
        "since": "2026-01-02",
        "share": "1e-3",
        "framework": "iso27001",
        "as_of": "2026-05-01",
    }
    parameters = validated(SPEC, from_text(SPEC, texts), now=NOW)
    assert isinstance(parameters, Parameters)
    assert (parameters.limit, parameters.live, parameters.hosts) == (5, False, ("a", "b", "c"))
    assert (parameters.labels, parameters.since, parameters.share) == ({"team": "x"}, date(2026, 1, 2), 0.001)
    assert parameters.as_of == datetime(2026, 5, 1, tzinfo=UTC)
    assert from_text(SPEC, {"hosts": '["a, b"]', "since": ""}) == {"hosts": ["a, b"], "since": None}


def test_now_is_resolved_once_and_the_future_refused() -> None:
    assert validated(SPEC, {}, now=NOW).as_of == NOW
    elsewhere = NOW.astimezone(tz=None)
    assert validated(SPEC, {"as_of": elsewhere}, now=NOW).as_of == NOW
    with pytest.raises(ParameterError, match="in the future"):
        validated(SPEC, {"as_of": NOW + timedelta(seconds=1)}, now=NOW)


@pytest.mark.parametrize("value", ["hunter2-planted", "secret:", "secret:has space", 5, SecretStr("hunter2-planted")])
def test_a_secret_is_taken_by_name_only_and_never_echoed(value: object) -> None:
    with pytest.raises(ParameterError, match="give its name as secret:NAME") as error:
        validated(SPEC, {"token": value}, now=NOW)
    assert "hunter2" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_secret_stays_a_name_wherever_parameters_are_written() -> None:
    parameters = validated(SPEC, {"token": "secret:SCANNER_TOKEN"}, now=NOW)
    assert recorded(parameters)["token"] == "secret:SCANNER_TOKEN"
    assert injected(parameters, ("token",), "data.duckdb")["token"] == "secret:SCANNER_TOKEN"
    assert "token" not in bindings(parameters)
    assert secret_names(parameters) == ("SCANNER_TOKEN",)


def test_a_broken_value_beside_a_secret_shows_neither() -> None:
    with pytest.raises(ParameterError) as error:
        validated(SPEC, {"token": "secret:X", "limit": "hunter2-planted"}, now=NOW)
    assert "hunter2" not in str(error.value)


def test_snapshot_belongs_to_the_runner() -> None:
    with pytest.raises(ParameterError, match="snapshot of compliance is set by the runner"):
        validated(SPEC, {"snapshot": "/etc/passwd"}, now=NOW)


def test_only_what_the_cell_declares_is_injected() -> None:
    parameters = validated(SPEC, {"limit": 3}, now=NOW)
    assert injected(parameters, ("limit", "since"), "data.duckdb") == {
        "snapshot": "data.duckdb",
        "limit": 3,
        "since": None,
    }


def test_pairs_are_split_at_the_first_sign() -> None:
    assert split_pairs(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    with pytest.raises(UsageError, match="name=value"):
        split_pairs(["a"])
    with pytest.raises(UsageError, match="a is given twice"):
        split_pairs(["a=1", "a=2"])


# -- a user's notebook


def test_types_come_from_annotations_and_defaults() -> None:
    spec = user_spec(
        'snapshot = ""\n'
        'framework: str = "soc2"  # which framework to show\n'
        "limit = 20\n"
        "share: float = 1\n"
        "live = True\n"
        'hosts: list[str] = ["a"]\n'
        "since: datetime | None = None\n"
        'mode: Literal["a", "b"] = "a"\n'
        "weights = {'x': 1.0}\n"
        "anything = None\n"
        "computed = frozenset(range(3))\n"
        'token: SecretStr = "secret:NAME"\n'
        'text = "a # b = c"  # not a comment inside\n'
    )
    fields = spec.parameters.model_fields
    assert spec.name == "quarterly-report"
    assert "snapshot" not in fields
    assert fields["framework"].description == "which framework to show"
    assert fields["text"].default == "a # b = c"
    assert (fields["limit"].annotation, fields["live"].annotation) == (int, bool)
    parameters = validated(
        spec, from_text(spec, {"limit": "5", "hosts": "x,y", "live": "no", "anything": "1"}), now=NOW
    )
    values = injected(parameters, ("limit", "hosts", "live", "computed", "since", "anything"), "d")
    assert values == {"snapshot": "d", "limit": 5, "hosts": ["x", "y"], "live": False, "since": None, "anything": "1"}
    for name, value in (("limit", "x"), ("mode", "c"), ("hosts", 1), ("since", "never"), ("token", "value")):
        with pytest.raises(ParameterError, match=f"parameter {name} "):
            validated(spec, {name: value}, now=NOW)
    with pytest.raises(ParameterError, match="did you mean framework"):
        validated(spec, {"framwork": "x"}, now=NOW)


def test_a_notebook_without_parameters_takes_those_every_report_has() -> None:
    node = new_notebook(cells=[new_code_cell("x = 1")])
    spec = notebook_spec(Path("plain.ipynb"), node)
    assert set(spec.parameters.model_fields) == {"as_of", "organisation"}
    assert parameter_names(node) == ()


def test_queries_and_results_come_from_the_metadata() -> None:
    metadata = {
        "title": "Mine",
        "queries": [{"name": "t", "sql": "SELECT 1 AS a", "when_empty": "Nothing.", "personal": ["a"]}],
        "results": ["rows"],
    }
    spec = user_spec("x = 1", metadata)
    assert (spec.title, spec.results, spec.queries[0].personal) == ("Mine", ("rows",), ("a",))


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        ({"queries": [{"name": "t"}]}, r"scorpius\.queries\.0\.sql"),
        ({"queries": "SELECT 1"}, r"scorpius\.queries"),
        ({"quieries": []}, r"scorpius\.quieries"),
    ],
)
def test_wrong_metadata_is_named(metadata: dict[str, Any], where: str) -> None:
    with pytest.raises(UsageError, match=f"quarterly report.ipynb: the notebook's metadata {where}.*expected is"):
        user_spec("x = 1", metadata)


def test_a_parameters_cell_that_is_not_python_is_named() -> None:
    with pytest.raises(FormatError, match="line 2 of the parameters cell is not Python"):
        user_spec("x = 1\ny = = 2")
    with pytest.raises(FormatError, match="secret parameter token must be a name") as error:
        user_spec("token: SecretStr = 'hunter2-planted'")
    assert "hunter2" not in str(error.value)
    with pytest.raises(FormatError, match="cannot be called _private"):
        user_spec("_private = 1")


def test_nothing_in_the_parameters_cell_is_executed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    user_spec(f"x: open({str(trace)!r}, 'w') = open({str(trace)!r}, 'w')\ny: \"__import__('os')\" = 1")
    assert not trace.exists()


@given(st.text(max_size=200))
def test_any_text_in_a_parameters_cell_gives_a_model_or_a_clear_error(source: str) -> None:
    try:
        spec = user_spec(source)
    except FormatError:
        return
    assert spec.parameters().as_of is None


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
        st.integers() | st.text(max_size=20) | st.booleans(),
        max_size=5,
    )
)
def test_literal_defaults_survive_the_way_through_the_cell(values: dict[str, Any]) -> None:
    values = {name: value for name, value in values.items() if not name.startswith("model_") and not _keyword(name)}
    spec = user_spec("\n".join(f"{name} = {value!r}" for name, value in values.items()))
    given_again = injected(validated(spec, {}, now=NOW), tuple(values), "d")
    expected = {name: value for name, value in values.items() if name not in ("snapshot", "as_of", "organisation")}
    assert {name: given_again[name] for name in expected} == expected


def _keyword(name: str) -> bool:
    import keyword

    return keyword.iskeyword(name)


def test_notebooks_survive_nbformat(tmp_path: Path) -> None:
    node = new_notebook(cells=[new_code_cell("n: int = 1", metadata={"tags": ["parameters"]})])
    nbformat.write(node, tmp_path / "x.ipynb")
    assert parameter_names(nbformat.read(tmp_path / "x.ipynb", 4)) == ("n",)
