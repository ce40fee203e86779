"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/proc/sys/kernel/randomize_va_space": "2\n"})
FAILING = FakeHost({"/proc/sys/kernel/randomize_va_space": "1\n"})
ERRORING = FakeHost({}, broken=("/proc/sys/kernel/randomize_va_space",))
