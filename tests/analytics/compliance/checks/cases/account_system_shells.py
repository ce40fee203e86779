"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {"/etc/passwd": "root:x:0:0::/:/bin/sh\nbin:x:2:2::/:/usr/sbin/nologin\nann:x:1000:1000::/:/bin/sh\n"}
)
FAILING = FakeHost({"/etc/passwd": "bin:x:2:2::/:\n"})
ERRORING = FakeHost({"/etc/passwd": "bin:x:2:2::/:/bin/sh\n", "/etc/login.defs": "UID_MIN thousand\n"})
