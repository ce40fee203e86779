"""Replay: a changed row is named by the figure it moves, and no code of a stranger runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest
from reporting.bundles import IDENTITY, STRANGER, execute, facts, make_bundle, snapshot_at, source, trusting

from scorpius_lab.errors import BundleError, NotebookFailed, UnknownSigner
from scorpius_lab.reporting.bundle import sign_again
from scorpius_lab.reporting.displayed import DisplayedResult, displayed_results
from scorpius_lab.reporting.manifest import ReportState
from scorpius_lab.reporting.replay import Change, Replay, compare, replay_bundle
from scorpius_lab.reporting.trusted import TrustedSigners


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("original") / "bundle").folder


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> TrustedSigners:
    return trusting(tmp_path_factory.mktemp("trusted"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bundle"))


def replay(folder: Path, trusted: TrustedSigners | None, **options) -> Replay:
    return replay_bundle(folder, trusted=trusted, **{"executor": execute, "code_version": "0.1.0", **options})


def change_data(folder: Path, statement: str) -> None:
    with duckdb.connect(str(folder / "data.duckdb")) as connection:
        connection.execute(statement)
    sign_again(folder, IDENTITY)


def test_an_untouched_bundle_is_reproduced(folder: Path, trusted: TrustedSigners) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    result = replay(folder, trusted)
    assert result.sentences == ()
    assert result.same == ("findings", "by_severity")
    assert (result.reproduced, result.exit_code) == (True, 0)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_one_changed_row_names_the_figure_that_moved(folder: Path, trusted: TrustedSigners) -> None:
    change_data(folder, "UPDATE findings SET message = 'fine' WHERE id = 2")
    assert replay(folder, trusted).verification.good
    result = replay(folder, trusted)
    (difference,) = result.differences
    assert (difference.name, difference.change) == ("findings", Change.MOVED)
    assert difference.first == "row 2: 2 | low | old kernel became 2 | low | fine"
    assert difference.old_sha256 != difference.new_sha256
    assert "'findings' moved" in result.sentences[0]
    assert result.same == ("by_severity",)
    assert result.exit_code == 1


def test_a_removed_row_moves_every_figure_built_on_it(folder: Path, trusted: TrustedSigners) -> None:
    change_data(folder, "DELETE FROM findings WHERE id = 3")
    result = replay(folder, trusted)
    assert [d.name for d in result.differences] == ["findings", "by_severity"]
    assert (result.differences[0].old_rows, result.differences[0].new_rows) == (3, 2)
    assert result.differences[0].first.endswith("became nothing")


def test_a_figure_redrawn_by_hand_is_named(folder: Path, trusted: TrustedSigners) -> None:
    path = folder / "report.ipynb"
    path.write_text(path.read_text().replace("<td>low</td><td>2</td>", "<td>low</td><td>9</td>"))
    sign_again(folder, IDENTITY)
    (difference,) = replay(folder, trusted).differences
    assert (difference.name, difference.change) == ("by_severity", Change.SHOWN_DIFFERENTLY)
    assert difference.first == "row 2: low | 9 became low | 2"


def test_missing_and_new_figures_are_named(folder: Path, trusted: TrustedSigners) -> None:
    def renamed(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
        execute(path, parameters, out_path)
        out_path.write_text(out_path.read_text().replace('"by_severity"', '"by_rank"'))

    result = replay(folder, trusted, executor=renamed)
    assert [(d.name, d.change) for d in result.differences] == [
        ("by_severity", Change.MISSING),
        ("by_rank", Change.NEW),
    ]
    assert not result.reproduced


def test_the_notebook_gets_the_recorded_parameters_and_a_copy_of_the_data(
    folder: Path, trusted: TrustedSigners, tmp_path: Path
) -> None:
    given: dict[str, object] = {}

    def watching(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
        given.update(parameters)
        assert json.loads(path.read_text())["cells"][2]["outputs"] == []
        execute(path, parameters, out_path)

    out = tmp_path / "kept"
    replay(folder, trusted, executor=watching, out=out)
    assert given == {"organisation": "Größe & Söhne", "snapshot": "data.duckdb"}
    assert (out / "report.ipynb").exists()


def test_a_notebook_that_stops_is_said(folder: Path, trusted: TrustedSigners) -> None:
    def failing(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
        execute(path, parameters, out_path)
        notebook = json.loads(out_path.read_text())
        notebook["cells"][-1]["outputs"] = []
        out_path.write_text(json.dumps(notebook))
        raise NotebookFailed("cell 4 raised ValueError", partial=out_path)

    result = replay(folder, trusted, executor=failing)
    assert [d.change for d in result.differences] == [Change.MISSING]
    assert any("cell 4 raised ValueError" in sentence for sentence in result.sentences)
    assert not result.reproduced


def test_a_failed_report_is_reproduced_by_failing_again(tmp_path: Path, trusted: TrustedSigners) -> None:
    def failing(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
        execute(path, parameters, out_path)
        raise NotebookFailed("cell 4 raised", partial=out_path)

    bundle = make_bundle(tmp_path / "b", manifest_fields=facts(state=ReportState.FAILED, error="cell 4 raised"))
    again = replay(bundle.folder, trusted, executor=failing)
    assert (again.reproduced, again.exit_code) == (True, 0)
    assert "the report failed when it was made: cell 4 raised" in again.sentences
    assert replay(bundle.folder, trusted).exit_code == 1


def test_a_failed_report_that_fails_elsewhere_is_not_reproduced(tmp_path: Path, trusted: TrustedSigners) -> None:
    def failing(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
        execute(path, parameters, out_path)
        raise NotebookFailed("cell 41 of source.ipynb failed: x", partial=out_path)

    failed = facts(state=ReportState.FAILED, error="cell 4 of mine.ipynb failed: x")
    bundle = make_bundle(tmp_path / "b", manifest_fields=failed)
    assert replay(bundle.folder, trusted, executor=failing).exit_code == 1


def test_without_results_nothing_is_reproduced(tmp_path: Path, trusted: TrustedSigners) -> None:
    def nothing(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
        out_path.write_text(path.read_text())

    bundle = make_bundle(tmp_path / "b", notebook=source())
    result = replay(bundle.folder, trusted, executor=nothing)
    assert (result.reproduced, result.nothing_to_compare, result.exit_code) == (False, True, 3)
    assert "there is nothing to compare" in result.sentences[0]


def test_a_chart_of_ones_own_is_its_specification() -> None:
    import altair as alt

    def shown_chart(y: int) -> tuple[DisplayedResult, ...]:
        chart = alt.Chart(pl.DataFrame({"x": [1, 2], "y": [3, y]})).mark_line().encode(x="x", y="y")
        data = alt.renderers.get()(chart.to_dict())
        output = {"output_type": "display_data", "data": data, "metadata": {}}
        return displayed_results({"cells": [{"cell_type": "code", "outputs": [output]}]})

    assert compare(shown_chart(4), shown_chart(4)) == (("cell-1.1",), ())
    assert [one.change for one in compare(shown_chart(4), shown_chart(5))[1]] == [Change.MOVED]


def test_what_has_no_rows_is_not_counted() -> None:
    def result(sha256: str) -> tuple[DisplayedResult, ...]:
        return (DisplayedResult("cell-1.1", "output", sha256 * 64, None, (), 1, ""),)

    assert compare(result("0"), result("1"))[1][0].sentence == "'cell-1.1' moved: 000000000000 became 111111111111"


def test_another_code_or_package_version_is_said(tmp_path: Path, trusted: TrustedSigners) -> None:
    packages = {"duckdb": "0.0.1", "no-such-package-here": "1"}
    bundle = make_bundle(tmp_path / "b", environment={"packages": packages})
    result = replay(bundle.folder, trusted, code_version="0.2.0")
    assert result.sentences == (
        "made with code version 0.1.0, replayed with 0.2.0",
        f"'duckdb' was '0.0.1', is {duckdb.__version__}",
        "'no-such-package-here' was '1', is not installed",
    )
    assert result.reproduced


def test_code_of_a_broken_or_unknown_bundle_does_not_run(folder: Path, trusted: TrustedSigners) -> None:
    def never(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
        raise AssertionError(path, parameters, out_path)

    with pytest.raises(UnknownSigner, match="runs code"):
        replay(folder, None, executor=never)
    sign_again(folder, STRANGER)
    with pytest.raises(UnknownSigner):
        replay(folder, trusted, executor=never)
    assert replay(folder, trusted, run_unknown_signer=True).reproduced
    (folder / "report.html").write_text("changed")
    with pytest.raises(BundleError, match=r"report\.html was changed"):
        replay(folder, trusted, executor=never, run_unknown_signer=True)


def test_drawings_and_styles_do_not_count_as_shown() -> None:
    def result(html: str) -> tuple[DisplayedResult, ...]:
        return (DisplayedResult("chart", "chart", "0" * 64, 1, ("a",), 1, html),)

    drawn = result("<style>x</style><p>One</p><div><svg><text>1</text></svg></div>")
    assert compare(drawn, result("<p>One</p><div></div>")) == (("chart",), ())
    assert compare(drawn, result("<p>Two</p>"))[1][0].first == "One became Two"


REAL_CELLS = [
    ("parameters", 'snapshot = ""\norganisation = ""'),
    (
        "",
        "import duckdb\nfrom IPython.display import display\n"
        "from scorpius_lab.reporting.results import RESULT_MIME, result_hash\n"
        "with duckdb.connect(snapshot, read_only=True) as connection:\n"
        "    frame = connection.execute('SELECT id, message FROM findings ORDER BY id').pl()",
    ),
    (
        "",
        "rows = ''.join(f'<tr><td>{i}</td><td>{m}</td></tr>' for i, m in frame.rows())\n"
        "result = {'name': 'findings', 'kind': 'table', 'sha256': result_hash(frame), 'rows': frame.height, 'columns': frame.columns}\n"
        "display({'text/html': f'<table>{rows}</table>', RESULT_MIME: result, 'text/plain': organisation}, raw=True)",
    ),
]


def test_a_real_kernel_names_the_figure_whose_row_was_changed(tmp_path: Path) -> None:
    import nbformat

    from scorpius_lab.reporting.execute import execute_notebook
    from scorpius_lab.reporting.kernel_pool import KernelPool

    cells = [nbformat.v4.new_code_cell(text, metadata={"tags": [tag] if tag else []}) for tag, text in REAL_CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "source.ipynb")
    snapshot_at(tmp_path / "data.duckdb")
    given = {"snapshot": "data.duckdb", "organisation": "Größe"}
    known = trusting(tmp_path)
    with KernelPool(preload=("duckdb", "polars")) as pool:
        run = partial(execute_notebook, pool=pool)
        bundle = make_bundle(
            tmp_path / "bundle", notebook=run(tmp_path / "source.ipynb", given, tmp_path / "report.ipynb")
        )
        assert replay_bundle(bundle.folder, trusted=known, executor=run).same == ("findings",)
        change_data(bundle.folder, "UPDATE findings SET message = 'fine' WHERE id = 2")
        (difference,) = replay_bundle(bundle.folder, trusted=known, executor=run).differences
    assert (difference.name, difference.first) == ("findings", "row 2: 2 | old kernel became 2 | fine")
