"""Blocks: what they show, what they record, and that nothing they are given is ever taken as markup."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import gallery
import markup_checks as see
import polars as pl
import pytest

from scorpius_lab.errors import UsageError
from scorpius_lab.reporting import components
from scorpius_lab.reporting.components import Card, CardTable, Excerpt
from scorpius_lab.reporting.components.markup import DASH, breakable, cell, esc, inline, link, number, percent, plain
from scorpius_lab.reporting.results import FIGURE_MIME, RESULT_MIME, result_hash

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><b onclick=x>"


def hostile_blocks():
    row = {"state": EVIL, "severity": EVIL, "reason": EVIL, "remedy": EVIL, "what": EVIL, "href": EVIL, "n": 3}
    frame = pl.DataFrame([row, {**row, "n": 4}])
    technique = pl.DataFrame(
        {"tactic": [EVIL], "technique": [EVIL], "name": [EVIL], "seen": [EVIL], "severity": [EVIL]}
    )
    events = pl.DataFrame({"time": [EVIL], "text": [EVIL], "mark": [EVIL], "tag": [[EVIL]]})
    card = Card(
        EVIL,
        EVIL,
        EVIL,
        EVIL,
        because=EVIL,
        where=EVIL,
        excerpt=Excerpt([EVIL]),
        path=[(EVIL, EVIL)],
        stats=[(EVIL, EVIL)],
        paragraphs=[EVIL],
        remedy=EVIL,
        tables=[CardTable(EVIL, frame)],
        references=[(EVIL, EVIL)],
        tags=[EVIL],
        signs=[(EVIL, EVIL)],
    )
    report = SimpleNamespace(
        meta={EVIL: EVIL, "lab": EVIL}, parameters={EVIL: EVIL}, as_of=datetime(2026, 1, 1, tzinfo=UTC)
    )
    return [
        components.masthead(EVIL, EVIL, [(EVIL, EVIL)], EVIL, sample=True, signer=EVIL, ledger=EVIL, commands=[EVIL]),
        components.headline(
            "h",
            EVIL,
            EVIL,
            {EVIL: 3, "pass": 1},
            [(EVIL, EVIL, EVIL)],
            paragraphs=[EVIL],
            score_label=EVIL,
            judged_words=(EVIL, EVIL),
            small_print=EVIL,
        ),
        components.records(
            "r",
            frame,
            EVIL,
            EVIL,
            state_column="state",
            severity_column="severity",
            code_columns=("what",),
            rich_columns=("remedy",),
            links={"reason": "href"},
        ),
        components.records("e", frame.clear(), EVIL, EVIL, when_empty=EVIL),
        components.heat(
            "t", pl.DataFrame({"framework": [EVIL], "note": [EVIL], "pass": [3], "fail": [1]}), EVIL, EVIL, note="note"
        ),
        components.not_looked_at("n", frame, EVIL, EVIL),
        components.cards("c", [card], EVIL),
        components.note("o", EVIL, EVIL),
        components.text("x", EVIL),
        components.stats("s", [(EVIL, EVIL)]),
        components.attack("a", technique, EVIL, EVIL, EVIL),
        components.timeline("l", events, EVIL, EVIL),
        components.signoff("g", [(EVIL, EVIL, EVIL, EVIL)]),
        components.provenance("p", report),
    ]


@pytest.mark.parametrize("block", hostile_blocks(), ids=lambda b: b.kind)
def test_hostile_text_is_shown_and_never_obeyed(block):
    for name in ("script", "img", "iframe"):
        assert see.elements(block.html, name) == []
    assert see.handlers(block.html) == []
    assert see.fetched(block.html) == []
    if block.kind != "records" or block.data.height:
        assert "alert(1)" in see.text_of(block.html)


@pytest.mark.parametrize("block", hostile_blocks(), ids=lambda b: b.kind)
def test_every_block_records_a_hash_of_what_it_shows(block):
    bundle = block._repr_mimebundle_()
    result = bundle[RESULT_MIME]
    assert result["sha256"] == result_hash(block.data)
    assert (result["name"], result["kind"], result["rows"]) == (block.name, block.kind, block.data.height)
    assert bundle["text/plain"]


def test_a_table_has_second_lines_and_headings_of_groups():
    frame = pl.DataFrame({"kind": ["x", "x", EVIL], "name": ["a", "b", "c"], "more": ["p", None, EVIL]})
    html = components.records(
        "t", frame, "T", columns={"name": "Name"}, notes={"name": "more"}, group_column="kind"
    ).html
    assert html.count('scope="rowgroup"') == 2
    assert html.count("<tbody>") == 2
    assert html.count("<small>") == 2
    assert "a<small>p</small>" in html
    assert "<script>" not in html
    with pytest.raises(UsageError, match="needs the columns"):
        components.records("t", frame, "T", columns={"name": "Name"}, notes={"name": "absent"})


def test_a_changed_fact_changes_the_recorded_hash():
    def sheet(remedy):
        return components.cards("c", [Card("1", "t", remedy=remedy)]).result["sha256"]

    def head(title):
        return components.masthead(title, "lead", [], "kind").result["sha256"]

    assert sheet("do this") != sheet("do that")
    assert head("All is well") != head("All is lost")


def test_in_a_report_kernel_the_drawing_is_left_to_the_assembler(monkeypatch):
    figure = gallery.singles()[0]
    monkeypatch.setenv("SCORPIUS_DEFER_DRAWING", "1")
    deferred = figure._repr_mimebundle_()
    assert see.elements(deferred["text/html"], "svg") == []
    assert set(deferred[FIGURE_MIME]) >= {"name", "wide", "narrow"}
    monkeypatch.delenv("SCORPIUS_DEFER_DRAWING")
    alone = figure._repr_mimebundle_()["text/html"]
    assert len([e for e in see.elements(alone, "svg") if e.attrib.get("class") in ("wide", "narrow")]) == 2
    assert ".scorpius-block :not(svg, svg *) { all: revert; }" in alone


def test_a_block_name_that_cannot_be_an_id_is_refused():
    with pytest.raises(UsageError, match="may hold letters"):
        components.note('a" onload="x', "text")


def test_an_unknown_state_is_read_as_not_evaluated_and_never_as_pass():
    frame = pl.DataFrame({"state": ["passed", "PASS", "fail"], "reason": ["a", "b", "c"]})
    html = components.records("r", frame, "States", state_column="state").html
    states = [e.attrib["data-state"] for e in see.elements(html, "span") if e.attrib.get("class") == "state"]
    assert states == ["not_evaluated", "not_evaluated", "fail"]


def test_an_empty_table_says_why():
    block = components.records("r", pl.DataFrame(), "Failing", when_empty="No rule was evaluated.")
    assert "No rule was evaluated." in see.text_of(block.html)
    assert see.elements(block.html, "table") == []


def test_a_long_table_says_how_much_is_left_out_and_hashes_all_of_it():
    frame = pl.DataFrame({"i": range(500)})
    block = components.records("r", frame, "Long", limit=20)
    assert "first 20 of 500" in see.text_of(block.html)
    assert len(see.elements(block.html, "tr")) == 21
    assert block.result["rows"] == 500


def test_a_missing_column_is_named():
    with pytest.raises(UsageError, match=r"severity.*the frame has state"):
        components.records("r", pl.DataFrame({"state": ["pass"]}), "c", severity_column="severity")


def test_cells_of_a_record_carry_their_column_for_narrow_screens():
    html = components.records("r", pl.DataFrame({"a": [1], "ends_at": [None]}), "c").html
    assert [e.attrib.get("data-l") for e in see.elements(html, "td")] == ["Ends at"]


def test_heat_takes_long_and_wide_frames_alike():
    wide = pl.DataFrame({"framework": ["A", "B"], "pass": [3, 0], "fail": [1, 2], "manual": [4, 0]})
    long = pl.DataFrame(
        [("A", "pass", 3), ("A", "fail", 1), ("A", "manual", 4), ("B", "fail", 2)],
        schema=["framework", "state", "count"],
        orient="row",
    )
    assert components.heat("h", wide).html == components.heat("h", long).html
    assert "50 %" in see.text_of(components.heat("h", wide).html)


def test_the_headline_shows_score_and_coverage_together():
    shown = see.text_of(components.headline("h", 0.75, 0.4, {"pass": 3, "fail": 1, "manual": 6}).html)
    assert "75 %" in shown
    assert "40 %" in shown
    assert "4 looked at and judged" in shown
    assert "6 not judged" in shown


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (1.0, "100 %"),
        (0.9999, "99 %"),
        (0.994, "99 %"),
        (0.001, "< 1 %"),
        (0.0, "0 %"),
        (None, DASH),
        (float("nan"), DASH),
    ],
)
def test_rounding_never_makes_a_share_look_complete_or_empty(fraction, text):
    assert percent(fraction) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"), (0.0240, "0.024"), (1234.5, "1,234"), (-3.5, "\N{MINUS SIGN}3.5"), (True, "yes"), (None, DASH), ([], DASH),
        (datetime(2026, 11, 22, 6, tzinfo=UTC), "2026-11-22 06:00 UTC"), (timedelta(minutes=74), "1 h 14 min"), (0.0000031, "0.0000031"),
    ],
)  # fmt: skip
def test_values_as_people_read_them(value, text):
    assert plain(value) == text


def test_whole_numbers_keep_every_digit():
    assert number(9_007_199_254_740_993) == "9,007,199,254,740,993"


def test_control_and_direction_characters_are_shown():
    assert esc("a\x1b[31m\x00\u202eb\u2066") == "a\\x1b[31m\\x00[U+202E]b[U+2066]"
    assert esc("tab\tand\nline") == "tab\tand\nline"


def test_author_marks_work_after_escaping():
    assert inline("**<b>** and `x<y`") == "<b>&lt;b&gt;</b> and <code>x&lt;y</code>"


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "//evil.example", "/etc/passwd", "../up", "data:text/html,x", "file:///x", " x"]
)
def test_links_lead_only_into_the_page_the_bundle_or_to_references(target):
    assert "<a" not in link("t", target)


@pytest.mark.parametrize("target", ["#card-1", "evidence/abc.txt", "https://attack.mitre.org/techniques/T1078/"])
def test_good_links_stay(target):
    assert f'href="{target}"' in link("t", target)


def test_a_hash_is_whole_in_the_markup():
    assert "a" * 64 in cell("a" * 64)
    assert 'class="hash"' in cell("a" * 64)


def test_a_card_with_an_unknown_field_is_refused():
    with pytest.raises(UsageError, match="colour"):
        components.cards("c", [{"id": "1", "title": "t", "colour": "red"}])


def test_the_cover_never_says_verified():
    block = components.masthead("t", "l", [], "k", signer="a" * 64, commands=["sha256sum -c SHA256SUMS"])
    words = see.text_of(block.html).lower()
    assert "verified" not in words
    assert "scorpius verify" in words.replace("\xa0", " ")
    assert "sha256sum -c SHA256SUMS" in see.text_of(block.html)


def test_names_may_go_on_in_a_new_line_and_stay_as_they_are():
    text = "src/low_level/0xe09b1ab8111c2729a76f16de96bc86a7af837928.sol:12 Vault.withdraw(uint256,bool) a<b"
    made = breakable(text)
    assert made.replace("<wbr>", "") == esc(text)
    assert "src/<wbr>low_<wbr>level/<wbr>0x" in made
    assert ".sol:12" in made
    assert max(len(part) for part in made.split("<wbr>")) < 40
    assert breakable(EVIL).count("<") == breakable(EVIL).count("<wbr>")


def test_a_class_nobody_looked_for_has_no_zeros():
    numbers = {"critical": 0, "high": 2, "medium": 0, "low": 8, "info": 0}
    rows = [
        {"class": EVIL, "note": "3 detectors", "looked": True, **numbers},
        {"class": "Quiet", "note": "", "looked": False, **dict.fromkeys(numbers, 0)},
    ]
    block = components.severity_heat("h", pl.DataFrame(rows), "Findings", row="class", note="note", looked="looked")
    assert "<script" not in block.html
    assert 'data-severity="low" style="--v:62">8</td>' in block.html
    assert 'data-severity="high" style="--v:31">2</td>' in block.html
    assert block.html.count('<td class="zero">') == 5
    assert "Not looked for" in block.html
    assert "<tfoot>" in block.html
    empty = components.severity_heat(
        "h", pl.DataFrame(rows).head(0), "F", row="class", note="note", looked="looked", when_empty="Nobody looked."
    )
    assert "Nobody looked." in empty.html
    with pytest.raises(UsageError, match="needs the columns"):
        components.severity_heat("h", pl.DataFrame({"class": ["a"]}), "F", row="class", note="n", looked="l")
