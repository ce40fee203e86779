"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/login.defs": "PASS_MAX_DAYS\t365\n", "/etc/shadow": "ann:$y$j9T$a$b:1:0:90:7:::\n"})
FAILING = FakeHost({"/etc/login.defs": "PASS_MAX_DAYS 99999\n", "/etc/shadow": "ann:!:1:0:99999:7:::\n"})
ERRORING = FakeHost({"/etc/login.defs": "PASS_MAX_DAYS many\n"})
