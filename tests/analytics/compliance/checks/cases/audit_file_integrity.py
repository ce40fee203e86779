"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/proc/1/comm": "systemd", "/var/lib/aide/aide.db": "x"})
FAILING = FakeHost({"/proc/1/comm": "systemd"})
ERRORING = FakeHost({"/proc/1/comm": "systemd"}, broken=("/var/lib/aide/aide.db",))
