"""The command line: one module per noun, no logic of its own; every verb is a method of the lab."""

from __future__ import annotations


def main() -> None:
    """Run `scorpius` with the arguments of this process and exit with its code."""
    from scorpius_lab.cli.app import app

    app(prog_name="scorpius")
