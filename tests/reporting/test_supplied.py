"""The supplied reports: their notebooks, parameters and queries fit together, and an empty lab gives honest pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scorpius_lab.errors import UsageError
from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting import reports
from scorpius_lab.reporting.execute import read_notebook
from scorpius_lab.reporting.kernels import imported_names
from scorpius_lab.reporting.notebook_spec import parameter_names
from scorpius_lab.reporting.reports import REPORTS, load_spec, notebook_folder, notebook_path
from scorpius_lab.reporting.runner import ReportRequest, make_reports
from scorpius_lab.reporting.snapshot import bindings, plan
from scorpius_lab.reporting.verify import verify_bundle


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return init_lab(tmp_path_factory.mktemp("supplied") / "lab")


@pytest.mark.parametrize("name", REPORTS)
def test_a_notebook_is_thin_and_stripped_and_declares_known_parameters(name: str) -> None:
    spec = load_spec(name)
    node = read_notebook(notebook_path(spec))
    names = parameter_names(node)
    assert spec.name == name
    assert names[0] == "snapshot"
    assert set(names[1:]) <= set(spec.parameters.model_fields)
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert max(len(cell.source.splitlines()) for cell in code) <= 8
    assert imported_names(node) <= {"scorpius_lab"}
    assert len(set(spec.results)) == len(spec.results)


@pytest.mark.parametrize("name", REPORTS)
def test_every_query_fits_the_store(name: str, lab: Lab) -> None:
    spec = load_spec(name)
    values = bindings(spec.parameters(as_of=lab.clock()))
    with lab.store.read("test") as connection:
        planned = {query.name: plan(connection, query, values) for query in spec.queries}
    assert all(planned.values())
    assert all(query.when_empty.strip().endswith(".") for query in spec.queries)


def test_an_installed_package_brings_its_notebooks_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a checkout there is no pyproject.toml beside the package."""
    monkeypatch.setattr(reports, "files", lambda _: tmp_path / "site-packages" / "scorpius_lab")
    folder = tmp_path / "site-packages" / "scorpius_lab" / "supplied" / "notebooks" / "reports"
    assert notebook_folder() == folder
    with pytest.raises(UsageError, match=r"compliance\.ipynb of report compliance is not installed"):
        notebook_path(load_spec("compliance"))


def test_no_notebook_lies_about_without_a_report() -> None:
    assert {path.stem for path in notebook_folder().glob("*.ipynb")} == set(REPORTS)


def test_an_empty_lab_gives_three_pages_that_say_nothing_was_looked_at(lab: Lab, tmp_path: Path) -> None:
    bundles = make_reports(lab, [ReportRequest(name) for name in REPORTS])
    for bundle in bundles:
        spec = load_spec(bundle.manifest.report)
        assert bundle.complete
        assert {result.name for result in bundle.manifest.results} >= set(spec.results)
        assert not verify_bundle(bundle.folder).problems
    assert {bundle.folder.parent for bundle in bundles} == {lab.report_folder}
    assert (lab.report_folder / "index.html").is_file()


def test_the_slow_grammar_is_loaded_at_the_first_validation_only() -> None:
    """nbformat and altair import jsonschema, and that a grammar which takes a second to compile."""
    script = (
        "import sys\n"
        "from scorpius_lab.reporting.quick_import import defer_iri_grammar\n"
        "defer_iri_grammar()\n"
        "import jsonschema, nbformat\n"
        "assert 'rfc3987_syntax.syntax_helpers' not in sys.modules\n"
        "check = jsonschema.FormatChecker().conforms\n"
        "print(check('http://bücher.example/ä', 'iri'), check('not an iri', 'iri'), check('a b', 'iri-reference'))\n"
        "import rfc3987_syntax\n"
        "print(rfc3987_syntax.__spec__ is not None, 'rfc3987_syntax.syntax_helpers' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False", "True", "True"]
