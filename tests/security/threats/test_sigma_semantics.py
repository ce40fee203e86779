"""What Sigma conditions mean: tables of cases, and an independent evaluator on generated rules and events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from security.threats.engine import matched, rule
from security.threats.oracle import Detection

NASTY = "100%_off\\'\"!éİ</script>"

CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]], set[int]]] = [
    ("case folds", {"a": {"F": "AbC"}, "condition": "a"}, [{"F": "aBc"}, {"F": "abcd"}], {0}),
    ("beyond ASCII", {"a": {"F": "ÉCOLE"}, "condition": "a"}, [{"F": "école"}, {"F": "ecole"}], {0}),
    ("percent is no wildcard", {"a": {"F": "50%"}, "condition": "a"}, [{"F": "50%"}, {"F": "50 of"}], {0}),
    ("underscore is none", {"a": {"F|contains": "a_b*c"}, "condition": "a"}, [{"F": "a_bxc"}, {"F": "axbxc"}], {0}),
    ("star inside", {"a": {"F": "a*c"}, "condition": "a"}, [{"F": "abbc"}, {"F": "ac"}, {"F": "ab"}], {0, 1}),
    ("stars in a row", {"a": {"F": "a**"}, "b": {"F": "***"}, "condition": "a and b"}, [{"F": "ab"}, {"F": "b"}, {}], {0}),
    ("question mark", {"a": {"F": "a?c"}, "condition": "a"}, [{"F": "abc"}, {"F": "ac"}, {"F": "aéc"}], {0, 2}),
    ("escaped star", {"a": {"F": "a\\*c"}, "condition": "a"}, [{"F": "a*c"}, {"F": "abc"}], {0}),
    ("backslash", {"a": {"F|endswith": "\\cmd.exe"}, "condition": "a"}, [{"F": "C:\\x\\cmd.exe"}, {"F": "xcmd.exe"}], {0}),
    ("line break in a value", {"a": {"F": "a*z"}, "condition": "a"}, [{"F": "a\nz"}], {0}),
    ("quote", {"a": {"F|contains": "o'clock"}, "condition": "a"}, [{"F": "five O'Clock"}], {0}),
    ("number as text", {"a": {"EventID": 4688}, "condition": "a"}, [{"EventID": "4688"}, {"EventID": 4688}, {"EventID": 46880}], {0, 1}),
    ("text as number", {"a": {"EventID": "4688"}, "condition": "a"}, [{"EventID": 4688}, {"EventID": 4688.0}], {0, 1}),
    ("truth value", {"a": {"F": True}, "condition": "a"}, [{"F": True}, {"F": "True"}, {"F": False}], {0, 1}),
    ("null", {"a": {"F": None}, "condition": "a"}, [{}, {"F": None}, {"F": ""}], {0, 1}),
    ("empty text", {"a": {"F": ""}, "condition": "a"}, [{}, {"F": ""}], {1}),
    ("exists", {"a": {"F|exists": True}, "condition": "a"}, [{}, {"F": ""}], {1}),
    ("does not exist", {"a": {"F|exists": False}, "condition": "a"}, [{}, {"F": ""}], {0}),
    ("not over a missing field", {"a": {"F": "x"}, "condition": "not a"}, [{}, {"F": "x"}, {"F": "y"}], {0, 2}),
    ("not over half-missing and", {"a": {"F": "x", "G": "y"}, "condition": "not a"}, [{"F": "x"}, {"F": "x", "G": "y"}], {0}),
    ("not not", {"a": {"F": "x"}, "condition": "not (not a)"}, [{}, {"F": "x"}], {1}),
    ("not or", {"a": {"F": "x"}, "b": {"G": "y"}, "condition": "not (a or b)"}, [{}, {"G": "y"}], {0}),
    ("all", {"a": {"F|contains|all": ["x", "y"]}, "condition": "a"}, [{"F": "xy"}, {"F": "x"}], {0}),
    ("list of maps", {"a": [{"F": "x"}, {"G": "y"}], "condition": "a"}, [{"F": "x"}, {"G": "y"}, {}], {0, 1}),
    ("1 of", {"s1": {"F": "x"}, "s2": {"F": "y"}, "t": {"F": "z"}, "condition": "1 of s*"}, [{"F": "y"}, {"F": "z"}], {0}),
    ("all of them", {"s": {"F": "x"}, "t": {"G": "y"}, "condition": "all of them"}, [{"F": "x", "G": "Y"}, {"F": "x"}], {0}),
    ("regular expression minds case", {"a": {"F|re": "^a.c$"}, "condition": "a"}, [{"F": "abc"}, {"F": "ABC"}], {0}),
    ("unless told", {"a": {"F|re|i": "^a.c$"}, "condition": "a"}, [{"F": "ABC"}], {0}),
    ("cased", {"a": {"F|contains|cased": "Ab"}, "condition": "a"}, [{"F": "xAb"}, {"F": "xab"}], {0}),
    ("cidr", {"a": {"F|cidr": "10.1.0.0/20"}, "condition": "a"}, [{"F": "10.1.15.255"}, {"F": "10.1.16.0"}, {"F": "10.1"}, {}], {0}),
    ("cidr 6", {"a": {"F|cidr": "2001:db8::/33"}, "condition": "a"}, [{"F": "2001:db8::1"}, {"F": "2001:db8:8000::1"}], {0}),
    ("mapped address", {"a": {"F|cidr": "192.0.2.0/24"}, "condition": "a"}, [{"F": "::ffff:192.0.2.7"}, {"F": "-"}], {0}),
    ("comparison", {"a": {"F|gte": 10}, "condition": "a"}, [{"F": 9}, {"F": "10"}, {"F": 100}, {"F": "x"}, {}], {1, 2}),
    ("field against field", {"a": {"F|fieldref": "G"}, "condition": "a"}, [{"F": "x", "G": "X"}, {"F": "x"}], {0}),
    ("field begins with field", {"a": {"F|fieldref|startswith": "G"}, "condition": "a"}, [{"F": "xy", "G": "X"}, {"F": "y", "G": "x"}], {0}),
    ("base64", {"a": {"F|base64offset|contains": "whoami"}, "condition": "a"}, [{"F": "eHdob2FtaXg="}, {"F": "whoami"}], {0}),
    ("utf-16", {"a": {"F|wide|base64": "IEX"}, "condition": "a"}, [{"F": "SQBFAFgA"}, {"F": "SUVY"}], {0}),
    ("dashes", {"a": {"F|windash|contains": " -enc"}, "condition": "a"}, [{"F": "p -enc"}, {"F": "p /enc"}, {"F": "p \N{EN DASH}enc"}, {"F": "p enc"}], {0, 1, 2}),
    ("keyword anywhere", {"k": ["evil thing"], "condition": "k"}, [{"F": "an EVIL thing"}, {"G": "evilthing"}], {0}),
    ("keywords all", {"k": {"|all": ["one", "two"]}, "condition": "k"}, [{"F": "one", "G": "two"}, {"F": "one"}], {0}),
    ("name in another case", {"a": {"username": "x"}, "condition": "a"}, [{"UserName": "X"}, {"user": "x"}], {0}),
    ("spelled alike wins", {"a": {"User": "x"}, "condition": "a"}, [{"User": "x", "USER": "y"}, {"User": "y", "USER": "x"}], {0}),
    ("nested", {"a": {"u.arn|endswith": "root"}, "condition": "a"}, [{"u": {"arn": "a:root"}}, {"u": "root"}], {0}),
    ("nasty text", {"a": {"F": NASTY.replace("\\", "\\\\")}, "condition": "a"}, [{"F": NASTY}, {"F": NASTY + "x"}], {0}),
    ("number within text", {"a": {"F|contains": "44"}, "condition": "a"}, [{"F": "1445"}, {"F": "4"}], {0}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "detection", "events", "expected"), CASES, ids=[case[0] for case in CASES])
def test_meaning(name: str, detection: dict[str, Any], events: list[dict[str, Any]], expected: set[int]) -> None:
    assert matched([rule(detection)], events) == [expected]
    body = Detection(rule(detection))
    flat = [{"u.arn": e["u"]["arn"]} if isinstance(e.get("u"), dict) else e for e in events]
    assert {n for n, e in enumerate(flat) if body.matches(e)} == expected, "the oracle disagrees with the table"


FIELDS = ["F", "f", "G", "weird name", "a.b", "x/y~z", "q\"'];--", "é"]
ALPHABET = "aAbB0%_*?\\'\"!é É\n/-.$()[]İß<"
texts = st.text(ALPHABET, max_size=6)
values = st.one_of(
    texts, st.integers(-3, 12), st.booleans(), st.none(), st.sampled_from(["10.0.0.1", "a\\b", "%", "_"])
)
events_ = st.lists(st.dictionaries(st.sampled_from(FIELDS), values, max_size=5), min_size=1, max_size=8)
modifiers = st.sampled_from(
    [
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|contains|all",
        "|cased",
        "|contains|cased",
        "|exists",
        "|gt",
        "|lte",
        "|cidr",
        "|fieldref",
        "|fieldref|contains",
        "|base64offset|contains",
    ]
)


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    item = {}
    for _ in range(draw(st.integers(1, 2))):
        name, modifier = draw(st.sampled_from(FIELDS)), draw(modifiers)
        item[name + modifier] = draw(value_for(modifier))
    return item


def value_for(modifier: str) -> st.SearchStrategy[Any]:  # noqa: PLR0911 (one strategy for each modifier)
    if modifier == "|exists":
        return st.booleans()
    if modifier in {"|gt", "|lte"}:
        return st.integers(-3, 12)
    if modifier == "|cidr":
        return st.sampled_from(["10.0.0.0/8", "10.0.0.0/31", "192.0.2.0/24", "::/0"])
    if "fieldref" in modifier:
        return st.sampled_from(FIELDS)
    if "base64" in modifier:
        return st.text("abcXYZ 01", min_size=1, max_size=6)
    text = texts.filter(lambda t: t or not modifier)
    if "all" in modifier:
        return st.lists(text, min_size=2, max_size=3)
    if modifier:
        return st.one_of(text, st.lists(text, min_size=1, max_size=3))
    single = st.one_of(text, st.integers(-3, 12), st.booleans(), st.none())
    return st.one_of(single, st.lists(single, min_size=1, max_size=3))


CONDITIONS = ["s1", "not s1", "s1 and not s2", "s1 or s2", "not (s1 and s2)", "1 of s*", "all of them", "not 1 of s*", "s2 and not (s1 or not s2)"]  # fmt: skip
detections = st.fixed_dictionaries(
    {
        "s1": st.one_of(items(), st.lists(items(), min_size=1, max_size=2)),
        "s2": items(),
        "condition": st.sampled_from(CONDITIONS),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules=st.lists(detections, min_size=1, max_size=6), events=events_)
def test_agrees_with_the_oracle(rules: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    found = matched([rule(d) for d in rules], events)
    expected = [{n for n, e in enumerate(events) if Detection(rule(d)).matches(e)} for d in rules]
    assert found == expected


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    words=st.lists(texts.filter(lambda t: t.strip("*?\\ \n")), min_size=1, max_size=3), events=events_, message=texts
)
def test_keywords_agree_with_the_oracle(words: list[str], events: list[dict[str, Any]], message: str) -> None:
    body = {"k": words, "condition": "k"}
    clean = [{k: v for k, v in e.items() if v is not None} for e in events]
    found = matched([rule(body)], clean, message)
    assert found == [{n for n, e in enumerate(clean) if Detection(rule(body)).matches({"_message": message, **e})}]


@pytest.mark.full
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules=st.lists(detections, min_size=1, max_size=6), events=events_)
def test_agrees_with_the_oracle_at_length(rules: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    found = matched([rule(d) for d in rules], events)
    assert found == [{n for n, e in enumerate(events) if Detection(rule(d)).matches(e)} for d in rules]
