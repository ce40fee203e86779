"""Sources that are in memory or in one JSON file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from security.contracts.source.folders import write

from scorpius_lab.security.contracts.source.bundle import Bundle, from_texts, parse_bundle, read_bundle
from scorpius_lab.security.contracts.source.compiled import CompilerFacts

SOURCES = {
    "contracts/A.sol": {"content": 'import "./B.sol"; import "@oz/C.sol"; contract A {}'},
    "contracts/B.sol": {"content": "contract B {}"},
    "lib/oz/C.sol": {"content": "contract C {}"},
}
INPUT = {
    "language": "Solidity",
    "sources": SOURCES,
    "settings": {"remappings": ["@oz/=lib/oz/"], "optimizer": {"enabled": True, "runs": 200}, "evmVersion": "paris"},
}
FACTS = CompilerFacts((0, 8, 20), "paris", optimizer=True)


def parsed(document: object) -> Bundle:
    bundle = parse_bundle(document if isinstance(document, str) else json.dumps(document), "in.json")
    assert bundle is not None
    return bundle


def target(bundle: Bundle, imported: str, importer: str) -> str | None:
    sources = {source.label: source for source in bundle.files}
    found = bundle.resolver.resolve(imported, sources[importer])
    return found.label if found else None


@pytest.mark.parametrize(
    ("document", "facts"),
    [
        (INPUT, None),
        ("{" + json.dumps(INPUT) + "}\r\n", None),
        ({"solcVersion": "0.8.20", "input": INPUT}, FACTS),
        ({"SourceCode": "{" + json.dumps(INPUT) + "}", "CompilerVersion": "v0.8.20+commit.a1b79de6"}, FACTS),
        ({"status": "1", "result": [{"SourceCode": json.dumps(INPUT), "CompilerVersion": "v0.8.20+c"}]}, FACTS),
    ],
)
def test_input_for_the_compiler_in_all_its_wrappings(document: object, facts: CompilerFacts | None) -> None:
    bundle = parsed(document)
    assert [s.label for s in bundle.files] == [f"in.json/{name}" for name in SOURCES]
    assert [s.text for s in bundle.files] == [s["content"] for s in SOURCES.values()]
    assert target(bundle, "./B.sol", "in.json/contracts/A.sol") == "in.json/contracts/B.sol"
    assert target(bundle, "@oz/C.sol", "in.json/contracts/A.sol") == "in.json/lib/oz/C.sol"
    assert target(bundle, "../lib/oz/C.sol", "in.json/contracts/A.sol") == "in.json/lib/oz/C.sol"
    assert target(bundle, "./Missing.sol", "in.json/contracts/A.sol") is None
    assert bundle.facts == facts


def test_a_table_of_names_and_a_single_text_from_etherscan() -> None:
    assert [s.label for s in parsed(SOURCES).files] == [f"in.json/{name}" for name in SOURCES]
    flat = parsed(
        {"result": [{"SourceCode": "contract T {}", "ContractName": "T", "CompilerVersion": "v0.4.24+commit.e"}]}
    )
    assert [(s.label, s.text) for s in flat.files] == [("in.json/T.sol", "contract T {}")]
    assert flat.facts == CompilerFacts((0, 4, 24))


def test_names_may_be_addresses_and_never_lead_out() -> None:
    texts = {
        "https://example.org/a/A.sol": {"content": 'import "../B.sol";'},
        "https://example.org/B.sol": {"content": "contract B {}"},
        "../../etc/C.sol": {"content": "contract C {}"},
        "/etc/C.sol": {"content": "contract D {}"},
        "x\x1b\n.sol": {"content": "contract E {}"},
        "..": {"content": "contract F {}"},
    }
    bundle = parsed({"sources": texts})
    labels = [s.label for s in bundle.files]
    assert labels == [
        "in.json/https:/example.org/a/A.sol",
        "in.json/https:/example.org/B.sol",
        "in.json/etc/C.sol",
        "in.json/etc/C.sol~2",
        "in.json/x__.sol",
        "in.json/source.sol",
    ]
    assert target(bundle, "../B.sol", labels[0]) == labels[1]
    assert target(bundle, "https://example.org/B.sol", labels[2]) == labels[1]


def test_sources_that_cannot_be_looked_at_say_why() -> None:
    bundle = parsed({"sources": {"A.sol": {"urls": ["ipfs://Qm"]}, "B.sol": 1, "V.vy": {"content": "x: uint256"}}})
    absent = "its text is not in the file, only where it may be found"
    assert [s.problem for s in bundle.files] == [absent, absent, "Vyper is not supported; only Solidity is looked at"]
    yul = parsed({"language": "Yul", "sources": {"A": {"content": "{ }"}}})
    assert [s.problem for s in yul.files] == ["Yul is not supported; only Solidity is looked at"]


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "null", '{"abi": []}', '{"sources": []}', "{{}}", "[" * 100_000])
def test_other_json_is_one_source_with_a_problem(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"x.json": text})
    bundle = read_bundle(tmp_path / "x.json", "x.json")
    assert [s.label for s in bundle.files] == ["x.json"]
    assert bundle.files[0].problem


def test_a_bundle_is_read_up_to_a_limit(tmp_path: Path) -> None:
    write(tmp_path, {"x.json": json.dumps(INPUT)})
    assert len(read_bundle(tmp_path / "x.json", "x.json").files) == 3
    assert read_bundle(tmp_path / "x.json", "x.json", largest=50).files[0].problem.startswith("it is larger than")


def test_half_a_file_costs_no_more_than_itself() -> None:
    whole = json.dumps(INPUT)
    for end in range(0, len(whole) - 1, 7):
        assert parse_bundle(whole[:end], "in.json") is None


def test_texts_in_memory() -> None:
    files, resolver = from_texts({"a/A.sol": "contract A {}", "b/B.sol": "contract B {}"}, ["x/=b/"])
    found = resolver.resolve("x/B.sol", files[0])
    assert found is files[1]
    assert resolver.resolve("../b/B.sol", files[0]) is files[1]
    assert resolver.resolve("B.sol", files[0]) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["sources", "settings", "remappings", "content", "language", "input", "result", "SourceCode"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.text(alphabet="./ab:", max_size=12))
def test_any_json_becomes_sources_with_different_names_or_none(document: object, imported: str) -> None:
    bundle = parse_bundle(json.dumps(document), "in.json")
    if bundle is None:
        return
    labels = [source.label for source in bundle.files]
    assert len(set(labels)) == len(labels)
    for source in bundle.files:
        found = bundle.resolver.resolve(imported, source)
        assert found is None or found.label in labels
