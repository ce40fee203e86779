"""Printing: a real PDF with page numbers and vector charts, and clear errors where that cannot be."""

import shutil
import stat
import subprocess

import gallery
import pytest

from scorpius_lab.errors import MissingProgram, ReportError
from scorpius_lab.reporting import html, pdf


@pytest.mark.chromium
def test_a_report_prints_with_its_commands_and_page_numbers(tmp_path):
    if not any(shutil.which(p) for p in pdf.PROGRAMS):
        pytest.skip("needs Chromium")
    page, target = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(html.render(gallery.notebook(foreign=False), running_footer="Running footer"), encoding="utf-8")
    assert pdf.to_pdf(page, target) == target
    assert target.read_bytes().startswith(b"%PDF")
    assert target.stat().st_size < 2_000_000, "hatches were printed as bitmaps"
    if not shutil.which("pdftotext"):
        pytest.skip("the text of the PDF needs pdftotext")
    text = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    assert "1 / " in text
    assert "Running footer" in text
    assert "sha256sum --check SHA256SUMS" in text, "folded commands are printed"
    assert "file://" not in text


def test_without_chromium_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "_MAC", tmp_path / "none")
    with pytest.raises(MissingProgram, match="apt install chromium"):
        pdf.to_pdf(tmp_path / "a.html", tmp_path / "a.pdf")


def program(folder, script):
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<p>x")
    return path


def test_a_browser_that_fails_is_quoted(tmp_path, monkeypatch, page):
    program(tmp_path, "echo 'no display' >&2; exit 7")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ReportError, match=r"exit 7.*no display"):
        pdf.to_pdf(page, tmp_path / "a.pdf")


def test_a_browser_that_writes_nothing_is_noticed(tmp_path, monkeypatch, page):
    program(tmp_path, "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ReportError, match="did not print"):
        pdf.to_pdf(page, tmp_path / "a.pdf")


def test_a_browser_that_hangs_is_stopped(tmp_path, monkeypatch, page):
    program(tmp_path, "exec sleep 30")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ReportError, match=r"more than 0.3 s"):
        pdf.to_pdf(page, tmp_path / "a.pdf", timeout=0.3)


def test_a_missing_page_is_named(tmp_path, monkeypatch):
    program(tmp_path, "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ReportError, match=r"no page .*missing.html"):
        pdf.to_pdf(tmp_path / "missing.html", tmp_path / "a.pdf")
