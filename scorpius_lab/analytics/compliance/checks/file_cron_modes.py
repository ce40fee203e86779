"""Can anybody but root change what cron runs?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import all_of
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

FOLDERS = ("/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly")
GROUP_OR_OTHER_WRITE = 0o022
RULE = Rule(
    id="host.file.cron-modes",
    version=1,
    title="Only root can change system jobs",
    severity=Severity.HIGH,
    description="Whoever can write a file that cron runs as root is root within the hour.",
    remedy="`chown root:root PATH; chmod go-w PATH`.",
    requirements=speaks_to(
        soc2="CC6.1 CC6.8", iso="A.8.2 A.8.9", pci="7.2.2 2.2.6", hipaa="164.312(a)(1) 164.312(c)(1)", gdpr="32"
    ),
    techniques=("T1053.003",),
)
CANARY = FakeHost(files={"/etc/crontab": FakeFile("* * * * * root /bin/true\n", 0o666)})


def judge(view: HostView) -> Verdict:
    """Judge owner and mode of the tables, their folders and the scripts in them."""
    paths = ["/etc/crontab", "/etc/anacrontab", "/var/spool/cron/crontabs"]
    for folder in FOLDERS:
        paths += [folder, *(f"{folder}/{name}" for name in view.try_list(folder))]
    offenders, looked = [], 0
    for path in paths:
        status = view.try_stat(path)
        if status is None:
            continue
        looked += 1
        # The spool belongs to the group crontab, which has to write it; the sticky bit keeps users apart.
        allowed_group = 0o020 if path.startswith("/var/spool/") else 0
        if status.mode & GROUP_OR_OTHER_WRITE & ~allowed_group:
            offenders.append(Offender(f"mode of {path}", f"{path} can be written by others ({status.octal}).", path))
        if status.uid != 0:
            offenders.append(Offender(f"owner of {path}", f"{path} belongs to user {status.uid}.", path))
    if not looked:
        return not_applicable("No cron tables are here.")
    return judged(
        offenders,
        good=f"{all_of(looked, 'cron file', 'belongs', 'belong')} to root alone",
        bad="Open cron files",
        looked_at=looked,
    )


CHECK = Check(RULE, judge, CANARY, planted="a crontab everybody can write")
