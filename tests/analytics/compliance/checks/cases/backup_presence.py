"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/usr/bin/borg": "", "/var/log/borg.log": "x"})
FAILING = FakeHost({"/usr/bin/borg": ""})
ERRORING = FakeHost({"/usr/bin/borg": ""}, broken=("/var/log",))
