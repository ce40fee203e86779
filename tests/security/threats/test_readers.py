"""Readers: what each kind of record becomes, and that a bad one costs only itself."""

from __future__ import annotations

import gzip
import json
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from security.threats.engine import read

from scorpius_lab.errors import MissingExtra
from scorpius_lab.formats.lines import LineLimits

AUTH = """\
Oct 18 03:12:07 web-1 sshd[812]: Failed password for invalid user a from b from 203.0.113.9 port 4711 ssh2
Oct 18 03:12:08 web-1 sshd[812]: message repeated 3 times: [ Failed password for root from 203.0.113.9 port 4711 ssh2]
2026-10-18T03:12:09.5+00:00 web-1 sudo:    ada : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/bin/sh -c 'a ; b'
2026-10-18T03:12:10+00:00 web-1 useradd[9]: new user: name=eve, UID=0, GID=0, home=/home/eve, shell=/bin/sh
2026-10-18T03:12:11+00:00 web-1 usermod[9]: add 'eve' to group 'sudo'
2026-10-18T03:12:12+00:00 web-1 crontab[9]: (root) REPLACE (root)
2026-10-18T03:12:13+00:00 web-1 su[10]: (to root) ada on pts/1
"""


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def fields(row: dict[str, Any]) -> dict[str, Any]:
    return json.loads(row["fields"])


def test_auth_log(tmp_path: Path) -> None:
    rows, tally = read(write(tmp_path / "auth.log", AUTH))
    assert tally.rejected == 0
    first, repeated, sudo, user, group, cron, su = rows
    assert (first["user"], first["source_ip"], first["service"]) == ("a from b", "203.0.113.9", "sshd")
    assert fields(first)["action"] == "login_failed"
    assert (fields(repeated)["repeat"], repeated["user"]) == (3, "root")
    assert (sudo["user"], sudo["command_line"], sudo["service"], sudo["category"]) == (
        "ada",
        "/bin/sh -c 'a ; b'",
        "sudo",
        "",
    )
    assert fields(sudo) | {"action": "sudo_failed", "TargetUser": "root", "Terminal": "pts/0"} == fields(sudo)
    assert (fields(user)["action"], fields(user)["UserId"], fields(user)["TargetUser"]) == ("user_created", "0", "eve")
    assert (fields(group)["action"], fields(group)["TargetGroup"]) == ("group_member_added", "sudo")
    assert (fields(cron)["action"], cron["user"]) == ("crontab_changed", "root")
    assert (fields(su)["action"], fields(su)["TargetUser"], su["user"]) == ("su", "root", "ada")
    assert first["time"] == datetime(2026, 10, 18, 3, 12, 7, tzinfo=UTC)


def test_a_name_cannot_forge_the_address(tmp_path: Path) -> None:
    line = "Oct 18 03:12:07 h sshd[1]: Invalid user x from 192.0.2.1 port 22 from 203.0.113.9 port 4711\n"
    rows, _ = read(write(tmp_path / "auth.log", line))
    assert rows[0]["source_ip"] == "203.0.113.9"


def test_dpkg_log(tmp_path: Path) -> None:
    text = "2026-10-18 03:11:41 install nmap:amd64 <none> 7.93\n2026-10-18 03:11:42 status installed nmap:amd64 7.93\nnoise\n2026-10-18 03:11:43 remove auditd:amd64 3.0 <none>\n"
    rows, tally = read(write(tmp_path / "dpkg.log", text), host="h1")
    assert [fields(r).get("Package") for r in rows] == ["nmap", "nmap", "auditd"]
    assert [fields(r)["action"] for r in rows] == ["install", "status", "remove"]
    assert fields(rows[0])["Version"] == "7.93"
    assert rows[0]["host"] == "h1"
    assert (tally.rejected, tally.rejects[0].record) == (1, 3)


def test_journal_json_and_export_say_the_same(tmp_path: Path) -> None:
    record = {"__CURSOR": "s=1", "__REALTIME_TIMESTAMP": "1792293127000000", "_HOSTNAME": "h", "SYSLOG_IDENTIFIER": "sshd",
              "_PID": "812", "MESSAGE": "Accepted publickey for root from 203.0.113.9 port 1 ssh2"}  # fmt: skip
    odd = record | {"MESSAGE": [200, 105, 10, 33], "__REALTIME_TIMESTAMP": "1792293128000000"}
    as_json = write(tmp_path / "j.json", f"{json.dumps(record)}\n{{broken\n{json.dumps(odd)}\n")
    export = b"".join(f"{k}={v}\n".encode() for k, v in record.items()) + b"\n"
    export += b"".join(f"{k}={v}\n".encode() for k, v in odd.items() if k != "MESSAGE")
    export += b"MESSAGE\n" + struct.pack("<Q", 4) + bytes([200, 105, 10, 33]) + b"\n\n"
    rows, tally = read(as_json)
    others, _ = read(write(tmp_path / "j.export", export))
    assert tally.rejected == 1
    keep = ("time", "host", "user", "source_ip", "message", "service", "fields")
    assert [[r[k] for k in keep] for r in rows] == [[r[k] for k in keep] for r in others]
    assert (rows[0]["user"], rows[0]["time"]) == ("root", datetime(2026, 10, 18, 3, 12, 7, tzinfo=UTC))
    assert rows[1]["message"] == "\\xc8i\n!"


