"""The page: sections, code, failures, users' own outputs, and that nothing in it runs or is asked for."""

import base64
import re

import browser
import gallery
import markup_checks as see
import nbformat
import pytest

from scorpius_lab.reporting import foreign, html, shell
from scorpius_lab.reporting.components import note
from scorpius_lab.reporting.results import FIGURE_MIME, RESULT_MIME

EVIL = gallery.HOSTILE
new = nbformat.v4


@pytest.fixture(scope="module")
def page():
    return html.render(gallery.notebook(), running_footer="Gallery")


def rendered(*cells, **options):
    return html.render(new.new_notebook(cells=list(cells)), **options)


def code(source="x", *outputs, tags=()):
    return new.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def shown(**data):
    return new.new_output("display_data", data={k.replace("_", "/", 1): v for k, v in data.items()})


# -- nothing runs, nothing is asked for


def test_the_only_scripts_are_the_ones_the_policy_allows(page):
    policy = next(e.attrib["content"] for e in see.elements(page, "meta") if e.attrib.get("http-equiv"))
    scripts = see.elements(page, "script")
    assert len(scripts) == 1
    assert shell.script_hash("".join(scripts[0].itertext())) in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_a_browser_would_fetch_nothing(page):
    assert see.fetched(page) == []
    assert not see.elements(page, "iframe")
    assert not see.elements(page, "link")
    style = "".join("".join(e.itertext()) for e in see.elements(page, "style"))
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_text_is_shown_everywhere_and_obeyed_nowhere(page):
    assert see.handlers(page) == []
    assert "alert(1)" in see.text_of(page)
    sources = [e.attrib.get("src", "") for e in see.elements(page, "img")]
    assert all(s.startswith("data:image/") for s in sources)


@pytest.mark.chromium
@pytest.mark.parametrize("live", [False, True], ids=["static", "live"])
def test_in_a_browser_with_the_network_cut(tmp_path, live):
    path = tmp_path / "page.html"
    path.write_text(html.render(gallery.notebook(), live_charts=live), encoding="utf-8")
    seen = browser.visit(path, tmp_path)
    assert seen.requests == []
    assert seen.console == []
    assert len(re.findall(r'<svg class="wide"', seen.dom)) >= 15
    assert ('class="live' in seen.dom) == live
    assert re.search(r'<button class="theme no-print" type="button" aria-label', seen.dom), "the page's script ran"


