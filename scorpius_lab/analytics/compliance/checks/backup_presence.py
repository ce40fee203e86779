"""Is this host saved, and was it lately?"""

from __future__ import annotations

from datetime import datetime, timedelta

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Confidence, Rule, Severity

PROGRAMS = ("restic", "borg", "borgmatic", "rsnapshot", "duplicity", "duply", "rdiff-backup", "bacula-fd", "bareos-fd",
            "timeshift", "kopia", "backupninja", "veeamconfig", "urbackupclientctl")  # fmt: skip
OLDEST = timedelta(days=7)
RULE = Rule(
    id="host.backup.presence",
    version=1,
    title="A backup of this host ran within the last week",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    description=(
        "Looks for a backup program and the trace its timer or log leaves. That a backup can be restored is not "
        "seen from here; nor is a backup made from outside, so without a program a person has to say."
    ),
    remedy="Mend the backup job, and keep the restore test as evidence.",
    requirements=speaks_to(
        soc2="A1.2 CC7.5", iso="A.8.13", pci="12.10.1", hipaa="164.308(a)(7)(ii)(A) 164.310(d)(2)(iv)", gdpr="32"
    ),
    techniques=("T1490",),
)
CANARY = FakeHost(
    files={
        "/usr/bin/restic": "",
        "/var/lib/systemd/timers/stamp-restic-backup.timer": FakeFile(modified=FakeHost().moment - timedelta(days=60)),
    }
)


def judge(view: HostView) -> Verdict:
    """Look for a program, then for the newest trace of it."""
    found = [program for program in PROGRAMS if view.installed(program)]
    if not found:
        return Verdict(State.MANUAL, "No backup program is installed; a person has to show how this host is saved.")
    traces = [moment for program in found for moment in _traces(view, program)]
    if not traces:
        offender = Offender(found[0], f"{found[0]} is installed, but no trace of a run was found.")
        return judged([offender], good="", bad="No backup seems to run")
    age = view.now() - max(traces)
    if age <= OLDEST:
        return judged([], good=f"{found[0]} last ran {age.days} days ago", bad="", days=age.days)
    offender = Offender(found[0], f"{found[0]} last ran {age.days} days ago.", detail={"days": age.days})
    return judged([offender], good="", bad="The last backup is too old", days=age.days)


def _traces(view: HostView, program: str) -> list[datetime]:
    word = program.split("-", 1)[0]
    moments = []
    for folder in ("/var/lib/systemd/timers", "/var/log", f"/var/log/{word}", f"/var/lib/{word}"):
        for name in view.try_list(folder):
            if word in name or folder.endswith(word):
                status = view.try_stat(f"{folder}/{name}")
                if status is not None:
                    moments.append(status.modified)
    return moments


CHECK = Check(RULE, judge, CANARY, planted="a backup whose last run is 60 days old")
