"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/login.defs": "UMASK 077\n", "/etc/profile": "# umask 000\numask 027\n"})
FAILING = FakeHost({"/etc/login.defs": "UMASK 027\n", "/etc/profile": "umask 022\n"})
ERRORING = FakeHost({"/etc/login.defs": "UMASK u=rwx\n"})
