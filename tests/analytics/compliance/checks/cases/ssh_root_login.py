"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/ssh/sshd_config": "#PermitRootLogin yes\nPermitRootLogin no\nPermitRootLogin yes\n"})
FAILING = FakeHost({"/etc/ssh/sshd_config": "PermitRootLogin=yes\n"})
ERRORING = FakeHost({"/etc/ssh/sshd_config": "PermitRootLogin\n"})
