"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSING = FakeHost(
    {
        "/etc/crontab": "",
        "/etc/cron.d/job": "",
        "/var/spool/cron/crontabs": FakeFile(mode=0o1730, gid=105, kind="folder"),
    }
)
FAILING = FakeHost({"/etc/cron.daily/job": FakeFile(mode=0o755, uid=1000)})
ERRORING = FakeHost({}, broken=("/etc/cron.d",))
