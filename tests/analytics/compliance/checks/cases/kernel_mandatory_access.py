"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/sys/kernel/security/lsm": "lockdown,apparmor", "/sys/module/apparmor/parameters/enabled": "Y\n"})
FAILING = FakeHost({"/sys/kernel/security/lsm": "lockdown,capability"})
ERRORING = FakeHost({"/sys/kernel/security/lsm": ""}, broken=("/sys/kernel/security/lsm",))
