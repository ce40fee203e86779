"""Is the clock kept right?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

# Process names are cut to 15 characters by the kernel.
DAEMONS = frozenset(
    {"systemd-timesyn", "chronyd", "ntpd", "openntpd", "ntpsec", "ptp4l", "phc2sys", "VBoxService", "vmtoolsd"}
)
RULE = Rule(
    id="host.time.sync",
    version=1,
    title="The clock is synchronized",
    severity=Severity.MEDIUM,
    description="Logs of several hosts can be put in order, and signatures dated, only if their clocks agree.",
    remedy="`apt-get install systemd-timesyncd` (or chrony) and enable its service.",
    requirements=speaks_to(soc2="CC7.2", iso="A.8.17", pci="10.6.1 10.6.2", hipaa="164.312(b)", gdpr="32"),
    techniques=("T1070.006",),
)
CANARY = FakeHost(files={"/proc/1/comm": "systemd\n", "/proc/77/comm": "bash\n"})


def judge(view: HostView) -> Verdict:
    """Look for a running daemon, and for the note it leaves once synchronized."""
    running = view.processes()
    if not running:
        return not_applicable("No process is running here.")
    daemons = sorted(running & DAEMONS)
    if not daemons:
        offender = Offender("no daemon", "No process keeps the clock right.")
        return judged([offender], good="", bad="The clock is not synchronized")
    if daemons == ["systemd-timesyn"] and view.stat("/run/systemd/timesync/synchronized") is None:
        offender = Offender(
            "never synchronized", "systemd-timesyncd runs but has not reached a time server since it started."
        )
        return judged([offender], good="", bad="The clock is not synchronized yet")
    return judged([], good=f"{daemons[0]} keeps the clock right", bad="", daemons=daemons)


CHECK = Check(RULE, judge, CANARY, planted="a host without a time daemon")
