"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/profile": "", "/etc/profile.d/timeout.sh": "readonly TMOUT=600\nexport TMOUT\n"})
FAILING = FakeHost({"/etc/profile": "# TMOUT=600\n"})
ERRORING = FakeHost({}, broken=("/etc/profile",))
