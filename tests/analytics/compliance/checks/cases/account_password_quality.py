"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

STACK = "password requisite pam_pwquality.so retry=3\npassword required pam_unix.so\n"
PASSING = FakeHost({"/etc/pam.d/common-password": STACK, "/etc/security/pwquality.conf": "minlen = 14\n"})
FAILING = FakeHost({"/etc/pam.d/common-password": "password required pam_unix.so\n"})
ERRORING = FakeHost({"/etc/pam.d/common-password": STACK}, broken=("/etc/security/pwquality.conf",))
