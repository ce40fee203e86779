"""A file appears under its name whole, verified and private, or it does not appear; killed or not."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scorpius_lab import quantum
from scorpius_lab.errors import EnvelopeError, UsageError
from scorpius_lab.quantum.envelope import files

DATA = bytes(i % 256 for i in range(300_000))


@pytest.fixture(params=["unnamed", "sibling"])
def way(request, monkeypatch) -> str:
    """Both ways of writing an unfinished file."""
    if request.param == "sibling":
        monkeypatch.setattr(files, "_UNNAMED", 0)
    return request.param


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_is_private_whatever_the_mask(tmp_path, pair, way):
    old = os.umask(0)
    try:
        quantum.encrypt(DATA, [pair.public], output=tmp_path / "sealed")
        quantum.decrypt(tmp_path / "sealed", pair, output=tmp_path / "opened")
    finally:
        os.umask(old)
    assert names(tmp_path) == ["opened", "sealed"]
    for name in ("opened", "sealed"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert (tmp_path / "opened").read_bytes() == DATA


def test_an_existing_file_stays_unless_told(tmp_path, pair, way):
    target = tmp_path / "out"
    target.write_bytes(b"precious")
    with pytest.raises(UsageError, match="exists"):
        quantum.encrypt(DATA, [pair.public], output=target)
    assert target.read_bytes() == b"precious"
    quantum.encrypt(DATA, [pair.public], output=target, overwrite=True)
    assert quantum.decrypt(target.read_bytes(), pair) == DATA
    assert names(tmp_path) == ["out"]


def test_a_file_made_meanwhile_stays(tmp_path, pair, way):
    target = tmp_path / "out"

    def made_meanwhile(*_said):
        target.write_bytes(b"another's")

    with pytest.raises(UsageError, match="exists"):
        quantum.encrypt(DATA, [pair.public], output=target, progress=made_meanwhile)
    assert target.read_bytes() == b"another's"
    assert names(tmp_path) == ["out"]


def test_a_failed_overwrite_leaves_the_old_file(tmp_path, pair, way):
    target = tmp_path / "out"
    target.write_bytes(b"old")
    envelope = quantum.encrypt(DATA, [pair.public])
    with pytest.raises(EnvelopeError):
        quantum.decrypt(envelope[:-1], pair, output=target, overwrite=True)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_a_dangling_link_is_not_followed(tmp_path, pair, way):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="exists"):
        quantum.encrypt(DATA, [pair.public], output=link)
    assert names(tmp_path) == ["link"]


@pytest.mark.parametrize("damage", ["last byte", "first chunk", "header", "cut", "appended", "associated data"])
def test_a_bad_envelope_leaves_no_file(tmp_path, pair, way, damage):
    sealed = tmp_path / "sealed"
    quantum.encrypt(DATA, [pair.public], output=sealed, chunk_bytes=1024)
    content = bytearray(sealed.read_bytes())
    if damage == "cut":
        del content[-2000:]
    elif damage == "appended":
        content += b"x"
    elif damage != "associated data":
        content[{"last byte": -1, "first chunk": 2000, "header": 500}[damage]] ^= 1
    sealed.write_bytes(content)
    other = b"other" if damage == "associated data" else None
    with pytest.raises(EnvelopeError):
        quantum.decrypt(sealed, pair, output=tmp_path / "opened", associated_data=other)
    assert names(tmp_path) == ["sealed"]


class Stops(io.RawIOBase):
    """A source that ends in an error."""

    def __init__(self, error: BaseException) -> None:
        self.error, self.left = error, 5

    def readinto(self, room) -> int:
        self.left -= 1
        if self.left < 0:
            raise self.error
        return len(room)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError, OSError, ZeroDivisionError])
def test_any_interruption_leaves_no_file(tmp_path, pair, way, error):
    with pytest.raises(error):
        quantum.encrypt(Stops(error()), [pair.public], output=tmp_path / "out")
    assert names(tmp_path) == []


def test_a_full_disk_is_one_clear_error(tmp_path, pair, way, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "write", full)
    with pytest.raises(EnvelopeError, match="out cannot be written: No space left on device"):
        quantum.encrypt(DATA, [pair.public], output=tmp_path / "out")
    monkeypatch.undo()
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(EnvelopeError, match="No space left"):
        quantum.encrypt(DATA, [pair.public], output=tmp_path / "out")
    monkeypatch.undo()
    assert names(tmp_path) == []


def test_where_there_are_no_hard_links(tmp_path, pair, monkeypatch):
    def refuses(*_arguments, **_named):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(files, "_UNNAMED", 0)
    monkeypatch.setattr(Path, "hardlink_to", refuses)
    quantum.encrypt(DATA, [pair.public], output=tmp_path / "out")
    assert quantum.decrypt((tmp_path / "out").read_bytes(), pair) == DATA
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["n" * 255, "\N{HIRAGANA LETTER A}" * 85], ids=["ascii", "hiragana"])
def test_the_longest_names_there_are(tmp_path, pair, way, name):
    quantum.encrypt(DATA, [pair.public], output=tmp_path / name)
    assert names(tmp_path) == [name]


def test_paths_that_cannot_be_used(tmp_path, pair):
    envelope = quantum.encrypt(DATA, [pair.public])
    with pytest.raises(UsageError, match="No such file"):
        quantum.encrypt(tmp_path / "missing", [pair.public], output=tmp_path / "out")
    with pytest.raises(UsageError, match="No such file"):
        quantum.inspect_envelope(tmp_path / "missing")
    with pytest.raises(UsageError, match="No such file"):
        quantum.decrypt(envelope, pair, output=tmp_path / "missing" / "out")
    with pytest.raises(UsageError, match="folder"):
        quantum.decrypt(envelope, pair, output=tmp_path)
    with pytest.raises(UsageError):
        quantum.decrypt(tmp_path, pair, output=tmp_path / "out")
    for name in ("n" * 300, "zero\0byte"):
        with pytest.raises(UsageError, match="cannot be written"):
            quantum.decrypt(envelope, pair, output=tmp_path / name)
        with pytest.raises(UsageError, match="cannot be read"):
            quantum.decrypt(tmp_path / name, pair, output=tmp_path / "out")
    assert names(tmp_path) == []


ENDLESS = """
import sys
from pathlib import Path
from scorpius_lab import quantum
from scorpius_lab.quantum.envelope import files

