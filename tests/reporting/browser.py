"""A page seen by Chromium with the network cut: what it said, and what it asked for."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from scorpius_lab.errors import MissingProgram
from scorpius_lab.reporting.pdf import find_chromium


@dataclass(frozen=True)
class Visit:
    """`console` are lines of the console, `requests` the addresses asked for, `dom` the page after its scripts ran."""

    console: list[str]
    requests: list[str]
    dom: str


def visit(page: Path, folder: Path, *, width: int = 1280, budget: int = 4000) -> Visit:
    """Open a page in headless Chromium and let its scripts run. Skips the test where there is no Chromium."""
    try:
        program = find_chromium()
    except MissingProgram as missing:
        pytest.skip(str(missing))
    log = folder / "net.json"
    command = [
        program, "--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={log}", "--enable-logging=stderr", f"--window-size={width},2000", f"--virtual-time-budget={budget}", "--dump-dom",
    ]  # fmt: skip
    if os.geteuid() == 0:
        command.append("--no-sandbox")
    done = subprocess.run([*command, page.as_uri()], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    console = re.findall(r"CONSOLE[:(]\d+\)?\] (.*)", done.stderr.decode(errors="replace"))
    return Visit(console, _addresses(log), done.stdout.decode(errors="replace"))


def _addresses(log: Path) -> list[str]:
    """Every address of the web that a request was begun for."""
    text = log.read_text(encoding="utf-8", errors="replace").rstrip().rstrip(",")
    try:
        events = json.loads(text)["events"]
    except ValueError:
        events = json.loads(text + "]}")["events"]
    asked = [e["params"] for e in events if isinstance(e.get("params"), dict) and "url" in e["params"]]
    by_page = {
        str(p["url"]) for p in asked if p.get("initiator", "not an origin") != "not an origin"
    }  # not the browser's own
    return sorted(a for a in by_page if re.match(r"(https?|wss?|ftp)://", a))
