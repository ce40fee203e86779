"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/proc/sys/kernel/kptr_restrict": "2\n", "/proc/sys/kernel/sysrq": "176\n"})
FAILING = FakeHost({"/proc/sys/kernel/kptr_restrict": "2\n", "/proc/sys/kernel/sysrq": "1\n"})
ERRORING = FakeHost({"/proc/sys/kernel/kptr_restrict": "x\n"})
