"""A written bundle: what is in it, that others can check it, and that nothing half or secret is left behind."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from reporting.bundles import (
    AS_OF,
    IDENTITY,
    KEPT_BACK,
    PUBLIC,
    blob,
    execute,
    facts,
    make_bundle,
    sha256,
    snapshot_at,
    source,
)

from scorpius_lab.core.evidence import Classification
from scorpius_lab.errors import BundleError
from scorpius_lab.reporting.bundle import CitedBlob, verify_commands
from scorpius_lab.reporting.displayed import displayed_results, source_hash, source_notebook
from scorpius_lab.reporting.leaks import scan_for_secrets, secret_values
from scorpius_lab.reporting.manifest import Manifest, ReportState

SECRET = 'S3cr"et<&>/ü-token'


def test_a_bundle_holds_what_it_should(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "compliance")
    names = sorted(p.relative_to(bundle.folder).as_posix() for p in bundle.folder.rglob("*") if p.is_file())
    assert names == sorted(
        [
            "SHA256SUMS",
            "SHA256SUMS.ed25519.sig",
            "SHA256SUMS.ml-dsa-65.sig",
            "data.duckdb",
            "environment.json",
            f"evidence/{sha256(PUBLIC)}",
            "evidence/withheld.csv",
            "manifest.json",
            "report.html",
            "report.ipynb",
            "signer-ed25519.pem",
            "signer-ml-dsa-65.pem",
        ]
    )
    assert [p.name for p in tmp_path.iterdir()] == ["compliance"]


def test_the_manifest_says_what_the_report_is(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "b")
    manifest = json.loads((bundle.folder / "manifest.json").read_text())
    assert manifest["as_of"] == "2026-03-01T06:00:00.000000Z"
    assert manifest["parameters"] == {"organisation": "Größe & Söhne"}
    assert manifest["runs"] == ["a" * 64, "b" * 64]
    assert [r["name"] for r in manifest["results"]] == ["findings", "by_severity"]
    assert manifest["results"][1]["rows"] == 2
    assert manifest["notebook"]["source_sha256"] == source_hash(source())
    assert manifest["signer"]["id"] == IDENTITY.signer.id
    assert manifest["state"] == "complete"
    listed = {f["name"]: f for f in manifest["files"]}
    assert listed["data.duckdb"]["size"] == (bundle.folder / "data.duckdb").stat().st_size
    assert "manifest.json" not in listed
    assert bundle.complete


def test_a_failed_report_is_marked_failed(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "b", manifest_fields=facts(state=ReportState.FAILED, error="cell 3 raised"))
    assert not bundle.complete
    assert bundle.manifest.error == "cell 3 raised"


def test_sha256sum_accepts_the_sums(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "b", pdf=b"%PDF-1.7\n").folder
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "report.pdf: OK" in done.stdout
    names = [line[66:] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    assert names == sorted(names)


def openssl_for(command: str) -> str | None:
    at_least = (3, 5) if "ml-dsa" in command else (3, 0)
    for program in (shutil.which("openssl"), os.environ.get("OPENSSL_35")):
        if program is None:
            continue
        found = re.match(
            r"OpenSSL (\d+)\.(\d+)",
            subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout,
        )
        if found and (int(found[1]), int(found[2])) >= at_least:
            return str(Path(program).parent)
    return None


@pytest.mark.parametrize("number", range(4))
def test_the_printed_commands_work_exactly_as_printed(tmp_path: Path, number: int) -> None:
    folder = make_bundle(tmp_path / "b").folder
    command = verify_commands(IDENTITY.signer)[number]
    path = openssl_for(command) if "openssl" in command else "/usr/bin"
    if path is None:
        pytest.skip("needs an OpenSSL of 3.5 or later, in PATH or named by OPENSSL_35")
    environment = {"PATH": f"{path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    if number == 0:
        assert done.stdout.split()[0] == IDENTITY.signer.id == command.split()[-1]
        return
    with (folder / "SHA256SUMS").open("a") as file:
        file.write("0" * 64 + "  report.html\n")
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0


def test_evidence_that_may_not_be_shown_is_listed_and_not_written(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "b").folder
    (row,) = csv.DictReader((folder / "evidence/withheld.csv").open())
    assert row["sha256"] == sha256(KEPT_BACK)
    assert row["reason"] == "classified personal"
    assert row["holder"]
    assert not any(KEPT_BACK in p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_the_strictest_classification_of_a_blob_counts(tmp_path: Path) -> None:
    twice = [blob(PUBLIC, Classification.CONFIDENTIAL), blob(PUBLIC, Classification.PUBLIC)]
    folder = make_bundle(tmp_path / "b", evidence=twice).folder
    assert not (folder / "evidence" / sha256(PUBLIC)).exists()


def test_a_cell_of_the_list_is_never_a_formula(tmp_path: Path) -> None:
    evil = CitedBlob("a" * 64, "=1+1", 1, Classification.PERSONAL, lambda: b"", holder="@SUM(A1)")
    text = (make_bundle(tmp_path / "b", evidence=[evil]).folder / "evidence/withheld.csv").read_text()
    assert ",'=1+1," in text
    assert ",'@SUM(A1)" in text


def test_evidence_that_does_not_hash_to_its_name_stops_everything(tmp_path: Path) -> None:
    wrong = CitedBlob("a" * 64, "text/plain", 1, Classification.PUBLIC, lambda: b"x")
    with pytest.raises(BundleError, match="a" * 64):
        make_bundle(tmp_path / "out" / "b", evidence=[wrong])
    assert not list((tmp_path / "out").glob("*b")) or not (tmp_path / "out" / "b").exists()
    assert not list((tmp_path / "out").glob(".b.*"))


def test_a_bundle_is_never_overwritten(tmp_path: Path) -> None:
    make_bundle(tmp_path / "b")
    with pytest.raises(BundleError, match="never overwritten"):
        make_bundle(tmp_path / "b")


@pytest.mark.parametrize(
    "written",
    [
        {"html": f"<p>{SECRET}</p>"},
        {"html": "<p>S3cr&quot;et&lt;&amp;&gt;/ü-token</p>"},
        {"html": "data:;base64," + base64.b64encode(b"x" + SECRET.encode() + b"yz").decode()},
        {"environment": {"variables": {"TOKEN": SECRET}}},
        {"manifest_fields": facts(parameters={"token": SECRET})},
        {"evidence": [blob(f"password={SECRET}".encode(), Classification.PUBLIC)]},
    ],
)
def test_a_planted_secret_stops_the_bundle_and_is_not_repeated(tmp_path: Path, written: dict) -> None:
    with pytest.raises(BundleError, match="a secret would be in the bundle") as raised:
        make_bundle(tmp_path / "b", secrets=[SECRET], **written)
    assert SECRET not in str(raised.value)
    assert not (tmp_path / "b").exists()


def test_a_secret_in_the_data_is_found_in_its_column(tmp_path: Path) -> None:
    import duckdb

    snapshot = snapshot_at(tmp_path / "data.duckdb")
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute(
            "CREATE TABLE wide AS SELECT i, ['a', CASE WHEN i = 70000 THEN $1 END] AS list FROM range(100000) t(i)",
            [SECRET],
        )
    places = {leak.place for leak in scan_for_secrets(tmp_path, [SECRET])}
    assert "data.duckdb, table wide, column list" in places
    with pytest.raises(BundleError, match="column list"):
        make_bundle(tmp_path / "b", snapshot_path=snapshot, secrets=[SECRET])


def test_a_secret_across_two_chunks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scorpius_lab.reporting.leaks.CHUNK", 10)
    (tmp_path / "file").write_bytes(b"12345678" + SECRET.encode() + b"rest")
    assert [leak.file for leak in scan_for_secrets(tmp_path, [SECRET])] == ["file"]
    assert scan_for_secrets(tmp_path, ["something else"]) == []


def test_secrets_are_found_by_the_name_of_their_variable() -> None:
    environ = {
        "SCORPIUS_KEY_PASSPHRASE": "correct horse",
        "SCORPIUS_STORE_KEY": "5f" * 32,
        "HOME": "/home/alice",
        "API_TOKEN": "abc",
    }
    assert secret_values(environ, ["more secret"]) == {"correct horse", "5f" * 32, "more secret"}


def test_a_clean_bundle_passes_the_sweep(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "b", secrets=[SECRET]).folder
    assert scan_for_secrets(folder, [SECRET]) == []


def test_the_source_is_what_the_notebook_was_before_it_ran(tmp_path: Path) -> None:
    (tmp_path / "s.ipynb").write_text(json.dumps(source()))
    execute(tmp_path / "s.ipynb", {"snapshot": str(snapshot_at(tmp_path / "d.duckdb"))}, tmp_path / "r.ipynb")
    executed = json.loads((tmp_path / "r.ipynb").read_text())
    fresh = source_notebook(executed)
    assert source_hash(fresh) == source_hash(executed) == source_hash(source())
    assert all(not cell.get("outputs") for cell in fresh["cells"])
    assert "papermill" not in fresh["metadata"]


def test_plain_outputs_and_repeated_names_have_results_too() -> None:
    output = {"output_type": "display_data", "data": {"text/html": ["<b>", "1</b>"]}, "metadata": {}}
    named = {"name": "t", "kind": "table", "sha256": "0" * 64, "rows": 1, "columns": ["a"]}
    stated = {"output_type": "display_data", "data": {"application/vnd.scorpius.result+json": named}, "metadata": {}}
    stream = {"output_type": "stream", "text": "x"}
    notebook = {"cells": [{"cell_type": "code", "source": "", "outputs": [output, stream, stated, stated]}]}
    assert [r.name for r in displayed_results(notebook)] == ["cell-1.1", "t", "t#2"]


def test_a_manifest_has_one_form(tmp_path: Path) -> None:
    content = (make_bundle(tmp_path / "b").folder / "manifest.json").read_bytes()
    assert Manifest.from_json(content).to_json() == content
    for changed in (
        content + b" ",
        content.replace(b'"format_version": 1', b'"format_version": 1, "format_version": 1'),
    ):
        with pytest.raises(BundleError, match="one form"):
            Manifest.from_json(changed)
    with pytest.raises(BundleError, match="update scorpius_lab"):
        Manifest.from_json(content.replace(b'"format_version": 1', b'"format_version": 2'))
    assert AS_OF.tzinfo is not None
