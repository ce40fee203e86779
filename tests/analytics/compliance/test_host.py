"""The real host's reading: links, pipes, limits, walks and programs."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from scorpius_lab.analytics.compliance import host as module
from scorpius_lab.analytics.compliance.host import RealHost

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_pipe_in_the_place_of_a_file_does_not_hold_the_run(tmp_path):
    os.mkfifo(tmp_path / "passwd")
    assert RealHost(tmp_path, NOW).read_bytes("/passwd") is None


def test_links_in_an_image_never_leave_it(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "shadow").write_text("inside")
    (tmp_path / "a").symlink_to("/etc/shadow")
    (tmp_path / "b").symlink_to("../../../../etc/shadow")
    (tmp_path / "c").symlink_to("/c")
    host = RealHost(tmp_path, NOW)
    assert host.read_bytes("/a") == host.read_bytes("/b") == host.read_bytes("/../../etc/shadow") == b"inside"
    with pytest.raises(OSError, match="more than 40 links"):
        host.read_bytes("/c")


def test_a_huge_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "READ_LIMIT", 1000)
    (tmp_path / "big").write_bytes(b"x" * 1001)
    with pytest.raises(OSError, match="larger than"):
        RealHost(tmp_path, NOW).read_bytes("/big")


def test_absent_is_none_and_no_program_runs_for_an_image(tmp_path):
    host = RealHost(tmp_path, NOW)
    assert host.read_bytes("/x") is host.stat("/x/y") is host.list("/x") is host.run(["ls"], 1) is None


def test_programs_are_stopped_at_their_limit_and_keep_what_they_said():
    result = RealHost(moment=NOW).run(["sh", "-c", "echo first; sleep 30"], 0.3)
    assert result.timed_out
    assert result.stdout == "first\n"
    assert RealHost(moment=NOW).run(["no-such-program-anywhere"], 1) is None


def test_endless_output_is_cut(monkeypatch):
    monkeypatch.setattr(module, "READ_LIMIT", 10)
    result = RealHost(moment=NOW).run(["sh", "-c", "printf '%s' aaaaaaaaaaaaaaaaaaaa"], 2)
    assert (result.stdout, result.cut) == ("a" * 10, True)


def test_the_walk_singles_out_suid_and_world_writable(tmp_path):
    for name, mode in (("plain", 0o644), ("suid", 0o4755), ("open", 0o666)):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(mode)
    (tmp_path / "odd\nname").write_text("x")
    (tmp_path / "odd\nname").chmod(0o602)
    walk = RealHost(tmp_path, NOW).walk(10)
    (tmp_path / "suid").chmod(0o600)  # what the test planted must not stay behind on the machine it ran on
    assert [(entry.path, entry.status.octal) for entry in walk.entries] == [
        ("/odd\nname", "0602"),
        ("/open", "0666"),
        ("/suid", "4755"),
    ]
    assert walk.complete


def test_two_checks_that_ask_for_the_walk_at_once_see_the_same(tmp_path):
    for number in range(200):
        file = tmp_path / f"open-{number}"
        file.write_text("x")
        file.chmod(0o666)
    for _ in range(20):
        host = RealHost(tmp_path)
        with ThreadPoolExecutor(max_workers=4) as threads:
            walks = list(threads.map(lambda _, host=host: host.walk(30.0), range(4)))
        assert {len(walk.entries) for walk in walks} == {200}
        host.close()