def test_export_with_a_lying_length_ends_in_a_reject(tmp_path: Path) -> None:
    good = b"__CURSOR=1\n__REALTIME_TIMESTAMP=1792293127000000\nMESSAGE=x\n\n"
    rows, tally = read(
        write(tmp_path / "j.export", good + b"__CURSOR=2\nMESSAGE\n" + struct.pack("<Q", 1 << 60) + b"abc")
    )
    assert (len(rows), tally.rejected) == (1, 1)


TREE = {"Event": {"System": {"Provider": {"#attributes": {"Name": "Service Control Manager"}}, "EventID": {"#attributes": {"Qualifiers": 1}, "#text": 7045},
        "Channel": "System", "Computer": "pc-1", "TimeCreated": {"#attributes": {"SystemTime": "2026-10-18T03:00:00.1234567Z"}}},
        "EventData": {"ServiceName": "x", "ImagePath": "C:\\Temp\\x.exe", "Nothing": None}}}  # fmt: skip
FLAT = {
    "EventID": 4688,
    "Channel": "security",
    "Hostname": "pc-1",
    "NewProcessName": "C:\\x.exe",
    "CommandLine": "x -y",
    "@timestamp": "2026-10-18T03:00:00Z",
}
BEAT = {
    "@timestamp": "2026-10-18T03:00:00Z",
    "message": "m",
    "winlog": {
        "event_id": 1,
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "computer_name": "pc-1",
        "event_data": {"Image": "C:\\x.exe"},
    },
}
TRAIL = {
    "Records": [
        {
            "eventTime": "2026-10-18T03:00:00Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": "ListBuckets",
            "recipientAccountId": "1",
            "sourceIPAddress": "192.0.2.1",
            "userIdentity": {"type": "Root", "arn": "arn:x"},
        }
    ]
    * 2
}
KUBE = {"apiVersion": "audit.k8s.io/v1", "verb": "create", "objectRef": {"resource": "pods"}, "user": {"username": "u"}}


@pytest.mark.parametrize("layout", ["lines", "array", "pretty", "one after another"])
def test_json_layouts(tmp_path: Path, layout: str) -> None:
    documents = [TREE, FLAT, BEAT, TRAIL, KUBE, {"msg": "generic", "n": 1}]
    text = {
        "lines": "\n".join(map(json.dumps, documents)),
        "array": json.dumps(documents[:3] + TRAIL["Records"] + documents[4:]),
        "pretty": json.dumps(documents[:3] + TRAIL["Records"] + documents[4:], indent=2),
        "one after another": "\n".join(json.dumps(d, indent=2) for d in documents),
    }[layout]
    rows, tally = read(write(tmp_path / "events.json", text))
    assert tally.rejected == 0
    found = [(r["product"], r["service"], r["category"], r["event_id"]) for r in rows]
    assert found == [
        ("windows", "system", "", "7045"),
        ("windows", "security", "process_creation", "4688"),
        ("windows", "sysmon", "process_creation", "1"),
        ("aws", "cloudtrail", "", "ListBuckets"),
        ("aws", "cloudtrail", "", "ListBuckets"),
        ("kubernetes", "audit", "application", ""),
        ("", "json", "", ""),
    ]
    assert rows[0]["time"] == datetime(2026, 10, 18, 3, 0, 0, 123456, tzinfo=UTC)
    assert (fields(rows[1])["Image"], rows[1]["image"]) == ("C:\\x.exe", "C:\\x.exe")
    assert fields(rows[3])["userIdentity.type"] == "Root"


def test_bad_json_lines_cost_only_themselves(tmp_path: Path) -> None:
    lines = [
        json.dumps(FLAT),
        '{"EventID": 1, ',
        "[1, 2]",
        "7",
        "null",
        "\x00\x00",
        '{"a": ' * 3000,
        json.dumps(FLAT),
        '{"EventID": 4688, "Channel": "x", "k": "\\ud800\\u0000"}',
    ]
    rows, tally = read(write(tmp_path / "e.jsonl", "\n".join(lines)))
    assert len(rows) == 3
    assert tally.records == 9 - 1 + 1  # the blank one is no record; the list holds two
    assert [r.record for r in tally.rejects][:2] == [2, 3]
    assert all(r.reason for r in tally.rejects)


