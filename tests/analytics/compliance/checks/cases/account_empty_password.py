"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSWD = "root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n"
PASSING = FakeHost({"/etc/passwd": PASSWD, "/etc/shadow": "root:!:1:0:99999:7:::\nann:$y$j9T$a$b:1:0:99999:7:::\n"})
FAILING = FakeHost({"/etc/passwd": PASSWD.replace("ann:x", "ann:"), "/etc/shadow": "root:*:1:0:99999:7:::\n"})
ERRORING = FakeHost({"/etc/passwd": PASSWD, "/etc/shadow": "ann:only three:fields\n"})
