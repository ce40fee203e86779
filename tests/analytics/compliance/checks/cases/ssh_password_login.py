"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/ssh/sshd_config": "passwordauthentication no\n"})
FAILING = FakeHost({"/etc/ssh/sshd_config": "Port 22\n"})
ERRORING = FakeHost({"/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config\n"})
