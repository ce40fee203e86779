"""Rule files that are broken, hostile or beyond us: each says why, and none costs another or reaches the database."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from security.threats.engine import event, matched, rule, ruleset

from scorpius_lab.errors import FormatError, MissingExtra
from scorpius_lab.security.threats.events import frame_of
from scorpius_lab.security.threats.sigma.detector import Detector, refused
from scorpius_lab.security.threats.sigma.rules import RuleSet, load_rules, rules_of
from scorpius_lab.security.threats.sigma.sources import MAX_FILE, RuleText

GOOD = b"title: good\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: test}\ndetection:\n  a: {F: x}\n  condition: a\n"
BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (c, c, b",".join([b"*" + bytes([c - 1])] * 9)) for c in range(ord("b"), ord("j"))
) + b"detection: {s: *i, condition: s}\n"  # fmt: skip

BAD: dict[str, tuple[bytes, str]] = {
    "not yaml": (b"a: [1, 2", "not readable as YAML"),
    "a python object": (b"detection: !!python/object/apply:os.system [id]\n", "not readable as YAML"),
    "an alias bomb": (BOMB, "values once its aliases are followed"),
    "no condition": (b"title: t\nlogsource: {product: test}\ndetection: {a: {F: x}}\n", "condition"),
    "no log source": (b"title: t\ndetection: {a: {F: x}, condition: a}\n", "log source"),
    "unknown selection": (b"title: t\nlogsource: {product: test}\ndetection: {a: {F: x}, condition: b}\n", "b"),
    "unknown modifier": (b"title: t\nlogsource: {product: test}\ndetection: {a: {'F|frobnicate': x}, condition: a}\n", "frobnicate"),
    "bad pattern": (b"title: t\nlogsource: {product: test}\ndetection: {a: {'F|re': '(('}, condition: a}\n", "nvalid"),
    "bad network": (b"title: t\nlogsource: {product: test}\ndetection: {a: {'F|cidr': '300.1.1.1/8'}, condition: a}\n", "CIDR"),
    "placeholder": (b"title: t\nlogsource: {product: test}\ndetection: {a: {'F|expand': '%names%'}, condition: a}\n", "%names%"),
    "tests nothing": (b"title: t\nlogsource: {product: test}\ndetection: {a: [], condition: a}\n", ""),
    "temporal correlation": (b"title: t\ncorrelation: {type: temporal, rules: [a, b], timespan: 1m, group-by: [F]}\n", "temporal"),
    "correlation of nothing": (b"title: t\ncorrelation: {type: event_count, rules: [nope], timespan: 1m, group-by: [F], condition: {gte: 3}}\n", "nope"),
    "detection is a text": (b"title: t\nlogsource: {product: test}\ndetection: x\n", ""),
    "a list as title": (b"title: [1]\nlogsource: 7\ndetection: {a: {F: x}, condition: a}\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_rules_say_why_and_cost_only_themselves(name: str) -> None:
    text, words = BAD[name]
    loaded = rules_of([RuleText("bad.yml", text), RuleText("good.yml", GOOD)])
    bad, good = loaded.rules
    assert bad.problem
    assert words in bad.problem
    assert good.problem is None
    detector = Detector(loaded)
    detector.feed(frame_of([event({"F": "x"}, 1)], "f"))
    assert [m.rule.rule.title for m in detector.matches()] == ["good"]


@pytest.mark.parametrize("pattern", ["(?=x)y", "(?!x)y", "(?<=x)y", "(?<!x)y", "(x)\\1", "\\\\(?=x)"])
def test_a_pattern_beyond_linear_time_is_refused_with_its_reason(pattern: str) -> None:
    bad, good = ruleset(
        rule({"a": {"F|re": pattern}, "condition": "a"}), rule({"a": {"F": "x"}, "condition": "a"})
    ).rules
    assert "invalid" in (bad.problem or "")
    assert good.problem is None


def test_an_escaped_parenthesis_is_no_looking_around() -> None:
    assert matched([rule({"a": {"F|re": "\\(?=x"}, "condition": "a"})], [{"F": "(=x"}]) == [{0}]


def test_what_the_database_refuses_is_said_before_any_event() -> None:
    """Only pySigma's own check stands before this one, so the pattern is put behind its back."""
    loaded = ruleset(rule({"a": {"F|re": "x"}, "condition": "a"}), rule({"a": {"F": "x"}, "condition": "a"}))
    broken = replace(loaded.rules[0], sql="regexp_matches(c0, '(?=x)')")
    loaded = RuleSet((broken, loaded.rules[1]), loaded.columns)
    assert list(refused(loaded)) == [broken.rule.id]
    detector = Detector(loaded)
    assert "refuses" in (detector.looked[broken.rule.id].problem or "")
    detector.feed(frame_of([event({"F": "x"}, 1)], "f"))
    assert len(detector.matches()) == 1


