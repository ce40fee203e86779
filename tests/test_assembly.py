"""A later engine adds its own module and one line, and edits nothing of its neighbours."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import BaseModel, ConfigDict

from scorpius_lab import assembly, init_lab, open_lab
from scorpius_lab.core.components import Component, EngineFunction, Recorder
from scorpius_lab.core.store import Table
from scorpius_lab.errors import MigrationError, RecordError, StoreTooNew

PULSES = Table(
    "pulses",
    key="id",
    identity=("name", "count"),
    columns={"id": "text", "name": "text", "count": "integer"},
    required=("name",),
)
FIRST = """CREATE TABLE pulses (id VARCHAR, name VARCHAR, count BIGINT,
    effective_at TIMESTAMPTZ, collected_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ);"""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    loudness: int = 3


def beat(recorder: Recorder, parameters: Any) -> Mapping[str, object]:
    frame = pl.DataFrame({"name": ["a", "b"], "count": [1, 2]})
    return {"new": recorder.add_rows("pulses", frame), "loudness": recorder.configuration.heart_config.loudness}


def component(tables: tuple[Table, ...] = (PULSES,)) -> Component:
    function = EngineFunction("heart.beat", "1", "Beat twice and count the beats.", beat)
    return Component(
        "heart", functions=(function,), migrations="heart_migrations", tables=tables, section=("heart_config", Section)
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "packages" / "heart_migrations"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "0001.sql").write_text(FIRST)
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.delitem(sys.modules, "heart_migrations", raising=False)
    return folder


@pytest.fixture
def engine(package: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    known = assembly.load_components()
    for module in ("scorpius_lab.lab", "scorpius_lab.assembly"):
        monkeypatch.setattr(f"{module}.load_components", lambda: (*known, component()))
    return package


def test_a_new_engine_has_its_function_tables_and_section(engine: Path, tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    assert "loudness" in (lab.path / "scorpius.yaml").read_text()
    assert lab.call("heart.beat").summary == {"new": 2, "loudness": 3}
    assert open_lab(lab.path, overrides={"heart_config.loudness": 5}).call("heart.beat").summary == {
        "new": 0,
        "loudness": 5,
    }
    assert lab.sql("SELECT name, count FROM pulses ORDER BY name").rows() == [("a", 1), ("b", 2)]


def test_a_lab_made_before_the_engine_came_is_upgraded_when_it_is_opened(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = init_lab(tmp_path / "lab")
    known = assembly.load_components()
    monkeypatch.setattr("scorpius_lab.lab.load_components", lambda: (*known, component()))
    assert open_lab(old.path).call("heart.beat").summary["new"] == 2


def test_an_edited_migration_and_one_from_the_future_are_refused(engine: Path, tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    (engine / "0002.sql").write_text("ALTER TABLE pulses ADD COLUMN rate DOUBLE;")
    open_lab(lab.path)
    (engine / "0002.sql").unlink()
    with pytest.raises(StoreTooNew, match="migration 2 of heart"):
        open_lab(lab.path)
    (engine / "0002.sql").write_text("ALTER TABLE pulses ADD COLUMN rate INTEGER;")
    with pytest.raises(MigrationError, match="0002 of heart was edited"):
        open_lab(lab.path)


def test_a_missing_number_is_refused(package: Path) -> None:
    from scorpius_lab.core.store import read_migrations

    (package / "0003.sql").write_text("SELECT 1;")
    with pytest.raises(MigrationError, match="without gaps"):
        read_migrations("heart", "heart_migrations")


def test_rows_for_a_table_nobody_declared_are_refused(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = assembly.load_components()
    monkeypatch.setattr("scorpius_lab.lab.load_components", lambda: (*known, component(tables=())))
    with pytest.raises(RecordError, match="declare it in the component"):
        init_lab(tmp_path / "lab").call("heart.beat")
