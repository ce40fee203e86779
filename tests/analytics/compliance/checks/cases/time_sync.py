"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/proc/1/comm": "systemd\n", "/proc/7/comm": "chronyd\n"})
FAILING = FakeHost({"/proc/1/comm": "systemd\n", "/proc/7/comm": "systemd-timesyn\n"})
ERRORING = FakeHost({"/proc/1/comm": "systemd\n"}, broken=("/proc/1/comm",))
