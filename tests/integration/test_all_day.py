"""A notebook holds the lab all day; checks, reports and the nightly run go on beside it and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scorpius_lab import Lab, init_lab, open_lab

NOTEBOOK = """
import sys
from scorpius_lab import open_lab
lab = open_lab(sys.argv[1])
print("open", flush=True)
looks = 0
for line in sys.stdin:
    if line.strip() == "stop":
        break
    lab.sql("SELECT count(*) FROM observations")
    looks += 1
print(lab.sql("SELECT count(*) AS n FROM runs WHERE outcome = 'succeeded'")["n"][0], looks, flush=True)
"""

PIPELINE = """
name: small-nightly
description: One check and its report.
steps:
  - id: check
    call: compliance.check
    with: {checks: [host.kernel.aslr]}
  - id: report
    report: compliance
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return init_lab(tmp_path / "lab")


@pytest.fixture
def notebook(lab: Lab) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK, str(lab.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def look(notebook: subprocess.Popen[str]) -> None:
    assert notebook.stdin is not None
    notebook.stdin.write("look\n")
    notebook.stdin.flush()


def test_check_and_nightly_succeed_beside_an_open_notebook(lab: Lab, notebook, tmp_path: Path) -> None:
    file = tmp_path / "small-nightly.yaml"
    file.write_text(PIPELINE)
    mine = open_lab(lab.path)
    look(notebook)
    assert mine.check(["host.kernel.aslr"]).height == 1
    look(notebook)
    steps = mine.run_pipeline(file)
    look(notebook)
    assert steps["state"].to_list() == ["succeeded", "succeeded"]
    assert notebook.stdout is not None
    assert notebook.stdin is not None
    notebook.stdin.write("stop\n")
    notebook.stdin.flush()
    assert notebook.stdout.readline() == "2 3\n"
    (bundle,) = [path for path in (tmp_path / "reports").iterdir() if path.is_dir()]
    assert lab.verify(bundle)["status"].to_list() == ["good"]
