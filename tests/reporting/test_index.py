"""The list of reports: what is wrong first in its sentence, every bundle with its state, and nothing hostile obeyed."""

import gallery
import markup_checks as see
import pytest

from scorpius_lab.errors import ReportError
from scorpius_lab.reporting import charts
from scorpius_lab.reporting.index import IndexEntry, first_drawing, render_index, write_index

EVIL = gallery.HOSTILE


def entry(**fields):
    usual = {
        "folder": "compliance-1",
        "report": "compliance",
        "headline": "All holds",
        "made": "2026-11-22T06:00:00Z",
        "signer": "self-asserted signer ab, unproven time",
        "status": "good",
    }
    return IndexEntry(**(usual | fields))


def test_each_bundle_is_listed_with_state_headline_time_and_signer():
    words = see.text_of(render_index([entry(), entry(folder="threat-2", report="threat", headline="One intrusion")]))
    for word in (
        "All holds",
        "One intrusion",
        "Verified",
        "2026-11-22 06:00 UTC",
        "self-asserted signer ab, unproven time",
    ):
        assert word in words
    assert "2 reports, complete and unaltered." in words


@pytest.mark.parametrize(
    ("status", "word"), [("good", "Verified"), ("unknown_signer", "Intact, signer unknown"), ("broken", "Broken")]
)
def test_only_a_good_bundle_is_called_verified(status, word):
    words = see.text_of(
        render_index([entry(status=status, problems=("report.html was changed",) if status == "broken" else ())])
    )
    assert word in words
    assert ("Verified" in words) == (status == "good")
    assert ("report.html was changed" in words) == (status == "broken")


@pytest.mark.parametrize("status", ["good", "unknown_signer", "broken"])
def test_a_failed_report_is_never_called_verified(status):
    words = see.text_of(render_index([entry(status=status, failed=True, error="x")]))
    assert "Verified" not in words
    assert ("Report failed; bundle intact" in words) == (status != "broken")


def test_what_is_wrong_comes_first_in_the_sentence():
    title = see.text_of(render_index([entry(), entry(status="broken"), entry(failed=True, error="ValueError: x")]))
    assert "1 of 3 bundles do not hold, 1 could not be completed." in title
    assert "Not complete: ValueError: x" in title


def test_an_empty_folder_says_so():
    assert "No report has been made yet." in see.text_of(render_index([]))


def test_a_bundle_from_elsewhere_cannot_put_markup_into_the_list():
    hostile = entry(
        folder=EVIL,
        report=EVIL,
        headline=EVIL,
        made=EVIL,
        signer=EVIL,
        status="broken",
        problems=(EVIL,),
        failed=True,
        error=EVIL,
        picture=f"<svg><script>{EVIL}</script></svg>",
    )
    page = render_index([hostile])
    assert len(see.elements(page, "script")) == 1
    assert see.handlers(page) == []
    assert see.fetched(page) == []
    assert [e.attrib["href"] for e in see.elements(page, "a") if "script" in e.attrib["href"]] != []
    assert not any(e.attrib["href"].startswith(("javascript", "http", "//")) for e in see.elements(page, "a"))


def test_the_picture_is_the_first_figure_in_light_colors():
    block = charts.state_bars("s", gallery.FRAMEWORKS, title="t", finding="f", source="s")
    picture = first_drawing(f"<main>{block.drawn()}</main>")
    assert picture.startswith("<svg xmlns=")
    assert "var(--" not in picture
    assert "NIST CSF" in picture
    assert first_drawing("<main>no figure</main>") == ""
    tall = first_drawing(
        charts.state_bars("s", gallery.many_states(50), row="host", title="t", finding="f", source="s").drawn()
    )
    assert "viewBox" in tall
    assert len(see.elements(render_index([entry(picture=picture)]), "img")) == 1


def test_the_page_is_written_whole(tmp_path):
    path = write_index(tmp_path, [entry()])
    assert path == tmp_path / "index.html"
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    with pytest.raises(ReportError, match="cannot be written"):
        write_index(tmp_path / "missing", [entry()])


def test_bundles_in_a_folder_are_verified_when_it_is_listed(tmp_path):
    broken = tmp_path / "compliance-x"
    broken.mkdir()
    (broken / "manifest.json").write_text("{}")
    (tmp_path / "not-a-bundle").mkdir()
    words = see.text_of(write_index(tmp_path, trusted=tmp_path / "nobody.json").read_text(encoding="utf-8"))
    assert "compliance-x" in words
    assert "Broken" in words
    assert "not-a-bundle" not in words
