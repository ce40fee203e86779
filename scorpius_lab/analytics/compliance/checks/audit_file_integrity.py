"""Would a changed system file be noticed?"""

from __future__ import annotations

from datetime import timedelta

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

DATABASES = ("/var/lib/aide/aide.db", "/var/lib/aide/aide.db.gz", "/var/lib/tripwire", "/var/lib/samhain/samhain_file")
MONITORS = frozenset({"ossec-syscheckd", "wazuh-syscheckd", "samhain", "osqueryd", "falco", "tetragon"})
OLDEST = timedelta(days=90)
RULE = Rule(
    id="host.audit.file-integrity",
    version=1,
    title="Changes of system files are noticed",
    severity=Severity.MEDIUM,
    description="A change-detection tool with a baseline (AIDE, Tripwire, Samhain, Wazuh, osquery).",
    remedy="`apt-get install aide && aideinit`, and keep its daily job.",
    requirements=speaks_to(
        soc2="CC7.1 CC6.8", iso="A.8.16 A.8.9", pci="11.5.2 10.3.4", hipaa="164.312(c)(1) 164.312(c)(2)", gdpr="32"
    ),
    techniques=("T1554",),
)
_OLD = FakeHost().moment - timedelta(days=400)
CANARY = FakeHost(files={"/proc/1/comm": "systemd", "/var/lib/aide/aide.db": FakeFile("x", modified=_OLD)})


def judge(view: HostView) -> Verdict:
    """Look for a running monitor, or a baseline that is not too old."""
    running = view.processes()
    if not running:
        return not_applicable("No process is running here.")
    monitors = sorted(running & {name[:15] for name in MONITORS})
    if monitors:
        return judged([], good=f"{monitors[0]} watches system files", bad="", monitors=monitors)
    baselines = {path: status for path in DATABASES if (status := view.try_stat(path))}
    if not baselines:
        offender = Offender("no tool", "No change-detection tool runs or has a baseline here.")
        return judged([offender], good="", bad="A changed file would go unnoticed")
    path, status = max(baselines.items(), key=lambda one: one[1].modified)
    age = view.now() - status.modified
    message = f"The baseline {path} is {age.days} days old."
    offenders = [Offender(path, message, path)] if age > OLDEST else []
    return judged(offenders, good=f"The baseline {path} is {age.days} days old", bad="The baseline is too old")


CHECK = Check(RULE, judge, CANARY, planted="a baseline more than a year old")
