"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

KERNEL = {"/proc/sys/fs/suid_dumpable": "0\n", "/proc/sys/kernel/core_pattern": "core\n"}
PASSING = FakeHost({**KERNEL, "/etc/security/limits.d/core.conf": "* hard core 0\n"})
FAILING = FakeHost({**KERNEL, "/etc/security/limits.conf": "#* hard core 0\n"})
ERRORING = FakeHost(KERNEL, broken=("/etc/security/limits.conf",))