if sys.argv[3] == "sibling":
    files._UNNAMED = 0


class Endless:
    def readinto(self, room):
        return len(room)


def told(done, total, text):
    print(done, flush=True)


pair = quantum.generate_keypair()
quantum.encrypt(Endless(), [pair.public], output=Path(sys.argv[1]) / "sealed", progress=told)
"""

SLOW = """
import sys
from pathlib import Path
from scorpius_lab import quantum
from scorpius_lab.quantum.envelope import files

if sys.argv[3] == "sibling":
    files._UNNAMED = 0


class Waits:
    def __init__(self, content):
        self.content = memoryview(content)

    def readinto(self, room):
        if len(self.content) < 1_000_000:
            print("waiting", flush=True)
            sys.stdin.read()
        count = min(len(room), len(self.content))
        room[:count] = self.content[:count]
        self.content = self.content[count:]
        return count


pair = quantum.generate_keypair()
envelope = quantum.encrypt(b"plaintext " * 500_000, [pair.public])
quantum.decrypt(Waits(envelope), pair, output=Path(sys.argv[1]) / "opened")
"""


@pytest.mark.parametrize("program", [ENDLESS, SLOW], ids=["encrypting", "decrypting"])
@pytest.mark.parametrize("how", ["unnamed", "sibling"])
def test_killed_outright(tmp_path, program, how):
    """SIGKILL in the middle: nothing under the final name; where unnamed files exist, nothing under any name."""
    command = [sys.executable, "-c", program, str(tmp_path), "-", how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    left = names(tmp_path)
    if how == "unnamed" and sys.platform == "linux":
        assert left == []
    assert all(name.startswith(".") and name.endswith(".part") for name in left)
    assert all(stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600 for name in left)