def test_ten_thousand_names_are_bounded(tmp_path: Path) -> None:
    row = {f"n{i}": i for i in range(10_000)}
    rows, _ = read(write(tmp_path / "e.jsonl", json.dumps(row)))
    kept = fields(rows[0])
    assert len(kept) <= 2_001
    assert kept["_fields_left_out"] == 8_000


def test_since_counts_what_is_older(tmp_path: Path) -> None:
    rows, tally = read(write(tmp_path / "auth.log", AUTH), since=datetime(2026, 10, 18, 3, 12, 10, tzinfo=UTC))
    assert (len(rows), tally.before_since, tally.records) == (4, 3, 7)


# -- files that are not what they seem


def test_invalid_utf8_and_nul_are_kept_as_text(tmp_path: Path) -> None:
    rows, tally = read(write(tmp_path / "auth.log", b"Oct 18 03:12:07 h sshd[1]: caf\xe9 \x00 \xff\n"))
    assert (rows[0]["message"], tally.rejected) == ("caf\\xe9 \N{REPLACEMENT CHARACTER} \\xff", 0)


def test_a_line_of_ten_megabytes_is_rejected_alone(tmp_path: Path) -> None:
    good = b"Oct 18 03:12:07 h sshd[1]: x\n"
    rows, tally = read(write(tmp_path / "auth.log", good + b"A" * (10 << 20) + b"\n" + good))
    assert (len(rows), tally.rejected, tally.rejects[0].record) == (2, 1, 2)
    assert "more than 1,048,576 bytes" in tally.rejects[0].reason
    assert len(tally.rejects[0].excerpt) <= 200


def test_gzip_is_read_by_content(tmp_path: Path) -> None:
    rows, _ = read(write(tmp_path / "auth.log.2.gz", gzip.compress(AUTH.encode())))
    assert len(rows) == 7


def test_truncated_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    packed = gzip.compress(
        b"".join(b"Oct 18 03:12:07 h sshd[%d]: %s\n" % (i, bytes(str(hash(i * 7)), "ascii")) for i in range(60_000))
    )
    rows, tally = read(write(tmp_path / "auth.log.gz", packed[: len(packed) * 3 // 4]))
    assert len(rows) > 1000
    assert "damaged" in tally.rejects[-1].reason


def test_gzip_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    bomb = gzip.compress(b"Oct 18 03:12:07 h sshd[1]: x\n" * 100_000)
    rows, tally = read(write(tmp_path / "auth.log.gz", bomb), limits=LineLimits(total=1 << 20))
    assert len(rows) * 29 <= 1 << 20
    assert "larger than the limit" in tally.rejects[-1].reason


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00" * 4096])
def test_nothing_in_it(tmp_path: Path, content: bytes) -> None:
    rows, tally = read(write(tmp_path / "auth.log", content))
    assert (rows, tally.records) == ([], 0)


# -- EVTX


def first_evtx(shared_data: Path) -> bytes:
    return next(iter(sorted((shared_data / "threats" / "sigma-regression").rglob("*.evtx")))).read_bytes()


@pytest.mark.parametrize("content", [b"ElfFile\0" + b"\x00" * 100, b"ElfFile\0" + bytes(range(256)) * 40, b"ElfFile\0"])
def test_garbage_evtx_is_rejected(tmp_path: Path, content: bytes) -> None:
    rows, tally = read(write(tmp_path / "x.evtx", content))
    assert rows == []
    assert tally.rejected >= 1 or tally.records == 0


@pytest.mark.shared_data
def test_damaged_evtx_never_raises(tmp_path: Path, shared_data: Path) -> None:
    whole = first_evtx(shared_data)
    good, _ = read(write(tmp_path / "good.evtx", whole))
    assert good
    for size in (4096, 4096 + 300, 4096 + 512, len(whole) // 2, len(whole) - 7):
        read(write(tmp_path / f"cut{size}.evtx", whole[:size]))
    for at in range(4096, 4096 + 4000, 97):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        rows, tally = read(write(tmp_path / "flipped.evtx", bytes(damaged)))
        assert len(rows) <= len(good)
        assert rows or tally.rejected or tally.records == 0


def test_evtx_without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "evtx", None)
    with pytest.raises(MissingExtra, match=r"scorpius-lab\[threats\]"):
        read(write(tmp_path / "x.evtx", b"ElfFile\0"))
