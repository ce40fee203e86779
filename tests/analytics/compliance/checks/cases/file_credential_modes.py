"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSING = FakeHost(
    {
        "/etc/passwd": FakeFile(mode=0o644),
        "/etc/shadow": FakeFile(mode=0o640, gid=42),
        "/etc/sudoers": FakeFile(mode=0o440),
    }
)
FAILING = FakeHost({"/etc/passwd": FakeFile(mode=0o644, uid=1000)})
ERRORING = FakeHost({}, broken=("/etc/passwd",))
