"""Run every `bench_*.py` here: `python -m tests.performance [--only store imports] [--json FILE]`.

A bench is a module with `measure() -> Iterable[Bar]`. It also runs alone: `python -m tests.performance.bench_store`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from pathlib import Path

from tests.performance.bars import Bar, finish

HERE = Path(__file__).parent
FIRST = ("imports",)  # while nothing else has warmed or loaded the machine


def benches() -> list[str]:
    """The names of the benches, those of `FIRST` first."""
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    return sorted(names, key=lambda name: name not in FIRST)


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 if all bars are met, 1 if one is missed or a bench could not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=benches(), default=benches(), metavar="NAME")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    chosen = parser.parse_args(arguments)
    bars: list[Bar] = []
    broken: list[str] = []
    for name in chosen.only:
        sys.stderr.write(f"… {name}\n")
        try:
            bars += importlib.import_module(f"tests.performance.bench_{name}").measure()
        except Exception:  # noqa: BLE001 (one bench that cannot run must not hide the others)
            broken.append(name)
            traceback.print_exc()
    code = finish(bars, chosen.json)
    average = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    sys.stdout.write(f"\nload average {average:.2f} on {os.cpu_count()} cores\n")
    if broken:
        sys.stdout.write(f"could not run: {', '.join(broken)}\n")
    return 1 if broken else code


if __name__ == "__main__":
    raise SystemExit(main())
