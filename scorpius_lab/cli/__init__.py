"""The command line: one module per noun, no logic of its own; every verb is a method of the lab."""

from __future__ import annotations

import signal
from types import FrameType

TERMINATED = 143


def main() -> None:
    """Run `scorpius` with the arguments of this process and exit with its code."""
    from scorpius_lab.cli.app import app

    signal.signal(signal.SIGTERM, _terminate)
    app(prog_name="scorpius")


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """End as an interrupt does, so that kernels are stopped and the run is recorded as unfinished."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(TERMINATED)