@pytest.mark.chromium
def test_the_browser_check_sees_a_request_and_a_violation(tmp_path):
    """The instrument itself: a page that misbehaves is noticed."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src http:\">"
        "<script>alert(1)</script><img src='http://evil.example/x.png'>"
    )
    seen = browser.visit(path, tmp_path)
    assert any("evil.example" in r for r in seen.requests)
    assert any("Content Security Policy" in line for line in seen.console)


# -- structure


def test_headings_become_sections_with_contents():
    page = rendered(
        new.new_markdown_cell("# The *title*\n\nIntro."),
        new.new_markdown_cell("## First\n\ntext\n\n```\n## not a heading\n```\n\n## First\n"),
        new.new_markdown_cell("## `Third` & <last>"),
    )
    sections = [e.attrib.get("id") for e in see.elements(page, "section") if e.attrib.get("id")]
    assert sections == ["first", "first-2", "third"]
    links = [e.attrib["href"] for e in see.elements(page, "a") if e.attrib["href"] != "#main"]
    assert links == ["#first", "#first-2", "#third"]
    assert "".join(see.elements(page, "title")[0].itertext()) == "The title"


def test_the_first_block_is_the_title_block(page):
    assert len(see.elements(page, "h1")) == 1
    assert see.text_of(page).count("Four in five controls we judged hold. Two in five we have not judged.") >= 1
    assert next(e.attrib.get("class") for e in see.elements(page, "header")) == "page masthead"


def test_no_id_stands_twice(page):
    ids = [e.attrib["id"] for e in see.parsed(page).iter() if isinstance(e.tag, str) and "id" in e.attrib]
    assert [i for i in set(ids) if ids.count(i) > 1] == []


def test_figures_and_tables_are_numbered_in_order(page):
    figures = [int(n) for n in re.findall(r'<span class="fig-n">Figure (\d+)</span>', page)]
    tables = [int(n) for n in re.findall(r'<span class="tab-n">Table (\d+)</span>', page)]
    assert figures == list(range(1, len(figures) + 1))
    assert tables == list(range(1, len(tables) + 1))
    assert len(figures) > 10


def test_every_figure_is_drawn(page):
    places = re.findall(r'data-figure="([\w-]+)">(.{12})', page)
    assert len(places) > 10
    assert {start for _, start in places} == {'<svg class="'}


def test_code_is_folded_and_parameters_stand_with_the_first_section():
    block = gallery.cell(note("n", "text"), source="view.n(report)")
    page = rendered(code("snapshot = ''", tags=["parameters"]), new.new_markdown_cell("## One"), block)
    folds = [see.text_of(m) for m in re.findall(r'<details class="code">.*?</details>', page, re.DOTALL)]
    assert len(folds) == 1
    assert "snapshot = ''" in folds[0]
    assert "view.n(report)" in folds[0]


def test_tags_hide_cells_and_code():
    page = rendered(
        code("secret_code", shown(text_plain="kept"), tags=["remove-input"]),
        code("x", shown(text_plain="gone"), tags=["remove-cell"]),
    )
    assert "secret_code" not in page
    assert "kept" in page
    assert "gone" not in page


def test_the_footer_cannot_leave_its_string():
    css = shell.footer_css('a"}</style><script>alert(1)</script>\\')
    assert "<" not in css
    assert css.count('"') == 2
    assert "\\22 " in css


def test_the_title_is_text():
    page = rendered(title=EVIL, running_footer=EVIL)
    assert "".join(see.elements(page, "title")[0].itertext()) == EVIL
    assert len(see.elements(page, "script")) == 1


def test_rendering_twice_gives_the_same_page():
    assert html.render(gallery.notebook(foreign=False)) == html.render(gallery.notebook(foreign=False))


# -- failures


def test_a_failed_cell_is_said_at_the_top_and_in_its_place():
    error = new.new_output("error", ename="ValueError", evalue=f"no {EVIL}", traceback=["\x1b[31mTraceback\x1b[0m"])
    page = rendered(new.new_markdown_cell("## One"), code("raise", error))
    words = see.text_of(page)
    assert "This report is not complete." in words
    assert "This cell failed: ValueError" in words
    assert "\x1b" not in page
    assert [e.attrib["id"] for e in see.elements(page, "div") if e.attrib.get("id", "").startswith("failed")] == [
        "failed-1"
    ]


def test_a_chart_that_cannot_be_drawn_leaves_the_rest_of_the_page():
    cell = gallery.cell(gallery.singles()[0])
    cell.outputs[0].data[FIGURE_MIME]["wide"] = {"mark": "nonsense"}
    page = rendered(new.new_markdown_cell("## One"), cell, new.new_markdown_cell("After."))
    assert "could not be drawn" in page
    assert "This report is not complete." in page
    assert "After." in page


# -- users' own outputs


def test_markup_from_outside_is_made_harmless():
    clean = foreign.sanitize(
        "<p onclick=x style='color:red;background:url(http://evil)'>kept</p><script>gone()</script><style>p{}</style>"
        "<img src='http://evil/x.png' alt='pic'><iframe src='//evil'>gone</iframe><svg onload=x><script>gone</script></svg>"
        "<a href='javascript:x'>l</a><a href='https://ok.example/'>m</a><form action='http://evil'><input></form>"
        "<object data=x>gone</object><link rel=stylesheet href=http://evil><meta http-equiv=refresh content='0;url=http://evil'>"
    )
    assert see.fetched(clean) == []
    assert see.handlers(clean) == []
    assert "gone" not in clean
    assert "evil" not in clean
    assert "kept" in clean
    assert "[pic]" in clean
    assert 'href="https://ok.example/"' in clean


@pytest.mark.parametrize(
    "attack",
    [
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<svg><style><img/src=x onerror=alert(1)></style></svg>",
        '<img src="data:text/html,<script>alert(1)</script>">',
        '<a href="jav\tascript:alert(1)">x</a>',
        "<template><script>alert(1)</script></template>",
        "<p style=\"background-image:url('http://evil')\">x</p>",
        "<details ontoggle=alert(1) open>x</details>",
        "<!--><script>alert(1)</script>-->",
    ],
)  # fmt: skip
def test_known_ways_around_a_sanitizer(attack):
    clean = foreign.sanitize(attack)
    assert see.elements(clean, "script") == []
    assert see.handlers(clean) == []
    assert see.fetched(clean) == []
    assert "javascript" not in clean.replace("\t", "").lower() or "<a>" in clean


def test_a_block_that_holds_what_ours_never_hold_is_treated_as_foreign():
    data = {
        RESULT_MIME: {"name": "n", "kind": "note", "rows": 1},
        "text/html": "<p>x</p><script>alert(1)</script><img src=http://evil/>",
    }
    page = rendered(code("x", new.new_output("display_data", data=data)))
    assert len(see.elements(page, "script")) == 1
    assert "evil" not in page


def test_tables_images_text_and_markdown_of_users_are_shown():
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    page = rendered(
        code("a", shown(text_html="<table class='dataframe'><tr><td>cell 7</td></tr></table>")),
        code("b", shown(image_png=png, text_plain="<Figure>")),
        code("c", new.new_output("display_data", data={"image/svg+xml": svg})),
        code("d", new.new_output("stream", name="stdout", text="\x1b[1mprinted\x1b[0m <b>")),
        code("e", shown(text_markdown="**strong**")),
        code("f", shown(text_plain="plain <x>")),
    )
    words = see.text_of(page)
    for word in ("cell 7", "printed <b>", "strong", "plain <x>"):
        assert word in words
    assert [s[:26] for s in (e.attrib["src"] for e in see.elements(page, "img"))] == [
        "data:image/png;base64,iVBO",
        "data:image/svg+xml;base64,",
    ]
    assert len(see.elements(page, "script")) == 1


@pytest.mark.parametrize("form", ["display", "to_html", "spec"])
def test_a_user_s_altair_chart_is_drawn(form):
    import altair as alt

    chart = alt.Chart(alt.Data(values=[{"a": 1, "b": 2}])).mark_bar().encode(x="a:Q", y="b:Q")
    data = {
        "display": lambda: {"text/html": chart._repr_mimebundle_()["text/html"]},
        "to_html": lambda: {"text/html": chart.to_html(fullhtml=False)},
        "spec": lambda: {FIGURE_MIME: {"spec": chart.to_dict()}},
    }[form]()
    page = rendered(code("chart", new.new_output("display_data", data={**data, "text/plain": "alt.Chart(...)"})))
    assert [e.attrib["src"][:26] for e in see.elements(page, "img")] == ["data:image/svg+xml;base64,"]


def test_an_output_that_needs_a_script_says_so():
    page = rendered(code("w", shown(text_html="<div id=w></div><script>draw()</script>", text_plain="Widget()")))
    assert "needs a script" in see.text_of(page)
    assert "Widget()" in see.text_of(page)


def test_attached_images_come_into_the_page():
    cell = new.new_markdown_cell("![a](attachment:x.png)")
    cell["attachments"] = {"x.png": {"image/png": "iVBORw0KGgo="}}
    assert [e.attrib["src"] for e in see.elements(rendered(cell), "img")] == ["data:image/png;base64,iVBORw0KGgo="]


def test_very_long_output_is_cut_and_says_so():
    page = rendered(code("x", new.new_output("stream", name="stdout", text="y" * 200_000 + "THE END")))
    assert len(page) < 150_000
    assert "THE END" in page
    assert "characters are left out" in page


# -- live charts


def test_live_charts_are_off_unless_asked_for(page):
    live = html.render(gallery.notebook(foreign=False), live_charts=True)
    assert "vegaEmbed" not in page
    assert "vegaEmbed" in live
    assert "unsafe-eval" not in next(
        e.attrib["content"] for e in see.elements(live, "meta") if e.attrib.get("http-equiv")
    )
    specs = next("".join(e.itertext()) for e in see.elements(live, "script") if e.attrib.get("id") == "live-figures")
    assert "<" not in specs
