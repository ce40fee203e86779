"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSWD = "ann:x:1000:1000::/home/ann:/bin/bash\nbin:x:2:2::/bin:/usr/sbin/nologin\n"
PASSING = FakeHost({"/etc/passwd": PASSWD, "/home/ann": FakeFile(mode=0o750, uid=1000, kind="folder")})
FAILING = FakeHost({"/etc/passwd": PASSWD, "/home/ann": FakeFile(mode=0o700, uid=1001, kind="folder")})
ERRORING = FakeHost({"/etc/passwd": PASSWD}, broken=("/home/ann",))
