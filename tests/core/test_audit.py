"""The audit log: whole lines from many writers, and every change to a written line is named."""

from __future__ import annotations

import json
import multiprocessing
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.core.audit import AuditSink, FileAuditSink
from scorpius_lab.errors import AuditError

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sink_at(path: Path) -> FileAuditSink:
    return FileAuditSink(path, clock=lambda: AT)


@pytest.fixture
def log(tmp_path: Path) -> FileAuditSink:
    sink = sink_at(tmp_path / "audit.jsonl")
    for number in range(5):
        sink.record("export", f"bundle {number}", actor="alice", detail={"files": number})
    return sink


def write_many(path: Path, writer: int) -> None:
    for number in range(25):
        sink_at(path).record("change", f"{writer}/{number}", detail={"text": "x" * 300})


def test_entries_come_back_as_written(log: FileAuditSink) -> None:
    sink: AuditSink = log
    entries = list(sink.entries())
    assert [e.subject for e in entries] == [f"bundle {n}" for n in range(5)]
    assert entries[3].detail == {"files": 3}
    assert entries[0].at == AT
    assert (entries[0].actor, entries[0].action) == ("alice", "export")
    assert [e.previous for e in entries] == ["0" * 64, *[e.hash for e in entries[:-1]]]
    check = sink.verify_chain()
    assert (check.good, check.entries, check.head) == (True, 5, entries[-1].hash)


def test_nothing_recorded_is_an_empty_log(tmp_path: Path) -> None:
    sink = sink_at(tmp_path / "audit.jsonl")
    assert list(sink.entries()) == []
    assert sink.verify_chain().good
    assert sink.head() == "0" * 64


def test_the_file_is_private_and_stays_so(log: FileAuditSink) -> None:
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    log.path.chmod(0o644)
    with pytest.raises(AuditError, match="chmod 600"):
        log.record("change", "x")


def test_concurrent_writers_interleave_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=write_many, args=(path, n)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    check = sink_at(path).verify_chain()
    assert check.good
    assert check.entries == 100
    assert len({e.subject for e in sink_at(path).entries()}) == 100


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [*lines[:1], *lines[2:]], 2),  # removed
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2),  # moved
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),  # repeated
        (lambda lines: [lines[0], lines[1].replace("alice", "mallo"), *lines[2:]], 2),
        (lambda lines: [lines[0], lines[1].replace('"files":1', '"files": 1'), *lines[2:]], 2),
        (lambda lines: [lines[0], "garbage", *lines[2:]], 2),
        (lambda lines: lines[1:], 1),
    ],
)
def test_a_changed_log_names_the_line(log: FileAuditSink, change, line: int) -> None:
    lines = log.path.read_text().splitlines()
    log.path.write_text("\n".join(change(lines)) + "\n")
    check = log.verify_chain()
    assert not check.good
    assert check.problems[0].startswith(f"line {line} ")


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_any_flipped_byte_is_found(tmp_path_factory, data: st.DataObject) -> None:
    sink = sink_at(tmp_path_factory.mktemp("flip") / "audit.jsonl")
    for number in range(3):
        sink.record("change", str(number))
    head = sink.head()
    content = bytearray(sink.path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 2))
    content[place] ^= data.draw(st.integers(1, 255))
    sink.path.write_bytes(content)
    check = sink.verify_chain()
    assert not check.good or check.head != head


@given(st.binary(max_size=400))
@settings(max_examples=80, deadline=None)
def test_garbage_is_a_result_and_the_log_goes_on(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("garbage") / "audit.jsonl"
    path.write_bytes(content)
    path.chmod(0o600)
    sink = sink_at(path)
    sink.verify_chain()
    name = sink.record("change", "after")
    assert [e.hash for e in sink.entries()][-1] == name
    assert sink.verify_chain().head == name


def test_a_line_torn_by_a_dying_process_is_named_and_nothing_else_is(log: FileAuditSink) -> None:
    content = log.path.read_bytes()
    log.path.write_bytes(content[:-40])
    log.record("change", "after the crash")
    check = log.verify_chain()
    assert check.problems == ("line 5 is not a whole entry",)
    assert [e.subject for e in log.entries()][-1] == "after the crash"


def test_a_long_entry_is_found_again_as_the_last_one(tmp_path: Path) -> None:
    sink = sink_at(tmp_path / "audit.jsonl")
    for size in (10, 300_000, 70_000, 10):
        sink.record("change", "x" * size)
    assert sink.verify_chain().good


def test_awkward_text_is_recorded(tmp_path: Path) -> None:
    sink = sink_at(tmp_path / "audit.jsonl")
    sink.record("change", "a\nb\u2028c\udcff</script>", detail={"at": AT, "path": Path("/x")})
    assert sink.verify_chain().good
    assert next(sink.entries()).subject == "a\nb\u2028c?</script>"
    assert json.loads(sink.path.read_text())["detail"]["path"] == "/x"
    with pytest.raises(AuditError, match="plain JSON"):
        sink.record("change", "x", detail={"value": float("nan")})
    assert sink.verify_chain().entries == 1


def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="cannot be opened"):
        sink_at(tmp_path).record("change", "x")
    full = Path("/dev/full")
    if full.exists():
        (tmp_path / "link").symlink_to(full)
        with pytest.raises(AuditError):
            sink_at(tmp_path / "link").record("change", "x")
