"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/issue": "Authorized use only.\n"})
FAILING = FakeHost({"/etc/issue": "Welcome to \\s \\r\n"})
ERRORING = FakeHost({}, broken=("/etc/issue",))
