"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSING = FakeHost({"/var/log/auth.log": FakeFile(mode=0o640), "/var/log/dpkg.log": FakeFile(mode=0o644)})
FAILING = FakeHost({"/var/log/syslog": FakeFile(mode=0o644)})
ERRORING = FakeHost({"/var/log/syslog": ""}, broken=("/var/log/syslog",))
