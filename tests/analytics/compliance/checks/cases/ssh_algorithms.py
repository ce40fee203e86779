"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/ssh/sshd_config": "Ciphers aes256-gcm@openssh.com\nMACs -hmac-md5,hmac-sha1\n"})
FAILING = FakeHost({"/etc/ssh/sshd_config": "KexAlgorithms ^diffie-hellman-group1-sha1\n"})
ERRORING = FakeHost({"/etc/ssh/sshd_config": "Match\n"})
