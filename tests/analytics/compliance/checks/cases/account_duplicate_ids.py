"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {"/etc/passwd": "root:x:0:0::/:/bin/sh\nann:x:1:1::/:/bin/sh\n", "/etc/group": "root:x:0:\nann:x:1:\n"}
)
FAILING = FakeHost({"/etc/passwd": "root:x:0:0::/:/bin/sh\n", "/etc/group": "a:x:5:\nb:x:5:\n"})
ERRORING = FakeHost({"/etc/passwd": "root:x:0:0::/:/bin/sh\n", "/etc/group": "a:x:five:\n"})
