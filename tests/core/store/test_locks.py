"""Sections: shared to read, exclusive to write, and honest about who holds them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scorpius_lab.core.store.locks import holders, section
from scorpius_lab.errors import StoreLocked

HOLD = """
import sys, time
from pathlib import Path
from scorpius_lab.core.store.locks import section
with section(Path(sys.argv[1]), sys.argv[2], "a long look"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    started = []

    def hold(mode: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path), mode], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_two_may_read_at_once(tmp_path: Path, holder) -> None:
    holder("read")
    with section(tmp_path, "read", "look", timeout=2):
        assert len(holders(tmp_path)) == 2


@pytest.mark.parametrize(("theirs", "ours"), [("read", "write"), ("write", "read"), ("write", "write")])
def test_a_writer_is_alone_and_the_one_who_waits_learns_the_pid(tmp_path: Path, holder, theirs: str, ours: str) -> None:
    process = holder(theirs)
    with pytest.raises(StoreLocked, match=rf"held by process {process.pid} \({theirs}: a long look\)"):
        section(tmp_path, ours, "try", timeout=0.2).__enter__()


def test_the_kernel_frees_the_section_of_a_killed_process(tmp_path: Path, holder) -> None:
    process = holder("write")
    process.kill()
    process.wait()
    with section(tmp_path, "write", "after", timeout=2):
        assert [h.pid for h in holders(tmp_path)] == [os.getpid()]


def test_a_second_of_waiting_is_told(tmp_path: Path, holder) -> None:
    process = holder("write")
    told: list[str] = []
    with pytest.raises(StoreLocked):
        section(tmp_path, "read", "try", timeout=1.3, notify=told.append).__enter__()
    assert len(told) == 1
    assert str(process.pid) in told[0]


def test_readers_do_not_keep_a_writer_out(tmp_path: Path) -> None:
    stop = threading.Event()

    def read_on_and_on() -> None:
        while not stop.is_set():
            with section(tmp_path, "read", "reader", timeout=10):
                time.sleep(0.01)

    readers = [threading.Thread(target=read_on_and_on) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        with section(tmp_path, "write", "writer", timeout=3):
            assert [h.mode for h in holders(tmp_path)] == ["write"]
    finally:
        stop.set()
        for reader in readers:
            reader.join()


def test_a_section_inside_a_section_is_refused_at_once(tmp_path: Path) -> None:
    with section(tmp_path, "read", "outer"), pytest.raises(StoreLocked, match="already in a section"):
        section(tmp_path, "write", "inner", timeout=30).__enter__()


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with section(tmp_path, "write", "once"):
        pass
    assert holders(tmp_path) == []
    assert list((tmp_path / "locks").iterdir()) == []
