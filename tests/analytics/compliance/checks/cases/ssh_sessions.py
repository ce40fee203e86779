"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/ssh/sshd_config": "ClientAliveInterval 5m\nMaxAuthTries 4\nLoginGraceTime 1m\n"})
FAILING = FakeHost({"/etc/ssh/sshd_config": "ClientAliveInterval 300\nLoginGraceTime 0\n"})
ERRORING = FakeHost({"/etc/ssh/sshd_config": "MaxAuthTries some\n"})
