"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

DEFS = "ENCRYPT_METHOD YESCRYPT\n"
PASSING = FakeHost(
    {"/etc/login.defs": DEFS, "/etc/shadow": "ann:$y$j9T$a$b:1:0:99999:7:::\nbob:$6$a$b:1:0:99999:7:::\n"}
)
FAILING = FakeHost({"/etc/login.defs": "ENCRYPT_METHOD MD5\n", "/etc/shadow": "ann:aaaaaaaaaaaaa:1:0:99999:7:::\n"})
ERRORING = FakeHost({"/etc/login.defs": DEFS, "/etc/shadow": "ann\n"})
