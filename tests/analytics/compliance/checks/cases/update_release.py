"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/os-release": 'ID=ubuntu\nVERSION_ID="24.04"\n'})
FAILING = FakeHost({"/etc/os-release": 'ID=ubuntu\nVERSION_ID="18.04"\n'})
ERRORING = FakeHost({}, broken=("/etc/os-release",))
