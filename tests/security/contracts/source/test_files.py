"""Reading a source: text, language, and one clear reason for what cannot be looked at."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from security.contracts.source.folders import write

from scorpius_lab.security.contracts.source.files import from_bytes, from_text, label_of, read_source

CONTRACT = "// café\npragma solidity ^0.8.0;\ncontract A {}\n"


def test_a_source_is_read_as_it_lies_there(tmp_path: Path) -> None:
    data = CONTRACT.encode()
    write(tmp_path, {"A.sol": data})
    source = read_source(tmp_path / "A.sol", "src/A.sol")
    assert (source.label, source.file, source.text) == ("src/A.sol", tmp_path / "A.sol", CONTRACT)
    assert (source.size, source.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (source.language, source.problem, source.note) == ("solidity", "", "")


def test_a_byte_order_mark_is_no_text_but_counts_for_the_hash() -> None:
    data = b"\xef\xbb\xbf" + CONTRACT.encode()
    source = from_bytes(data, "A.sol", None)
    assert source.text == CONTRACT
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert source.size == len(data)


def test_each_byte_that_is_not_utf8_is_one_character_and_said() -> None:
    source = from_bytes(b"// caf\xe9 \xe2\x82\ncontract A {}", "A.sol", None)
    assert source.text == "// caf\ufffd \ufffd\ufffd\ncontract A {}"
    assert source.note == "3 bytes that are not UTF-8 were replaced"
    assert source.problem == ""
    assert from_bytes(b"// \xff", "A.sol", None).note == "1 byte that is not UTF-8 was replaced"


def test_comments_in_another_encoding_are_still_text() -> None:
    source = from_bytes("// 这是一个智能合约的注释\ncontract A {}".encode("gbk"), "A.sol", None)
    assert source.problem == ""
    assert source.text.endswith("\ncontract A {}")


@pytest.mark.parametrize(
    ("data", "language", "problem"),
    [
        (b"# @version ^0.3.0\nx: uint256", "vyper", "Vyper is not supported; only Solidity is looked at"),
        (b"#pragma version 0.4.0\n", "vyper", "Vyper is not supported; only Solidity is looked at"),
        (b"\r\n# notes\r\n# pragma version ~=0.4\r\n", "vyper", "Vyper is not supported; only Solidity is looked at"),
        (
            b'// comment\n/* { */ object "Token" {\n code {} }',
            "yul",
            "Yul is not supported; only Solidity is looked at",
        ),
        (b"contract A { /*\n# @version 1\n*/ }", "solidity", ""),
        (b'contract A { string s = "object \\"a\\" {"; }', "solidity", ""),
        (b'object "unfinished', "solidity", ""),
        (b"", "", "it is empty"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "", "it is not Solidity: it is not text"),
        (b"contract A {}\0", "", "it is not Solidity: it is not text"),
        (gzip.compress(CONTRACT.encode(), mtime=0).replace(b"\0", b"\1"), "", "it is not Solidity: it is not text"),
        (CONTRACT.encode("utf-16"), "", "it is UTF-16, which no Solidity compiler reads; save it as UTF-8"),
    ],
)
def test_the_language_is_recognised_by_what_is_in_the_file(data: bytes, language: str, problem: str) -> None:
    source = from_bytes(data, "A.sol", None)
    assert (source.language, source.problem) == (language, problem)


@pytest.mark.parametrize(
    ("name", "language"), [("A.vy", "vyper"), ("I.VYI", "vyper"), ("A.yul", "yul"), ("A", "solidity")]
)
def test_the_language_is_recognised_by_the_name_too(name: str, language: str) -> None:
    assert from_text("{ }", name).language == language


def test_a_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    write(tmp_path, {"full.sol": b"a" * 100, "over.sol": b"a" * 101})
    assert read_source(tmp_path / "full.sol", "full.sol", largest=100).problem == ""
    over = read_source(tmp_path / "over.sol", "over.sol", largest=100)
    assert over.problem.startswith("it is larger than")
    assert (over.text, over.sha256) == ("", "")
    assert from_text("a" * 101, largest=100).problem.startswith("it is larger than")


def test_what_is_no_file_is_neither_read_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sol")
    assert read_source(tmp_path / "pipe.sol", "pipe.sol").problem == "it is no file but a pipe"
    assert read_source(Path("/dev/zero"), "zero").problem == "it is no file but a device"
    assert read_source(tmp_path, "folder").problem in {
        "it is no file but a folder",
        "it cannot be read: Is a directory",
    }
    assert read_source(tmp_path / "absent.sol", "absent.sol").problem == "there is no such file"
    assert read_source(tmp_path / "a\0b", "a").problem.startswith("it cannot be read")
    assert read_source(tmp_path / ("a" * 300), "a").problem == "it cannot be read: File name too long"


def test_a_file_one_may_not_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, {"A.sol": CONTRACT})
    monkeypatch.setattr(os, "open", refuse)
    assert read_source(tmp_path / "A.sol", "A.sol").problem == "this user may not read it"


def test_labels_are_relative_and_cannot_write_to_a_terminal(tmp_path: Path) -> None:
    assert label_of(tmp_path / "src" / "A.sol", tmp_path) == "src/A.sol"
    assert label_of(tmp_path / "A.sol", tmp_path / "src") == "../A.sol"
    assert label_of(Path("/x/A.sol"), Path("/")) == "/x/A.sol"
    assert label_of(tmp_path / "a\x1b[2J\n\u202e.sol", tmp_path) == "a\\x1b[2J\\n\\u202e.sol"
    assert label_of(Path(os.fsdecode(b"/x/caf\xe9.sol")), Path("/x")) == "caf\\xe9.sol"


@given(st.binary(max_size=300))
def test_any_bytes_become_a_source_that_can_be_encoded(data: bytes) -> None:
    source = from_bytes(data, "A.sol", None)
    assert source.size == len(data)
    assert source.problem or source.text.encode().count(b"\n") == data.count(b"\n")


@given(st.lists(st.one_of(st.text(max_size=5), st.binary(max_size=3))))
def test_columns_stay_where_they_are(parts: list[str | bytes]) -> None:
    data = b"".join(part.encode("utf-8", "replace") if isinstance(part, str) else part for part in parts) + b"|"
    source = from_bytes(data, "A.sol", None)
    if source.problem:
        return
    characters = len(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape"))
    assert source.text.index("|", -1) == characters - 1


@given(st.text(alphabet=st.one_of(st.characters(), st.characters(categories=["Cs"])), max_size=50))
def test_any_text_becomes_a_source_that_can_be_encoded(text: str) -> None:
    source = from_text(text)
    whole = re.sub("[\ud800-\udfff]", "\ufffd", text)
    assert source.sha256 == hashlib.sha256(whole.encode()).hexdigest()
    assert source.problem or source.text == whole.removeprefix("\ufeff")
