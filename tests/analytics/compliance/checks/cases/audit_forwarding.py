"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {"/proc/1/comm": "systemd", "/proc/8/comm": "rsyslogd", "/etc/rsyslog.d/out.conf": "*.* @@log.example:6514\n"}
)
FAILING = FakeHost({"/proc/1/comm": "systemd", "/etc/rsyslog.d/out.conf": "*.* @@log.example:6514\n"})
ERRORING = FakeHost({"/proc/1/comm": "systemd"}, broken=("/etc/rsyslog.conf",))