def test_catastrophic_pattern_is_bounded() -> None:
    assert matched([rule({"a": {"F|re": "^(a+)+$"}, "condition": "a"})], [{"F": "a" * 50_000 + "!"}]) == [set()]


INJECTIONS = ["x') OR TRUE --", "x'; DROP TABLE events; --", "' OR '1'='1", "\\' OR 1=1 --", '"; COPY events TO \'/tmp/x\'', "$1", "{}", "%s", "E'\\x27'", "x\x00' OR TRUE --", "'||(SELECT 1)||'"]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("place", ["value", "field", "pattern", "keyword", "product", "event field"])
def test_injection_is_only_text(text: str, place: str) -> None:
    detection: dict[str, Any] = {"a": {"F": "never"}, "condition": "a"}
    events: list[dict[str, Any]] = [{"F": "something"}, {"G": 1}]
    more: dict[str, Any] = {}
    if place == "value":
        detection["a"] = {"F": text, "H|contains": text, "I|endswith": text, "J": f"a*{text}*b", "K|cased": text}
    elif place == "field":
        detection["a"] = {text.replace("|", "_"): "never", f"{text.replace('|', '_')}2|exists": True}
    elif place == "pattern":
        detection["a"] = {"F|re": "^" + "".join(f"\\x{ord(c):02x}" if not c.isalnum() else c for c in text) + "$"}
    elif place == "keyword":
        detection = {"k": [text], "condition": "k"}
    elif place == "product":
        more = {"logsource": {"product": text}}
    else:
        events = [{text: "x", "F": "y"}]
    loaded = ruleset(rule(detection, **more))
    detector = Detector(loaded)
    detector.feed(frame_of([event(e, n) for n, e in enumerate(events)], "f"))
    assert detector.matches() == []
    assert not Path("/tmp/x").exists()


def test_hostile_names_in_groups_of_a_correlation() -> None:
    base = {
        "title": "b",
        "name": "base",
        "logsource": {"product": "test"},
        "detection": {"a": {"F": "x"}, "condition": "a"},
    }
    name = "G') OR 1=1 --"
    counted = {
        "title": "c",
        "correlation": {
            "type": "event_count",
            "rules": ["base"],
            "group-by": [name],
            "timespan": "1m",
            "condition": {"gte": 2},
        },
    }
    from datetime import UTC, datetime

    loaded = ruleset(base, counted)
    assert loaded.rules[1].problem is None
    detector = Detector(loaded)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    detector.feed(frame_of([event({"F": "x", name: g}, n, time=moment) for n, g in enumerate(["p", "q", "p"])], "f"))
    assert [(m.subject, m.count) for m in detector.matches()] == [("p", 2)]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_rule_file(data: bytes) -> None:
    loaded = rules_of([RuleText("x.yml", data), RuleText("good.yml", GOOD)])
    assert loaded.rules[-1].problem is None


def test_rules_with_one_id_are_not_mixed_up() -> None:
    loaded = rules_of([RuleText("a.yml", GOOD), RuleText("b.yml", GOOD)])
    assert [bool(r.problem) for r in loaded.rules] == [False, True]
    assert len({r.rule.id for r in loaded.rules}) == 2
    assert "a.yml" in (loaded.rules[1].problem or "")


def test_folder_zip_and_file_give_the_same_rules(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.yml").write_bytes(GOOD)
    (folder / "README.md").write_text("no rule")
    (folder / "notes.yaml").write_text("just: notes\n")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yml").write_bytes(b"[")
    (folder / "huge.yml").write_bytes(b"#" * (MAX_FILE + 1))
    archive = tmp_path / "rules.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("../../deep/a.yml", GOOD)
        target.writestr("notes.yaml", "just: notes\n")
        target.writestr("huge.yml", b"#" * (MAX_FILE + 1))
    for path in (folder, archive):
        loaded = load_rules([path], own=False)
        assert [r.rule.title for r in loaded.runnable] == ["good"]
        assert [name for name, _ in loaded.not_rules] == ["notes.yaml"]
        assert ["larger than" in (r.problem or "") for r in loaded.rules if r.problem] == [True]
    assert not (tmp_path.parent / "deep").exists()
    assert len(load_rules([folder / "deep" / "a.yml"], own=False).rules) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no zip"])
def test_a_broken_zip_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rules.zip"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="zip"):
        load_rules([path], own=False)


def test_no_rules_at_a_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no rules at"):
        load_rules([tmp_path / "nowhere"])


def test_without_pysigma_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name == "sigma" or name.startswith("sigma."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "scorpius_lab.security.threats.sigma.backend", raising=False)
    monkeypatch.setitem(sys.modules, "sigma", None)
    with pytest.raises(MissingExtra, match=r"scorpius-lab\[threats\]"):
        load_rules()
