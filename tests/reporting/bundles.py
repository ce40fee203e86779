"""A small real bundle for the tests of bundle, verify and replay, made without a kernel."""

from __future__ import annotations

import hashlib
import html
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from scorpius_lab.core.evidence import Classification
from scorpius_lab.core.signing import SigningIdentity
from scorpius_lab.reporting.bundle import Bundle, CitedBlob, write_bundle
from scorpius_lab.reporting.manifest import ReportFacts
from scorpius_lab.reporting.results import RESULT_MIME, result_hash
from scorpius_lab.reporting.trusted import TrustedSigners, add_trusted_signer, list_trusted_signers

if TYPE_CHECKING:
    import polars as pl

IDENTITY = SigningIdentity.from_seeds(b"\5" * 32, b"\6" * 32)
STRANGER = SigningIdentity.from_seeds(b"\7" * 32, b"\x08" * 32)
AS_OF = datetime(2026, 3, 1, 6, tzinfo=UTC)
PUBLIC = b"PermitRootLogin no\n"
KEPT_BACK = b"alice:$6$hash\n"
NAMES = ("findings", "by_severity")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def blob(content: bytes, classification: Classification) -> CitedBlob:
    return CitedBlob(sha256(content), "text/plain", len(content), classification, lambda: content)


def snapshot_at(path: Path) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE findings (id INTEGER, severity VARCHAR, actor VARCHAR, message VARCHAR)")
        connection.execute(
            "INSERT INTO findings VALUES (1, 'high', 'alice', 'root login allowed'), (2, 'low', 'bob', 'old kernel'), (3, 'low', 'alice', 'alice has no password')"
        )
        connection.execute("CREATE TABLE _parameters (json VARCHAR)")
    return path


def source() -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {"tags": ["parameters"]}, "source": 'snapshot = ""'},
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "## Findings"},
        {"cell_type": "code", "id": "c", "metadata": {}, "source": "view.findings(report)"},
        {"cell_type": "code", "id": "d", "metadata": {}, "source": "view.by_severity(report)"},
    ]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}


def shown(name: str, frame: pl.DataFrame) -> dict[str, Any]:
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(str(v))}</td>" for v in row) + "</tr>" for row in frame.rows())
    result = {
        "name": name,
        "kind": "table",
        "title": name,
        "sha256": result_hash(frame),
        "rows": frame.height,
        "columns": frame.columns,
    }
    data = {"text/html": f"<table>{rows}</table>", RESULT_MIME: result, "text/plain": name}
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}


def execute(path: Path, parameters: Mapping[str, object], out_path: Path) -> None:
    """Stands in for a kernel: computes the two results of `source` from the snapshot it is given."""
    notebook = json.loads(path.read_text())
    with duckdb.connect(str(out_path.parent / str(parameters["snapshot"])), read_only=True) as connection:
        frames = {
            "findings": connection.execute("SELECT id, severity, message FROM findings ORDER BY id").pl(),
            "by_severity": connection.execute(
                "SELECT severity, count(*) AS n FROM findings GROUP BY 1 ORDER BY 1"
            ).pl(),
        }
    injected = "\n".join(f"{k} = {v!r}" for k, v in parameters.items())
    cell = {
        "cell_type": "code",
        "id": "i",
        "metadata": {"tags": ["injected-parameters"]},
        "source": injected,
        "outputs": [],
        "execution_count": 1,
    }
    for place, name in ((2, "findings"), (3, "by_severity")):
        notebook["cells"][place]["outputs"] = [shown(name, frames[name])]
    notebook["cells"].insert(1, cell)
    notebook["metadata"]["papermill"] = {"parameters": dict(parameters)}
    out_path.write_text(json.dumps(notebook))


def facts(**changes: Any) -> ReportFacts:
    values: dict[str, Any] = {
        "name": "compliance",
        "title": "Two of three findings are low",
        "as_of": AS_OF,
        "code_version": "0.1.0",
        "parameters": {"organisation": "Größe & Söhne"},
        "runs": ["b" * 64, "a" * 64],
    }
    return ReportFacts(**{**values, **changes})


def make_bundle(folder: Path, *, signer: SigningIdentity = IDENTITY, **changes: Any) -> Bundle:
    work = folder.parent / f"{folder.name}-work"
    work.mkdir(parents=True)
    (work / "source.ipynb").write_text(json.dumps(source()))
    snapshot = snapshot_at(work / "data.duckdb")
    execute(work / "source.ipynb", {"snapshot": "data.duckdb", "organisation": "Größe & Söhne"}, work / "report.ipynb")
    arguments: dict[str, Any] = {
        "html": "<!doctype html><title>Report</title><p>Größe</p>",
        "notebook": json.loads((work / "report.ipynb").read_text()),
        "snapshot_path": snapshot,
        "evidence": [blob(PUBLIC, Classification.INTERNAL), blob(KEPT_BACK, Classification.PERSONAL)],
        "environment": {"python": "3.11", "packages": {"duckdb": duckdb.__version__}},
        "manifest_fields": facts(),
    }
    bundle = write_bundle(folder, signer=signer, **{**arguments, **changes})
    shutil.rmtree(work)
    return bundle


def trusting(folder: Path, signer: SigningIdentity = IDENTITY, origin: Any = "imported") -> TrustedSigners:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "trusted_signers.json"
    add_trusted_signer(path, signer.signer, "Audit lead", origin=origin, at=AS_OF)
    return list_trusted_signers(path)
