"""A page as PDF, printed by the Chromium of the machine: the only browser that also prints page numbers from style."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scorpius_lab.errors import MissingProgram, ReportError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a report makes no request; should it try, it gets nowhere
    "--no-pdf-header-footer",
)


def find_chromium() -> str:
    """The path of Chromium or Chrome. Raises MissingProgram with how to get one."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    if sys.platform == "darwin" and _MAC.exists():
        return str(_MAC)
    raise MissingProgram(
        "a PDF needs Chromium and none of " + ", ".join(PROGRAMS[:3]) + " is on PATH; install it (Debian, Ubuntu: "
        "apt install chromium; macOS: brew install --cask chromium), or use --format html and print from a browser"
    )


def to_pdf(html_path: Path, pdf_path: Path, *, timeout: float = 60.0) -> Path:
    """Print a page to a PDF and return its path.

    Each call has a browser profile of its own. `timeout` is in seconds. Raises MissingProgram without Chromium and
    ReportError if it fails, takes too long or writes nothing.
    """
    program = find_chromium()
    source, target = html_path.resolve(), pdf_path.resolve()
    if not source.is_file():
        raise ReportError(f"there is no page {html_path} to print; make the report as HTML first")
    with tempfile.TemporaryDirectory(prefix="scorpius-print-") as profile:
        command = [
            program,
            *FLAGS,
            *_as_root(),
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as late:
            message = f"printing {html_path} took more than {timeout:g} s and was stopped; try again"
            raise ReportError(message) from late
    if done.returncode or not target.is_file() or not target.stat().st_size:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        said = words[-1] if words else "it said nothing"
        raise ReportError(f"{Path(program).name} did not print {html_path} (exit {done.returncode}): {said}")
    return target


def html_to_pdf(html: str, *, timeout: float = 60.0) -> bytes:
    """The PDF of a page that is not on disk. Raises as `to_pdf`."""
    with tempfile.TemporaryDirectory(prefix="scorpius-page-") as folder:
        page = Path(folder) / "report.html"
        page.write_text(html, encoding="utf-8")
        return to_pdf(page, Path(folder) / "report.pdf", timeout=timeout).read_bytes()


def _as_root() -> list[str]:
    """Chromium refuses its sandbox to root, as in containers; the page it prints is our own and has no address."""
    import os

    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
