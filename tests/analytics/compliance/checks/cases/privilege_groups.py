"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/group": "root:x:0:\nsudo:x:27:ann\ndocker:x:998:\ndisk:x:6:root\n"})
FAILING = FakeHost({"/etc/group": "disk:x:6:ann,bob\n"})
ERRORING = FakeHost({"/etc/group": "disk:x:6\n"})
