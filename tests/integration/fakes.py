"""A lab small enough to read: it remembers what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from scorpius_lab.core.components import EngineFunction
from scorpius_lab.core.runs import Progress
from scorpius_lab.errors import NotebookFailed


class Depth(BaseModel):
    model_config = ConfigDict(extra="forbid")

    depth: int = 1


@dataclass(frozen=True)
class FakeCalled:
    run_id: str
    summary: Mapping[str, object]
    seconds: float = 0.0


@dataclass
class FakeLab:
    """`failing` maps a function's or report's name to what it raises (or, for a report, to its error text)."""

    path: Path
    failing: dict[str, BaseException] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    version: str = "1"

    def functions(self) -> Mapping[str, EngineFunction]:
        return {
            name: EngineFunction(name, self.version, "", lambda _recorder, _parameters: {}, Depth, observes_world=world)
            for name, world in (("host.look", True), ("pure.sum", False), ("pure.more", False))
        }

    def report_names(self) -> Sequence[str]:
        return ("compliance", "threat", "benchmark")

    def call(self, name: str, parameters: Mapping[str, Any], *, progress: Progress) -> FakeCalled:
        self.asked.append(name)
        if name in self.failing:
            raise self.failing[name]
        progress(1, 1, "done")
        return FakeCalled(f"run-of-{name}", dict(parameters))

    def report(
        self,
        names: Sequence[str | Path],
        parameters: Mapping[str, Any],
        *,
        out: Path | None,
        format: Sequence[str] | None,  # noqa: A002
        redact: bool,
        progress: Progress,
    ) -> pl.DataFrame:
        shown = [name.stem if isinstance(name, Path) else name for name in names]
        self.asked.append(tuple(shown))
        self.settings.append({"parameters": dict(parameters), "out": out, "format": format, "redact": redact})
        progress(0, len(shown), "")
        rows = []
        for name in shown:
            bundle = self.path / "reports" / name
            bundle.mkdir(parents=True, exist_ok=True)
            error = self.failing.get(name)
            rows.append(
                {
                    "name": name,
                    "state": "failed" if error else "complete",
                    "path": str(bundle),
                    "error": str(error or ""),
                }
            )
        if any(row["error"] for row in rows):
            raise NotebookFailed("a report failed", bundles=[FakeBundle(row) for row in rows])
        return pl.DataFrame(rows).drop("error")


class FakeBundle:
    """What the runner's bundle shows of itself."""

    def __init__(self, row: dict[str, str]) -> None:
        self.manifest = SimpleNamespace(report=row["name"], state=row["state"], error=row["error"])
        self.folder = Path(row["path"])
        self.complete = row["state"] == "complete"
