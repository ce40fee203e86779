"""The lab as a notebook holds it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from pydantic import BaseModel

import scorpius_lab
from scorpius_lab import Lab, init_lab, open_lab
from scorpius_lab.core.components import Component, EngineFunction
from scorpius_lab.errors import ParameterError, QueryError, StoreKeyError, StoreMissing, UsageError


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return init_lab(tmp_path / "lab")


def test_the_public_names_are_these() -> None:
    names = ["Engine", "Lab", "__version__", "init_lab", "initialize_scorpius", "open_lab"]
    assert sorted(scorpius_lab.__all__) == names
    assert all(hasattr(scorpius_lab, name) for name in scorpius_lab.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        scorpius_lab.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, scorpius_lab\n"
        "print([m for m in ('duckdb', 'polars', 'pandas', 'altair', 'numpy', 'cryptography') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_new_lab_is_private_configured_and_empty(lab: Lab) -> None:
    assert stat.S_IMODE(lab.path.stat().st_mode) == 0o700
    assert (lab.path / "scorpius.yaml").read_text().startswith("#")
    assert lab.findings.list().is_empty()
    assert lab.runs().is_empty()
    assert [entry.origin for entry in lab.trust.signers().entries] == ["self"]
    assert [entry.action for entry in lab.audit.entries()] == ["lab.created"]


def test_making_a_lab_twice_keeps_what_is_there(lab: Lab) -> None:
    file = lab.path / "note.txt"
    file.write_text("kept")
    lab.evidence.add(file)
    again = init_lab(lab.path)
    assert len(again.evidence.list()) == 1
    assert again.trust.signers().entries == lab.trust.signers().entries


def test_no_lab_and_a_foreign_folder_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="scorpius init"):
        open_lab(tmp_path / "nowhere")


def test_sql_gives_polars_and_pandas_gives_pandas(lab: Lab) -> None:
    assert isinstance(lab.sql("SELECT count(*) AS n FROM findings"), pl.DataFrame)
    frame = lab.pandas("SELECT $a AS a", {"a": 3})
    assert isinstance(frame, pd.DataFrame)
    assert frame["a"].tolist() == [3]


def test_an_unknown_function_and_a_wrong_parameter_are_named(lab: Lab) -> None:
    with pytest.raises(UsageError, match=r"compliance\.chek"):
        lab.call("compliance.chek")
    with pytest.raises(ParameterError, match=r"compliance\.check has no parameter 'check'"):
        lab.call("compliance.check", {"check": ["x"]})
    assert lab.runs().is_empty()


def test_every_function_has_a_typed_parameter_model_and_a_summary(lab: Lab) -> None:
    functions = lab.functions()
    assert {"compliance.check", "threats.scan", "benchmark.run"} <= set(functions)
    for function in functions.values():
        assert isinstance(function, EngineFunction)
        assert issubclass(function.parameters, BaseModel)
        assert function.parameters.model_config.get("extra") == "forbid"
        assert len(function.summary) > 20


def test_rules_of_all_engines_have_different_ids(lab: Lab) -> None:
    ids = [rule.id for rule in lab.rules()]
    assert len(ids) == len(set(ids)) > 50


def test_an_encrypted_lab_needs_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORPIUS_STORE_KEY", "12" * 32)
    lab = init_lab(tmp_path / "lab", overrides={"store.encryption": True})
    file = tmp_path / "secret plan.txt"
    file.write_text("plain marker")
    lab.evidence.add(file, source="marker-source")
    for path in lab.path.rglob("*"):
        if path.is_file() and path.name != "audit.jsonl":
            assert b"plain marker" not in path.read_bytes(), path
            assert b"marker-source" not in path.read_bytes(), path
    assert open_lab(lab.path).evidence.content(lab.evidence.list()["sha256"][0]) == b"plain marker"
    monkeypatch.setenv("SCORPIUS_STORE_KEY", "34" * 32)
    with pytest.raises(Exception, match=r"SCORPIUS_STORE_KEY|key"):
        open_lab(lab.path)
    with pytest.raises(StoreKeyError):
        open_lab(lab.path, overrides={"store.encryption": False})


def test_a_lab_on_ducklake_works_the_same(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab", overrides={"store.backend": "ducklake"})
    file = tmp_path / "note.txt"
    file.write_text("kept")
    lab.evidence.add(file)
    again = open_lab(lab.path)
    assert again.store.backend.kind == "ducklake"
    assert again.runs()["outcome"].to_list() == ["succeeded"]


def test_nothing_needs_pyarrow(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['pyarrow'] = None\n"
        "from scorpius_lab import init_lab\n"
        f"lab = init_lab({str(tmp_path / 'lab')!r})\n"
        "print(lab.check(['host.kernel.aslr']).height)\n"
        "print(lab.findings.list().height >= 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.stdout == "1\nTrue\n", done.stderr


def test_settings_and_pipelines_are_frames(lab: Lab) -> None:
    settings = lab.settings()
    assert settings.filter(pl.col("name") == "store.encryption").select("value", "origin").rows() == [
        ("false", "default")
    ]
    assert {"quickstart", "nightly"} <= set(lab.pipelines()["name"])


@pytest.mark.parametrize(("kind", "expected"), [("inline", "NoneType"), ("processes", "ProcessPoolExecutor")])
def test_the_configured_executor_reaches_the_function(tmp_path: Path, kind: str, expected: str) -> None:
    lab = init_lab(tmp_path / "lab", overrides={"execution.executor": kind, "execution.workers": 1})
    seen = []

    def look(recorder: object, _: BaseModel) -> dict[str, object]:
        executor = recorder.context.executor
        seen.append((type(executor).__name__, executor.submit(abs, -3).result() if executor else 3))
        return {}

    function = EngineFunction("test.look", "1", "Look at the executor", look)
    replace(lab, components=(Component("test", functions=(function,)),)).call("test.look")
    assert seen == [(expected, 3)]


FAILED_LOGINS = [
    {
        "@timestamp": f"2026-10-18T03:12:{second:02d}Z",
        "EventID": 4625,
        "Channel": "Security",
        "Provider_Name": "Microsoft-Windows-Security-Auditing",
        "TargetUserName": "alice",
        "Computer": "app-1",
    }
    for second in range(5)
]


@pytest.mark.parametrize("frame", [pl.DataFrame(FAILED_LOGINS), pd.DataFrame(FAILED_LOGINS)], ids=["polars", "pandas"])
def test_a_frame_of_events_is_scanned_as_the_same_input_each_time(lab: Lab, frame: object) -> None:
    def read() -> list[object]:
        seen = lab.threats(frame, own_rules=True)
        return seen.filter(seen["asset"].str.contains("frame-"))["asset"].unique().to_list()

    first = read()
    assert len(first) == 1
    assert read() == first
    (run, _) = lab.runs(function="threats.scan")["inputs"].to_list()
    assert "frame-" in run
    assert not (lab.path / "frames").exists()


def test_a_frame_without_paths_names_no_bundles(lab: Lab) -> None:
    with pytest.raises(UsageError, match="has no column path; its columns are name"):
        lab.verify(pl.DataFrame({"name": ["x"]}))
    with pytest.raises(UsageError, match="has no column path"):
        lab.replay(pd.DataFrame({"name": ["x"]}))
    assert lab.verify(pl.DataFrame({"path": []}, schema={"path": pl.String})).is_empty()


def test_a_query_only_reads(lab: Lab) -> None:
    with pytest.raises(QueryError, match="only reads"):
        lab.sql("DELETE FROM lab.findings")
