"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

STACK = "auth required pam_faillock.so preauth\nauth [success=1 default=ignore] pam_unix.so\n"
PASSING = FakeHost({"/etc/pam.d/common-auth": STACK, "/etc/security/faillock.conf": "# deny = 50\ndeny = 5\n"})
FAILING = FakeHost({"/etc/pam.d/common-auth": STACK, "/etc/security/faillock.conf": "deny = 50\n"})
ERRORING = FakeHost({"/etc/pam.d/common-auth": STACK}, broken=("/etc/security/faillock.conf",))
