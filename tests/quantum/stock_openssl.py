"""An `openssl` program of version 3.5 or later, the first that holds ML-KEM, ML-DSA and SLH-DSA."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def openssl_in(folder: Path) -> Callable[..., bytes]:
    """A function that runs `openssl` in a folder and gives its output; skips the test where there is no such program."""
    program = _program()
    if program is None:
        pytest.skip("needs OpenSSL 3.5 or later, in PATH or named by OPENSSL_35")

    def run(*arguments: str, data: bytes = b"") -> bytes:
        done = subprocess.run([program, *arguments], input=data, capture_output=True, cwd=folder, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


def _program() -> str | None:
    for program in (os.environ.get("OPENSSL_35"), shutil.which("openssl")):
        if program is None:
            continue
        text = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
        match = re.match(r"OpenSSL (\d+)\.(\d+)", text)
        if match and (int(match[1]), int(match[2])) >= (3, 5):
            return program
    return None
