"""`scorpius report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from scorpius_lab.cli.output import progress, records, show
from scorpius_lab.cli.session import FailOn, FailOnOption, JsonOption, LabOption, end, say, the_lab, verb
from scorpius_lab.core.rules import Severity
from scorpius_lab.errors import NotebookFailed

_COLUMNS = {"name": "report", "state": "state", "headline": "headline", "path": "bundle"}


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(app, "report")
    def report(
        *,
        names: Annotated[
            list[str],
            typer.Argument(
                metavar="NAME...", help="Supplied reports, or paths of .ipynb files; `list` shows the supplied ones."
            ),
        ],
        parameter: Annotated[
            list[str] | None, typer.Option("--parameter", "-p", metavar="KEY=VALUE", help="A parameter; repeatable.")
        ] = None,
        out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder of the bundles.")] = None,
        form: Annotated[
            list[str] | None, typer.Option("--format", metavar="html|pdf|ipynb", help="Forms wanted; repeatable.")
        ] = None,
        redact: Annotated[
            bool,
            typer.Option(
                "--redact",
                help="Mask columns marked personal; withhold evidence that holds what was masked. "
                "Without it, report.html and report.ipynb show them to whoever has the bundle, encrypted lab or not.",
            ),
        ] = False,
        fail_on: FailOnOption = FailOn.HIGH,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make signed report bundles, several at once in parallel.

        Exits 1 when a report failed or shows an open finding at or above --fail-on, 3 when none had anything to read.
        """
        del lab, as_json
        if names == ["list"]:
            _list()
            return
        from scorpius_lab.reporting.parameters import split_pairs

        parameters = split_pairs(parameter or [])
        opened = the_lab()
        try:
            with progress() as tell:
                made = opened.report(names, parameters, out=out, format=form, redact=redact, progress=tell)
        except NotebookFailed as error:
            show([_row(bundle) for bundle in error.bundles], _COLUMNS, empty="no bundle was written")
            raise
        show(made, _COLUMNS, empty="no report was made")
        end(_exit_code(records(made), fail_on))


def _exit_code(rows: list[dict[str, Any]], fail_on: FailOn) -> int:
    found = sum(row[f"open_{severity}"] for row in rows for severity in Severity if fail_on.reached_by(severity))
    if found:
        say(f"{found} open finding(s) at or above {fail_on}: `scorpius findings list --severity {fail_on}`")
        return 1
    if not any(row["rows"] for row in rows):
        say(
            "there was nothing to read: look first (`scorpius check`, `scorpius threats scan`, `scorpius chain ingest` "
            "and `scorpius chain detect`), then report"
        )
        return 3
    return 0


def _row(bundle: object) -> dict[str, object]:
    manifest = getattr(bundle, "manifest", None)
    return {
        "name": getattr(manifest, "report", None),
        "state": getattr(manifest, "state", None),
        "headline": getattr(manifest, "headline", None),
        "path": str(getattr(bundle, "folder", "")),
        "signer": getattr(getattr(manifest, "signer", None), "short_id", None),
    }


def _list() -> None:
    from scorpius_lab.reporting.reports import REPORTS, load_spec

    rows = []
    for name in REPORTS:
        spec = load_spec(name)
        fields = spec.parameters.model_fields
        rows.append({"name": name, "title": spec.title, "parameters": list(fields), "notebook": spec.notebook})
    show(rows, {"name": "report", "title": "title", "parameters": "parameters"}, empty="no reports are supplied")
