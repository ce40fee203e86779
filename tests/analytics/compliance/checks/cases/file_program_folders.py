"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSING = FakeHost(
    {"/usr/bin": FakeFile(mode=0o755, kind="folder"), "/usr/local/bin": FakeFile(mode=0o2775, gid=50, kind="folder")}
)
FAILING = FakeHost({"/etc/login.defs": "ENV_SUPATH PATH=/usr/bin:.\n", "/usr/bin": FakeFile(mode=0o755, kind="folder")})
ERRORING = FakeHost({}, broken=("/usr/bin",))
