"""Are the host's logs collected, and kept for a year?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import merged_settings
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "day": 86400, "d": 86400,
           "week": 604800, "w": 604800, "month": 2629800, "M": 2629800, "year": 31557600, "y": 31557600}  # fmt: skip
YEAR = 365 * 86400
COLLECTORS = frozenset({"systemd-journal", "rsyslogd", "syslog-ng", "syslogd"})
RULE = Rule(
    id="host.audit.journal",
    version=2,
    title="Logs are collected on disk and not dropped within a year",
    severity=Severity.MEDIUM,
    description="PCI DSS asks for twelve months. A journal in memory is gone with the next restart.",
    remedy=(
        "Where no collector is running, install or enable one: `systemctl start systemd-journald` or `apt install "
        "rsyslog`. For journald set Storage=persistent and no MaxRetentionSec below 1year in "
        "/etc/systemd/journald.conf."
    ),
    requirements=speaks_to(
        soc2="CC7.2 CC7.3", iso="A.8.15 A.5.33", pci="10.5.1 10.2.1", hipaa="164.312(b) 164.316(b)(2)(i)", gdpr="32 5"
    ),
    techniques=("T1070.002",),
)
CANARY = FakeHost(
    files={
        "/proc/1/comm": "systemd",
        "/proc/9/comm": "systemd-journal",
        "/etc/systemd/journald.conf": "[Journal]\nStorage=volatile\nMaxRetentionSec=2day\n",
    }
)


def judge(view: HostView) -> Verdict:
    """Look for a collector, then at where and how long the journal keeps what it gets."""
    running = view.processes()
    if not running:
        return not_applicable("No process is running here.")
    collectors = sorted(running & COLLECTORS)
    if not collectors:
        offender = Offender("no collector", "Neither journald nor a syslog daemon is running.")
        return judged([offender], good="", bad="Nobody collects logs")
    offenders = _journal_offenders(view) if "systemd-journal" in collectors else []
    if {"rsyslogd", "syslog-ng", "syslogd"} & set(collectors):
        # A syslog daemon writes to disk itself; only the journal's retention is left to judge.
        offenders = [offender for offender in offenders if offender.subject != "Storage"]
    good = f"{' and '.join(collectors)} keep logs on disk, with no time limit below a year"
    return judged(offenders, good=good, bad="Logs are lost too early", looked_at=2, collectors=collectors)


def _journal_offenders(view: HostView) -> list[Offender]:
    settings = merged_settings(view, "/etc/systemd/journald.conf")
    storage = settings.get("Storage", "auto")
    offenders = []
    if storage in ("volatile", "none") or (storage == "auto" and view.stat("/var/log/journal") is None):
        message = f"The journal is kept in memory only (Storage={storage})."
        offenders.append(Offender("Storage", message, "/etc/systemd/journald.conf"))
    kept = seconds(settings.get("MaxRetentionSec", "0"))
    if 0 < kept < YEAR:
        message = f"The journal drops entries after {kept // 86400} days."
        offenders.append(Offender("MaxRetentionSec", message, "/etc/systemd/journald.conf"))
    return offenders


def seconds(text: str) -> int:
    """Seconds of systemd's time spans: `90`, `2week`, `1month 3day`."""
    found = re.findall(r"(\d+)\s*([A-Za-z]*)", text)
    return sum(int(number) * SECONDS.get(unit, SECONDS.get(unit.rstrip("s"), 1)) for number, unit in found)


CHECK = Check(RULE, judge, CANARY, planted="a journal in memory that forgets after two days")
